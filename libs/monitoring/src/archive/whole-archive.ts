import { isCaughtUp, type EventStore, type Recorded } from '@geres/kernel';

/** Every event that is in the store now, in order; ends when the store first says that it has shown everything. */
export async function* wholeArchive(store: Pick<EventStore, 'subscribe'>): AsyncIterable<Recorded> {
  const ending = new AbortController();
  try {
    for await (const item of store.subscribe('start', { signal: ending.signal })) {
      if (isCaughtUp(item)) return;
      yield item;
    }
  } finally {
    ending.abort();
  }
}
