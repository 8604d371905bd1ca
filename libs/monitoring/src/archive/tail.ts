import { isCaughtUp, type EventStore, type Recorded } from '@geres/kernel';
import { describeActor, describeEvent } from './words.js';

/** One event of the archive in words, without personal data. */
export interface TailLine {
  readonly position: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly who: string;
  readonly words: string;
}

export interface TailOptions {
  readonly signal: AbortSignal;
  /** Streams whose name starts with one of these; all if absent. */
  readonly prefixes?: readonly string[];
  /** The last so many of those that are there already; default 20. */
  readonly last?: number;
  /** Whether to go on with what comes, until `signal` aborts. */
  readonly follow?: boolean;
}

/** The end of the archive, the oldest line first. Errors: `UnknownEvent`, and what the store throws. */
export async function* tailArchive(store: Pick<EventStore, 'subscribe'>, { signal, prefixes, last = 20, follow = false }: TailOptions): AsyncIterable<TailLine> {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  let waiting: Recorded[] | undefined = [];
  try {
    for await (const item of store.subscribe({ last }, { ...(prefixes ? { prefixes } : {}), signal: either })) {
      if (!isCaughtUp(item)) {
        if (!waiting) yield lineOf(item);
        else if (last > 0 && waiting.push(item) > last * 2) waiting = waiting.slice(-last);
        continue;
      }
      if (waiting) yield* waiting.slice(-last).map(lineOf);
      waiting = undefined;
      if (!follow) return;
    }
  } finally {
    ending.abort();
  }
}

const lineOf = (event: Recorded): TailLine => ({
  position: event.position,
  at: event.meta.recordedAt,
  stream: event.stream,
  version: event.version,
  type: event.type,
  who: describeActor(event.meta),
  words: describeEvent(event),
});
