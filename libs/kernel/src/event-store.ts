import type { NewEvent, Recorded } from './event.js';

/** Where a stream ends: how many events, and the digest that chains the last one to all before it. */
export interface Head {
  readonly version: number;
  readonly digest: string;
}

export const NO_STREAM: Head = { version: 0, digest: '0'.repeat(64) };

/** Largest append, in bytes of the canonical JSON of its events together. */
export const MAX_APPEND_BYTES = 512 * 1024;

/** Everything committed before `asOf` has been yielded. Comes at least every 250 ms while that is shown to be true; never when it is not known. */
export interface CaughtUp {
  readonly caughtUp: true;
  /** By the wall clock, for people: it jumps when that clock is set. */
  readonly asOf: Date;
  /** The same instant by `performance.now()` of this process: it never goes back. Freshness is measured by it, whatever the wall clock does. */
  readonly steady: number;
  /** Everything at or before this position has been yielded (or was left out by the filter). */
  readonly position: string;
}

export interface Page {
  readonly events: readonly Recorded[];
  readonly head: Head;
}

export interface Appended {
  readonly head: Head;
  readonly position: string;
}

export interface SubscribeOptions {
  /** Streams whose name starts with one of these. Absent: all. */
  readonly prefixes?: readonly string[];
  readonly signal: AbortSignal;
}

/** Where a subscription begins: after a position, at the start, or with the last so many (0 or more) of the events that it lets through and that are there already. */
export type Since = string | 'start' | { readonly last: number };

/** The archive. Its full text is `eventStoreContract` in `@geres/kernel/testing`. */
export interface EventStore {
  /** Pages of the events after `after`, in order. A stream that is not there yields one empty page with head `NO_STREAM`. */
  read(stream: string, after?: Head): AsyncIterable<Page>;
  /**
   * Whole or not at all; durable when it resolves. The same events at the same head again: the same answer. The same by their
   * digest, not by their ids: a command that is decided anew may come to something else.
   * Errors: `WrongVersion` (another head), `AppendTooLarge`, `StoreUnavailable` (nothing is known about the outcome; repeat it).
   */
  append(stream: string, head: Head, events: readonly NewEvent[]): Promise<Appended>;
  /**
   * Everything after `from` (exclusive), in order, then live until `signal` aborts. At least once. Ends quietly on abort. The last so many are looked for from the end of the
   * archive, whatever its length, and have all been given by the first `CaughtUp`.
   */
  subscribe(from: Since, options: SubscribeOptions): AsyncIterable<Recorded | CaughtUp>;
}

export class WrongVersion extends Error {
  override readonly name = 'WrongVersion';
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`stream ${stream}: expected version ${expected}, found ${actual}`);
  }
}

export class AppendTooLarge extends Error {
  override readonly name = 'AppendTooLarge';
  constructor(
    readonly stream: string,
    readonly bytes: number,
  ) {
    super(`stream ${stream}: an append of ${bytes} bytes is larger than ${MAX_APPEND_BYTES}`);
  }
}

/** The store did not do it, or did not say so: disk full, file damaged, worker gone, closed. `reason` is safe to log. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** What it holds is damaged: trying again is of no use. */
  readonly damaged: boolean;
  constructor(
    readonly reason: string,
    { damaged = false, ...options }: ErrorOptions & { readonly damaged?: boolean } = {},
  ) {
    super(`the store is not available: ${reason}`, options);
    this.damaged = damaged;
  }
}

export const isCaughtUp = (item: Recorded | CaughtUp): item is CaughtUp => 'caughtUp' in item;

/** A stream read to its end. */
export async function whole(pages: AsyncIterable<Page>): Promise<Page> {
  const events: Recorded[] = [];
  let head = NO_STREAM;
  for await (const page of pages) {
    events.push(...page.events);
    head = page.head;
  }
  return { events, head };
}
