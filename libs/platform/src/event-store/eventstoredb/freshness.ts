import type { EventData } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import type { Given } from './recorded-event.js';
import type { Server } from './server.js';

/** So often that its return comes at least every 250 ms. */
const TICK_MS = 200;
const CATEGORY = 'freshness-';
const TYPE = 'freshness';

interface Tick {
  readonly process: string;
  /** Milliseconds since the epoch, by the wall clock. */
  readonly asOf: number;
  /** `performance.now()` of that process. */
  readonly steady: number;
}

/** An instant such that everything committed before it precedes, in the log, the tick that carries it. */
export interface Instant {
  readonly asOf: Date;
  readonly steady: number;
}

/**
 * A server that is quiet and one that has stalled look the same to whoever follows it. So this process appends a tick of its own, again and again, and knows by its return on a
 * subscription that all before it has come. Ticks are outside chain, export and projections; the stream of each instance keeps only the last.
 */
export class Freshness {
  readonly stream: string;
  /** Tells the ticks of this process from those of one of the same name before it. */
  private readonly process = randomUUID();
  private followers = 0;
  private limited = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    instance: string,
  ) {
    this.stream = `${CATEGORY}${instance}`;
  }

  /** Ticks from now on, until the returned function is called. */
  follow(): () => void {
    this.followers += 1;
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
    this.tick();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.followers -= 1;
      if (this.followers === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** The instant of a tick of this process; `undefined` for anything else. */
  instantOf({ streamId, data }: Given): Instant | undefined {
    if (streamId !== this.stream) return undefined;
    const { process, asOf, steady } = data as Partial<Tick>;
    return process === this.process && asOf !== undefined && steady !== undefined ? { asOf: new Date(asOf), steady } : undefined;
  }

  /** One that is lost is made up for by the next. */
  private tick(): void {
    const data = { process: this.process, asOf: Date.now(), steady: performance.now() } satisfies Tick;
    void this.send({ id: randomUUID(), contentType: 'application/json', type: TYPE, data, metadata: undefined }).catch(() => undefined);
  }

  private async send(event: EventData): Promise<void> {
    if (!this.limited) {
      this.limited = true;
      await this.server.keepLast(this.stream).catch((error: unknown) => {
        this.limited = false;
        throw error;
      });
    }
    await this.server.tick(this.stream, event);
  }
}

/** Streams of the server itself, and those of freshness: no events of GeRes. */
export const isApart = (stream: string): boolean => stream.startsWith('$') || stream.startsWith(CATEGORY);

/** A regular expression that the server knows, too: every stream but those, and the one given. */
export const allBut = (own: string): string => `^(?!\\$|${CATEGORY})|^${escaped(own)}$`;

/** The same without any of those, and with these prefixes alone. */
export const eventsOf = (prefixes: readonly string[] | undefined): string => `^(?!\\$|${CATEGORY})(?:${(prefixes ?? ['']).map(escaped).join('|')})`;

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
