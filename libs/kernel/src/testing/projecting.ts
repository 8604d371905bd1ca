import type { DomainEvent, EventMeta, Recorded } from '../event.js';
import type { Row } from '../collection.js';
import { project, type Folded, type Projection } from '../projection.js';
import { isCaughtUp, type CaughtUp, type EventStore } from '../event-store.js';
import { memoryCollections } from './memory-collections.js';

const META: EventMeta = { actor: 'system:spec', correlationId: 'c', causationId: 'c', recordedAt: '2026-11-23T09:00:00.000Z', environment: 'test' };

/** Runs a projection over events, once or with every event coming twice, and shows its rows. */
export function projecting<T extends Row, E extends DomainEvent>(projection: Projection<T, E>, meta: Partial<EventMeta> = {}) {
  const recorded = (events: readonly E[]): readonly Recorded[] =>
    events.map((event, index) => ({ ...event, id: String(index), meta: { ...META, ...meta }, stream: 'spec-1', version: index + 1, digest: '', position: String(index + 1).padStart(16, '0') }));
  const run = async (...batches: readonly (readonly Recorded[])[]) => {
    const collection = memoryCollections().collection<Folded<T>>({ name: 'projecting' });
    for (const batch of batches) {
      const ending = new AbortController();
      const last: CaughtUp = { caughtUp: true, asOf: new Date(0), steady: 0, position: batch.at(-1)?.position ?? '' };
      const store = { subscribe: () => items([...batch, last]) } as unknown as EventStore;
      await project(projection, collection, { store, incarnation: 'spec', signal: ending.signal, onProgress: ({ caughtUp }) => caughtUp && ending.abort() });
    }
    return {
      get: (id: string) => collection.get(id),
      all: async () => new Map((await collection.find({ limit: 1000 })).rows.map(({ id, row: { absorbed: _, ...row } }) => [id, row])),
    };
  };
  return {
    given: (...events: readonly E[]) => run(recorded(events)),
    /** The second time from the start: as after a crash between rows and checkpoint. */
    redelivered: (...events: readonly E[]) => run(recorded(events).flatMap((event) => [event, event])),
  };
}

async function* items(all: readonly (Recorded | CaughtUp)[]): AsyncIterable<Recorded | CaughtUp> {
  for (const item of all) {
    yield await Promise.resolve(item);
    if (isCaughtUp(item)) return;
  }
}
