import { startEventStoreDbStandIn, type StandIn, type StandInOptions } from '@geres/eventstoredb-stand-in';
import { StoreUnavailable, type Appended, type EventStore, type Since } from '@geres/kernel';
import { Following } from '@geres/kernel/testing';
import { openEventStoreDb, type EventStoreDbEventStore, type EventStoreDbOptions } from '../event-store/index.js';
import { workplace } from './temporary-folder.js';

/** A stand-in for EventStoreDB and stores on it, for the tests of a file; what is opened in a test is closed after it. */
export function onEventStoreDb() {
  const place = workplace();
  return {
    ...place,
    async standIn(options: Partial<StandInOptions> = {}): Promise<StandIn> {
      return place.opened(startEventStoreDbStandIn({ folder: await place.folder(), ...options }));
    },
    store: (standIn: Pick<StandIn, 'connectionString'>, options: Partial<EventStoreDbOptions> = {}): Promise<EventStoreDbEventStore> =>
      place.opened(openEventStoreDb({ connectionString: standIn.connectionString, deadlineMs: 10_000, ...options })),
    follow(store: EventStoreDbEventStore, from: Since = 'start', ...prefixes: readonly string[]): Following {
      const following = new Following(store, from, prefixes.length > 0 ? prefixes : undefined);
      place.afterwards(() => following.stop().catch(() => undefined));
      return following;
    },
  };
}

/** An append as its callers do it: repeated while nothing is known of its outcome. */
export async function untilTold(store: EventStore, ...append: Parameters<EventStore['append']>): Promise<Appended> {
  for (;;) {
    try {
      return await store.append(...append);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}
