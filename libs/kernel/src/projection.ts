import type { Collection, Row } from './collection.js';
import type { DomainEvent, Recorded } from './event.js';
import { isCaughtUp, type CaughtUp, type EventStore } from './event-store.js';

/** A row of a projection as it is kept: it knows the position of the last event that it has absorbed, so that a batch that comes twice changes nothing. */
export type Folded<T extends Row> = T & { readonly absorbed: string };

/** Events to rows, pure. */
export interface Projection<T extends Row, E extends DomainEvent> {
  readonly name: string;
  /** Another version is another collection: rebuild beside, then swap. */
  readonly version: number;
  readonly prefixes: readonly string[];
  /** The rows that an event touches; none when it does not concern this projection. An unknown type or version must throw. */
  readonly idsOf: (event: Recorded<E>) => readonly string[];
  /** The row after the event; `undefined`: no row. */
  readonly apply: (row: T | undefined, event: Recorded<E>, id: string) => T | undefined;
}

export interface ProjectOptions {
  readonly store: EventStore;
  readonly incarnation: string;
  readonly signal: AbortSignal;
  /** Events folded in memory before one commit. */
  readonly batch?: number;
  /** Told after each commit and each `CaughtUp`. */
  readonly onProgress?: (progress: { readonly position: string; readonly events: number; readonly caughtUp?: CaughtUp }) => void;
  readonly upcast?: (event: Recorded) => Recorded;
}

export const collectionName = ({ name, version }: { readonly name: string; readonly version: number }): string => `${name}-v${version}`;

/**
 * Runs a projection until `signal` aborts: follows the store from the collection's checkpoint, folds what is ready in memory, and commits rows and
 * checkpoint together. A checkpoint of another incarnation starts a rebuild. Throws what `apply` throws: a projection stops rather than skip an event.
 */
export async function project<T extends Row, E extends DomainEvent>(projection: Projection<T, E>, collection: Collection<Folded<T>>, options: ProjectOptions): Promise<void> {
  const { store, incarnation, signal, batch = 1000, onProgress, upcast = (event) => event } = options;
  let stored = await collection.checkpoint();
  if (stored && stored.incarnation !== incarnation) {
    await collection.clear();
    stored = undefined;
  }
  let pending: Recorded[] = [];
  const flush = async (position: string, seen?: CaughtUp): Promise<void> => {
    if (pending.length > 0 || (seen && position !== stored?.position)) {
      const rows = await folded(projection, collection, pending);
      stored = await collection.commit(rows, { position, incarnation });
    }
    const events = pending.length;
    pending = [];
    onProgress?.({ position, events, ...(seen ? { caughtUp: seen } : {}) });
  };
  for await (const item of store.subscribe(stored?.position ?? 'start', { prefixes: projection.prefixes, signal })) {
    if (isCaughtUp(item)) await flush(item.position, item);
    else {
      pending.push(upcast(item));
      if (pending.length >= batch) await flush(item.position);
    }
  }
}

/** The rows that a batch changes, each with the last event that it has absorbed. */
async function folded<T extends Row, E extends DomainEvent>(
  projection: Projection<T, E>,
  collection: Pick<Collection<Folded<T>>, 'getMany'>,
  events: readonly Recorded[],
): Promise<ReadonlyMap<string, Folded<T> | undefined>> {
  const touched = (events as readonly unknown[] as readonly Recorded<E>[]).map((event) => ({ event, ids: projection.idsOf(event) }));
  const rows = new Map<string, Folded<T> | undefined>(await collection.getMany([...new Set(touched.flatMap(({ ids }) => ids))]));
  for (const { event, ids } of touched) {
    for (const id of ids) {
      const row = rows.get(id);
      if (row !== undefined && row.absorbed >= event.position) continue;
      const next = projection.apply(row, event, id);
      rows.set(id, next && { ...next, absorbed: event.position });
    }
  }
  return rows;
}
