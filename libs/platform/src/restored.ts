import { archiveEvents, archiveStream, known, romeMonth } from '@geres/contracts';
import { eventId, isCaughtUp, whole, type EventMeta, type EventStore } from '@geres/kernel';
import type { Clock, Installation } from './installation.js';
import { archiveKeyId, type KeyStore } from './keys/key-store.js';

export interface RestoredInstallation {
  readonly store: EventStore;
  /** Secrets of the archive. */
  readonly secrets: Pick<KeyStore, 'destroy'>;
  /** With its new incarnation. */
  readonly installation: Installation;
  readonly clock: Clock;
  /** `system:<what>`. */
  readonly actor: string;
}

/** Id of the event that says of an incarnation that it was restored. */
export const restoredEventId = (incarnation: string): string => eventId(incarnation, 0);

/**
 * The end of every restore and import, once events and secrets are in their place: each month that the archive says was shredded is shredded again, and
 * `monitoring.archive.restored` is recorded. May be repeated: what was done is not done twice. `from`: when it was copied, and how many events it has.
 */
export async function settleRestored({ store, secrets, installation, clock, actor }: RestoredInstallation, from: { readonly backupAt: string; readonly events: number }): Promise<void> {
  const { incarnation, environment } = installation;
  const id = restoredEventId(incarnation);
  const { months, recorded } = await actsIn(store, id);
  for (const { comune, month } of months) await secrets.destroy(archiveKeyId(comune, month));
  if (recorded) return;
  const now = clock();
  const stream = archiveStream(romeMonth(now));
  const { head } = await whole(store.read(stream));
  const meta: EventMeta = { actor, correlationId: incarnation, causationId: incarnation, recordedAt: now.toISOString(), environment };
  await store.append(stream, head, [{ id, type: 'monitoring.archive.restored', v: 1, data: { incarnation, ...from }, meta }]);
}

/** The months that were shredded, and whether the event of that id is there. */
async function actsIn(store: EventStore, id: string): Promise<{ readonly months: readonly { readonly comune: string; readonly month: string }[]; readonly recorded: boolean }> {
  const ending = new AbortController();
  const months: { comune: string; month: string }[] = [];
  let recorded = false;
  try {
    for await (const item of store.subscribe('start', { prefixes: ['archive-'], signal: ending.signal })) {
      if (isCaughtUp(item)) break;
      recorded ||= item.id === id;
      const event = known(archiveEvents, item);
      if (event.type === 'monitoring.archive.shredded') months.push(event.data);
    }
  } finally {
    ending.abort();
  }
  return { months, recorded };
}
