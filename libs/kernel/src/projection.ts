import type { Collection, Row } from './collection.js';
import type { DomainEvent, Recorded } from './event.js';
import { isCaughtUp, type CaughtUp, type EventStore } from './event-store.js';
import { ProjectionStopped } from './projection-stopped.js';

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
  /** The row after the event; `undefined`: no row. The same object where the event changes nothing: then nothing is written. */
  readonly apply: (row: T | undefined, event: Recorded<E>, id: string) => T | undefined;
}

/** What a projection needs of the collection of its rows. */
export type ProjectedTo<T extends Row> = Pick<Collection<Folded<T>>, 'getMany' | 'commit' | 'checkpoint' | 'clear'>;

export interface ProjectOptions {
  readonly store: EventStore;
  readonly incarnation: string;
  readonly signal: AbortSignal;
  /** Events folded in memory before one commit. */
  readonly batch?: number;
  /** A checkpoint that goes with no row only spares the next start some reading: between two of them at least so long, default 1000 ms. */
  readonly idleMs?: number;
  /** Told once everything up to `position` is in the rows. */
  readonly onProgress?: (progress: { readonly position: string; readonly events: number; readonly caughtUp?: CaughtUp }) => void;
  readonly upcast?: (event: Recorded) => Recorded;
}

/** Once it has caught up a projection writes at most a tenth of the time, whatever a commit takes: who answers questions from the same server is not held up by it. */
const RESTS = 9;
const LONGEST_REST_MS = 1000;

export const collectionName = ({ name, version }: { readonly name: string; readonly version: number }): string => `${name}-v${version}`;

/**
 * Runs a projection until `signal` aborts: follows the store from the collection's checkpoint, folds what is ready in memory, and commits rows and
 * checkpoint together. A checkpoint of another incarnation starts a rebuild. Errors: `ProjectionStopped` rather than skip an event, and what store and collection throw.
 * While one batch is committed the next is read and folded: neither the store nor the collection waits for the other. Where commits take long it
 * rests between them: what comes meanwhile is written together, each row once.
 */
export async function project<T extends Row, E extends DomainEvent>(projection: Projection<T, E>, collection: ProjectedTo<T>, options: ProjectOptions): Promise<void> {
  const { store, incarnation, signal, batch = 1000, idleMs = 1000, onProgress, upcast = (event) => event } = options;
  let stored = await collection.checkpoint();
  let storedAt = -Infinity;
  let restsUntil = -Infinity;
  if (stored && stored.incarnation !== incarnation) {
    await collection.clear();
    stored = undefined;
  }
  const commit = async ({ rows, position, events, caughtUp }: Batch<T>): Promise<void> => {
    const changed = await rows;
    if (changed.size > 0 || (position !== stored?.position && performance.now() - storedAt >= idleMs)) {
      const began = performance.now();
      stored = await collection.commit(changed, { position, incarnation });
      storedAt = performance.now();
      if (caughtUp) restsUntil = storedAt + Math.min(RESTS * (storedAt - began), LONGEST_REST_MS);
    }
    onProgress?.({ position, events, ...(caughtUp ? { caughtUp } : {}) });
  };
  let pending: Recorded[] = [];
  let foldedLast: Batch<T> | undefined;
  let committing = Promise.resolve();
  const take = async (position: string, caughtUp?: CaughtUp): Promise<void> => {
    // The batch before the last is in the collection, the last one in memory: between them is every row that these events may touch.
    await committing;
    const before = foldedLast;
    const next: Batch<T> = { rows: folded(projection, collection, pending, upcast, before?.rows), position, events: pending.length, ...(caughtUp ? { caughtUp } : {}) };
    [pending, foldedLast] = [[], next];
    unhandledLater(next.rows);
    if (before) {
      await before.rows;
      unhandledLater((committing = commit(before)));
    }
    if (!caughtUp) return;
    await committing;
    foldedLast = undefined;
    await commit(next);
  };
  try {
    for await (const item of store.subscribe(stored?.position ?? 'start', { prefixes: projection.prefixes, signal })) {
      if (isCaughtUp(item)) {
        if (pending.length === 0 || performance.now() >= restsUntil) await take(item.position, item);
      } else {
        pending.push(item);
        if (pending.length >= batch) await take(item.position);
      }
    }
  } finally {
    // Nothing is still under way when it ends.
    await Promise.allSettled([foldedLast?.rows, committing]);
  }
  await committing;
}

interface Batch<T extends Row> {
  /** The rows that it changes. */
  readonly rows: Promise<Rows<T>>;
  readonly position: string;
  readonly events: number;
  readonly caughtUp?: CaughtUp;
}

type Rows<T extends Row> = ReadonlyMap<string, Folded<T> | undefined>;

/** Its failure is met where it is awaited next; until then it is nobody's. */
const unhandledLater = (work: Promise<unknown>): void => void work.catch(() => undefined);

/** The rows that a batch changes, each with the last event that it has absorbed. Those of the batch before count, in the collection or not. */
async function folded<T extends Row, E extends DomainEvent>(
  projection: Projection<T, E>,
  collection: Pick<Collection<Folded<T>>, 'getMany'>,
  stored: readonly Recorded[],
  upcast: (event: Recorded) => Recorded,
  before: Promise<Rows<T>> | undefined,
): Promise<Rows<T>> {
  const events = eachOf(projection, stored, upcast) as readonly unknown[] as readonly Recorded<E>[];
  const touched = eachOf(projection, events, (event) => projection.idsOf(event));
  const ids = new Set(touched.flat());
  const rows = new Map<string, Folded<T> | undefined>(ids.size === 0 ? [] : await collection.getMany([...ids]));
  for (const [id, row] of (await before) ?? []) if (ids.has(id)) rows.set(id, row);
  const changed = new Map<string, Folded<T> | undefined>();
  eachOf(projection, events, (event, index) => {
    for (const id of touched[index]!) {
      const row = changed.has(id) ? changed.get(id) : rows.get(id);
      if (row !== undefined && row.absorbed >= event.position) continue;
      const next = projection.apply(row, event, id);
      if (next !== row) changed.set(id, next && { ...next, absorbed: event.position });
    }
  });
  return changed;
}

/** What a projection makes of each event; what it throws at one is `ProjectionStopped`, naming it. */
function eachOf<E extends DomainEvent, R>({ name }: { readonly name: string }, events: readonly Recorded<E>[], work: (event: Recorded<E>, index: number) => R): R[] {
  let at: Recorded<E> | undefined;
  try {
    return events.map((event, index) => work((at = event), index));
  } catch (error) {
    throw at ? new ProjectionStopped(name, at, error) : error;
  }
}
