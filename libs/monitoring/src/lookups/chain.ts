import { known, lookupEvents, registerStream, type DettaglioRichiesta, type LookupEvent } from '@geres/contracts';
import type { EventStore, Recorded } from '@geres/kernel';
import { describeActor, describeEvent } from '../archive/words.js';
import { lookupsOf, type LookupRow } from './lookups.projection.js';

type RecordedLookup = Recorded & LookupEvent;

/** The events of a lookup as its register holds them. The row only says where they are: one that is not there means a damaged archive, and throws. */
export async function eventsOf(store: EventStore, lookup: string, { comune, day, versions }: Pick<LookupRow, 'comune' | 'day' | 'versions'>): Promise<readonly RecordedLookup[]> {
  const stream = registerStream(comune, day);
  const found = new Map<number, Recorded>();
  for (const version of versions) if (!found.has(version)) await readFrom(store, stream, version, versions, found);
  return versions.map((version) => {
    const event = found.get(version);
    if (!event || !lookupsOf(event).includes(lookup)) throw new Error(`${stream} ${version}: not the event that the projection has seen`);
    known(lookupEvents, event);
    return event as RecordedLookup;
  });
}

/** One page from `version` on: whatever of the lookup is in it is kept. */
async function readFrom(store: EventStore, stream: string, version: number, versions: readonly number[], found: Map<number, Recorded>): Promise<void> {
  // Only the version places a read; the digest is for whoever goes on to append, and nobody does here.
  for await (const { events } of store.read(stream, { version: version - 1, digest: '' })) {
    for (const event of events) if (versions.includes(event.version)) found.set(event.version, event);
    return;
  }
}

export const inWords = (event: Recorded): DettaglioRichiesta['eventi'][number] => ({
  versione: event.version,
  posizione: event.position,
  quando: event.meta.recordedAt,
  tipo: event.type,
  chi: describeActor(event.meta),
  descrizione: describeEvent(event),
  impronta: event.digest,
});
