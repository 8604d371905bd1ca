import { failConnection } from '../../connection/connection.problems.js';
import { CryptokiRefused } from './cryptoki.js';

/** A session of the device, and what was found in it: handles of objects are its own. */
export interface Session<K> {
  readonly session: bigint;
  readonly known: Map<string, K>;
}

export interface LanesOptions {
  readonly count: number;
  readonly patienceMs: number;
  readonly open: () => Promise<bigint>;
  readonly close: (session: bigint) => Promise<void>;
}

/** Sessions that do one thing at a time, each opened when it is first needed and anew when the device has lost it. */
export interface Lanes<K> {
  /** Errors: those of `work`; `dispositivo-assente` when it takes too long. */
  run<T>(work: (session: Session<K>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The session, or what was found in it, is gone: the device was removed, was started again, or lost its state. */
const GONE: ReadonlySet<number> = new Set([0x30, 0x32, 0x50, 0x60, 0x82, 0x90, 0xb0, 0xb3, 0xe0, 0xe1, 0x101]);
const isGone = (error: unknown): boolean => error instanceof CryptokiRefused && GONE.has(error.code);

interface Lane<K> {
  session?: Session<K> | undefined;
  tail: Promise<unknown>;
  waiting: number;
}

export function openLanes<K>({ count, patienceMs, open, close }: LanesOptions): Lanes<K> {
  const lanes = Array.from({ length: count }, (): Lane<K> => ({ tail: Promise.resolve(), waiting: 0 }));

  const drop = async (lane: Lane<K>): Promise<void> => {
    const { session } = lane;
    lane.session = undefined;
    if (session) await close(session.session).catch(() => undefined);
  };

  /** Once more in a new session, if this one is gone: what was asked has not been done in it. */
  async function attempt<T>(lane: Lane<K>, work: (session: Session<K>) => Promise<T>, again = true): Promise<T> {
    try {
      lane.session ??= { session: await open(), known: new Map() };
      return await work(lane.session);
    } catch (error) {
      if (isGone(error)) await drop(lane);
      if (!isGone(error) || !again) throw error;
      return attempt(lane, work, false);
    }
  }

  return {
    async run(work) {
      const lane = lanes.reduce((best, one) => (one.waiting < best.waiting ? one : best));
      lane.waiting++;
      const { promise: late, reject } = Promise.withResolvers<never>();
      let given = false;
      const timer = setTimeout(() => {
        given = true;
        reject(failConnection('dispositivo-assente', { motivo: 'non risponde' }));
      }, patienceMs);
      // Nobody waits for the turn of one that was given up.
      const done = lane.tail.then(() => (given ? late : attempt(lane, work))).finally(() => lane.waiting--);
      lane.tail = done.catch(() => undefined);
      return Promise.race([done, late]).finally(() => clearTimeout(timer));
    },
    async close() {
      await Promise.all(lanes.map((lane) => (lane.tail = lane.tail.then(() => drop(lane)))));
    },
  };
}
