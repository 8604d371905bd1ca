import { StoreUnavailable, type CaughtUp, type Recorded, type Since, type SubscribeOptions } from '@geres/kernel';
import type { AllStreamResolvedEvent, AllStreamSubscription, Filter, Position } from '@eventstore/db-client';
import { setTimeout as pause } from 'node:timers/promises';
import { isLasting, unavailable } from './attempts.js';
import { allBut, eventsOf, isApart, type Freshness } from './freshness.js';
import { commitOf, committedAt, positionOf, recordedOf, type Given } from './recorded-event.js';
import type { Server } from './server.js';

export interface Patience {
  /** A subscription on which nothing comes for so long, not even a tick, is begun again. */
  readonly silenceMs: number;
  /** Trouble that lasts longer is told to whoever follows. */
  readonly troubleMs: number;
}

/** Records that the server looks at for one page of a filtered subscription; it tells where it is after each. */
const SEARCH_WINDOW = 500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/** How far a subscription has come, over all the times that it is begun again. */
interface Progress {
  /** With so many of the last it begins; `undefined` once it is known where they are. */
  last: number | undefined;
  /** Everything up to here has been given; `undefined` before the first. */
  at: bigint | undefined;
  /** Instant of the last `CaughtUp`, at first that of the beginning. */
  told: number;
}

/** `$all` after a position, filtered by the server; begun again where it breaks, until the trouble lasts too long. Errors: `StoreUnavailable`. */
export async function* followed(server: Server, freshness: Freshness, from: Since, { prefixes, signal }: SubscribeOptions, { silenceMs, troubleMs }: Patience): AsyncGenerator<Recorded | CaughtUp> {
  // Ticks of before, which a replay comes by, tell nothing of now.
  const last = typeof from === 'string' ? undefined : from.last;
  const progress: Progress = { last, at: typeof from !== 'string' || from === 'start' ? undefined : commitOf(from), told: performance.now() };
  const leave = freshness.follow();
  try {
    let wait = FIRST_PAUSE_MS;
    let well = performance.now();
    while (!signal.aborted) {
      try {
        for await (const item of stretch(server, freshness, progress, prefixes, signal, silenceMs)) {
          wait = FIRST_PAUSE_MS;
          yield item;
          well = performance.now();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (isLasting(error) || performance.now() - well > troubleMs) throw unavailable(error);
      }
      if (signal.aborted) return;
      await pause(wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
    }
  } finally {
    leave();
  }
}

/** One subscription of the server, to its end or until it breaks. */
async function* stretch(server: Server, freshness: Freshness, progress: Progress, prefixes: readonly string[] | undefined, signal: AbortSignal, silenceMs: number): AsyncGenerator<Recorded | CaughtUp> {
  const { promise: aborted, resolve: abort } = Promise.withResolvers<undefined>();
  let end = (_?: Error): void => abort(undefined);
  const onAbort = (): void => end();
  signal.addEventListener('abort', onAbort, { once: true });
  // Only while it is waited for: what the consumer takes its time for is not the server's silence.
  let silentSince = Infinity;
  const hear = (): void => void (silentSince = silentSince === Infinity ? Infinity : performance.now());
  const watch = setInterval(() => {
    if (performance.now() - silentSince > silenceMs) end(new StoreUnavailable(`nothing has come for ${silenceMs} ms`));
  }, silenceMs / 4);
  try {
    const from = await Promise.race([startOf(server, progress, prefixes), aborted]);
    if (from === undefined || signal.aborted) return;
    const subscription = server.subscribe(from, filterOf(freshness.stream, prefixes, hear));
    end = leaving(subscription);
    const items = subscription.on('caughtUp', hear)[Symbol.asyncIterator]();
    for (;;) {
      silentSince = performance.now();
      const next: IteratorResult<AllStreamResolvedEvent, unknown> = await items.next();
      silentSince = Infinity;
      if (next.done || signal.aborted) return;
      const item = next.value.event && itemOf(next.value.event, freshness, progress, prefixes);
      if (!item) continue;
      yield item;
      if (signal.aborted) return;
    }
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    end();
  }
}

/** What an event of the server is to whoever follows; `undefined`: nothing. */
function itemOf(event: Given, freshness: Freshness, progress: Progress, prefixes: readonly string[] | undefined): Recorded | CaughtUp | undefined {
  const commit = committedAt(event.position);
  if (progress.at !== undefined && commit <= progress.at) return undefined;
  progress.at = commit;
  if (!isApart(event.streamId)) return !prefixes || prefixes.some((prefix) => event.streamId.startsWith(prefix)) ? recordedOf(event) : undefined;
  const instant = freshness.instantOf(event);
  if (!instant || instant.steady <= progress.told) return undefined;
  progress.told = instant.steady;
  return { caughtUp: true, ...instant, position: positionOf(commit) };
}

/**
 * Where to subscribe so that everything after `at` comes: at the record before it. The server goes on after whichever record it finds at the position that it is given; a tick
 * there may have been scavenged, and the event in its place would be passed over. The record before is there now.
 */
async function startOf(server: Server, progress: Progress, prefixes: readonly string[] | undefined): Promise<Position | 'start'> {
  if (progress.last !== undefined) {
    progress.at = await beforeLast(server, progress.last, prefixes);
    // A tick of before may stand among the last ones, and would tell too early that all of them have come.
    progress.told = performance.now();
    progress.last = undefined;
  }
  if (progress.at === undefined) return 'start';
  return (await server.before({ commit: progress.at, prepare: progress.at })) ?? 'start';
}

/** Where the record before the last so many events is; `undefined`: they begin with the first. */
async function beforeLast(server: Server, last: number, prefixes: readonly string[] | undefined): Promise<bigint | undefined> {
  if (last === 0) return (await server.before('end'))?.commit;
  const first = await server.firstOfLast(last, eventsOf(prefixes));
  return first === undefined ? undefined : (await server.before({ commit: first, prepare: first }))?.commit;
}

function filterOf(own: string, prefixes: readonly string[] | undefined, checkpointReached: () => void): Filter {
  const common = { filterOn: 'streamName', maxSearchWindow: SEARCH_WINDOW, checkpointInterval: 1, checkpointReached } as const;
  return prefixes ? { ...common, prefixes: [...new Set(prefixes), own] } : { ...common, regex: allBut(own) };
}

/** The way to leave a subscription, which also an error after that must not end the process. */
function leaving(subscription: AllStreamSubscription): (error?: Error) => void {
  subscription.on('error', () => undefined);
  let left = false;
  return (error) => {
    if (left) return;
    left = true;
    subscription.destroy(error);
    void subscription.unsubscribe().catch(() => undefined);
  };
}
