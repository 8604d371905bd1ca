import { randomUUID } from 'node:crypto';
import { TOMBSTONE, type EventLog } from './event-log.js';
import type { Filter } from './filter.js';
import { caughtUp, checkpoint, confirmation, eventMessage, fellBehind } from './messages.js';
import type { Responses } from './responses.js';
import { streamDeleted } from './statuses.js';

/** Records that are read at once where no filter says how many. */
const BATCH = 32;
/** A live subscription that has more than this to catch up with has fallen behind. */
const BEHIND = 100;

/** `$all` from a position on, for as long as the client listens. Silent where nothing comes that the filter allows, but for checkpoints. */
export async function followAll(log: EventLog, from: number | 'start' | 'end', filter: Filter | undefined, structured: boolean, responses: Responses): Promise<void> {
  const window = filter?.window ?? BATCH;
  await responses.say(confirmation(randomUUID()));
  let at = from === 'start' ? 0 : from === 'end' ? log.end : after(log, from);
  let live = false;
  let considered = 0;
  while (!responses.ended) {
    // Asked for before the page is read: whatever is committed after that is news.
    const news = committed(log);
    const page = log.readAll(at, 'forwards', live ? BEHIND + 1 : window);
    if (live && page.length > BEHIND) {
      live = false;
      await responses.say(fellBehind());
      continue;
    }
    let seen = at;
    for (const record of page) {
      if (responses.ended) break;
      considered += 1;
      at = record.next;
      if (!filter || filter.allows(record)) {
        seen = record.position;
        await responses.say(eventMessage(record, structured));
      }
      if (!live || !filter || considered < filter.checkpointInterval) continue;
      considered = 0;
      await responses.say(checkpoint(record.position));
    }
    // While it catches up, a checkpoint is the last event that was given, else where the page began.
    if (!live && filter && considered >= filter.checkpointInterval) {
      considered %= filter.checkpointInterval;
      await responses.say(checkpoint(seen));
    }
    if (live ? page.length === 0 : page.length < window) {
      if (!live) await responses.say(caughtUp());
      live = true;
      await responses.orGone(news.promise);
    }
    news.stop();
  }
}

/** One stream from a revision on, for as long as the client listens. A stream that is not there is waited for. */
export async function followStream(log: EventLog, stream: string, from: number | 'start' | 'end', structured: boolean, responses: Responses): Promise<void> {
  await responses.say(confirmation(randomUUID()));
  let at = from === 'start' ? 0 : from === 'end' ? log.lastRevision(stream) + 1 : from + 1;
  let live = false;
  while (!responses.ended) {
    const news = committed(log);
    const page = log.readStream(stream, at, 'forwards', BATCH);
    if (page.result === 'deleted') throw streamDeleted(stream);
    for (const record of page.events) await responses.say(eventMessage(record, structured));
    at = page.goOn ?? (page.last === TOMBSTONE ? at : Math.max(at, page.last + 1));
    if (page.goOn === undefined) {
      if (!live) await responses.say(caughtUp());
      live = true;
      await responses.orGone(news.promise);
    }
    news.stop();
  }
}

/**
 * Positions that a client gives are exclusive. The server of 23.10 reads one record from there and goes on after it, whichever record that is:
 * where the one at that position has been scavenged, the next one is passed over.
 */
function after(log: EventLog, position: number): number {
  return log.readAll(position, 'forwards', 1)[0]?.next ?? position;
}

function committed(log: EventLog): { readonly promise: Promise<void>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = log.onCommit(resolve);
  return { promise, stop };
}
