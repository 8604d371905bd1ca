import { connectionEvents, known, type Channel } from '@geres/contracts';
import { whole, type EventStore } from '@geres/kernel';
import type { KeyStore } from '@geres/platform/keys';
import { decodeTime } from 'ulid';
import { connectionStream } from '../connection/connection.domain.js';
import { placeOf } from './stored.js';

/** A key is kept before its event: one so young may still get it. */
const WAIT_MS = 86_400_000;

/** Erases the keys that no event speaks of, a day after their act, and those that an event has retired. Resolves to how many. */
export async function eraseOrphans({ secrets, store, now }: { readonly secrets: KeyStore; readonly store: EventStore; readonly now: Date }): Promise<number> {
  let erased = 0;
  for await (const id of secrets.ids()) {
    const place = placeOf(id);
    if (!place) continue;
    const { events } = await whole(store.read(connectionStream(place.comune, place.channel as Channel)));
    const told = events.map((event) => known(connectionEvents, event)).filter(({ data }) => 'certificate' in data && data.certificate === place.certificate);
    const retired = told.some(({ type }) => type === 'anpr.connection.certificate-retired');
    if (!retired && (told.length > 0 || now.getTime() - decodeTime(place.certificate) < WAIT_MS)) continue;
    await secrets.destroy(id);
    erased++;
  }
  return erased;
}
