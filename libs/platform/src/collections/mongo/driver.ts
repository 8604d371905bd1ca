import { StoreUnavailable } from '@geres/kernel';
import type { Connection, mongo } from 'mongoose';
import { setTimeout as pause } from 'node:timers/promises';

/** A collection of MongoDB; waits for the server, and no longer than `SELECTION_MS`. */
export type Reached<T extends object> = () => Promise<mongo.Collection<T>>;

/** A server that is away is said to be so by then. */
const SELECTION_MS = 5000;
const RETRY_MS = 500;
/** That it has gone is noticed by then, also by whoever asks nothing. */
const HEARTBEAT_MS = 2000;
/** `readyState` of a connection of mongoose. */
const CONNECTED = 1;

/** One connection, which need not be there yet: it is tried until it is, and later the driver does so by itself. */
export class Server {
  private readonly closing = new AbortController();
  private readonly first = Promise.withResolvers<void>();

  constructor(
    readonly connection: Connection,
    url: string,
  ) {
    void this.connect(url);
  }

  get connected(): boolean {
    return Number(this.connection.readyState) === CONNECTED;
  }

  async collection<T extends object>(name: string): Promise<mongo.Collection<T>> {
    if (!this.connection.db) await Promise.race([this.first.promise, pause(SELECTION_MS, undefined, { ref: false })]);
    if (!this.connection.db) throw new StoreUnavailable('MongoDB: it has not been reached yet');
    return this.connection.db.collection<T>(name);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.connection.close();
  }

  private async connect(url: string): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.connection.openUri(url, { autoIndex: false, autoCreate: false, serverSelectionTimeoutMS: SELECTION_MS, heartbeatFrequencyMS: HEARTBEAT_MS, writeConcern: { w: 'majority' } });
        return this.first.resolve();
      } catch {
        await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}

const DUPLICATE = 11_000;
const NOT_THERE = 26;
const WORD = /^\w{1,60}$/;

interface DriverError extends Error {
  readonly code?: unknown;
  readonly codeName?: unknown;
}

export const isDuplicate = (error: unknown): boolean => error instanceof Error && (error as DriverError).code === DUPLICATE;

/** Some servers say so of a collection that is dropped and is not there, some do not. */
export const isNotThere = (error: unknown): boolean => error instanceof Error && (error as DriverError).code === NOT_THERE;

/** Does `work`; what the driver throws becomes `StoreUnavailable` without its message, which may quote what is stored. A duplicate is the caller's to judge. */
export async function told<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('Mongo') || isDuplicate(error)) throw error;
    const { name, codeName } = error as DriverError;
    throw new StoreUnavailable(`MongoDB: ${[name, codeName].filter((one) => typeof one === 'string' && WORD.test(one)).join(' ')}`, { cause: error });
  }
}
