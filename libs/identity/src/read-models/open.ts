import type { Collection, CollectionStore, EventStore, Folded, Row } from '@geres/kernel';
import { collectionName } from '@geres/kernel';
import { runProjection, type RunningProjection } from '@geres/platform/projections';
import { readModels, type ReadModel } from './projections.js';

type RowOf<M> = M extends ReadModel<infer T> ? T : never;

/** The collections of the read models, by name. */
export type ReadModelRows = { readonly [K in keyof typeof readModels]: Collection<Folded<RowOf<(typeof readModels)[K]>>> };

export interface OpenReadModels {
  readonly rows: ReadModelRows;
  readonly running: readonly RunningProjection[];
  /** Everything that was committed before the call is in the rows. */
  caughtUp(): Promise<void>;
  /** Read your own write: resolves when the read model has absorbed `position`, or after `timeoutMs`. */
  seen(name: keyof ReadModelRows, position: string | undefined, timeoutMs?: number): Promise<void>;
}

export interface ReadModelOptions {
  readonly store: EventStore;
  readonly collections: CollectionStore;
  readonly incarnation: string;
  readonly signal: AbortSignal;
  readonly onFailure?: (name: string, error: Error) => void;
}

const collectionOf = <T extends Row>(collections: CollectionStore, { projection, indexes }: ReadModel<T>): Collection<Folded<T>> =>
  collections.collection<Folded<T>>({ name: collectionName(projection), indexes });

/** Starts the projections of identity; they follow the store until `signal` aborts. */
export function openReadModels({ store, collections, incarnation, signal, onFailure }: ReadModelOptions): OpenReadModels {
  const opened = Object.entries(readModels as Record<string, ReadModel<Row>>).map(([name, model]) => {
    const collection = collectionOf(collections, model);
    const running = runProjection({ projection: model.projection, collection, store, incarnation, signal, onFailure: (error) => onFailure?.(model.projection.name, error) });
    return { name, collection, running };
  });
  const running = new Map(opened.map((model) => [model.name, model.running]));
  return {
    rows: Object.fromEntries(opened.map(({ name, collection }) => [name, collection])) as unknown as ReadModelRows,
    running: [...running.values()],
    caughtUp: async () => void (await Promise.all([...running.values()].map((model) => model.caughtUp()))),
    seen: async (name, position, timeoutMs = 1000) => (position === undefined ? undefined : running.get(name)!.reached(position, timeoutMs).catch(() => undefined)),
  };
}
