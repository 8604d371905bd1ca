import type { Collection, CollectionStore, EventStore, Folded } from '@geres/kernel';
import type { Installation } from '@geres/platform';
import { runProjection, type RunningProjection } from '@geres/platform/projections';
import { lookupTags, lookupTagsSpec, type LookupTagRow } from './lookups/lookup-tags.projection.js';
import { lookups, lookupsSpec, type LookupRow } from './lookups/lookups.projection.js';

/** The read models of monitoring, kept up to date. */
export interface Running {
  readonly lookups: Collection<Folded<LookupRow>>;
  readonly tags: Collection<Folded<LookupTagRow>>;
  /** For readiness and for the lag that is measured. */
  readonly projections: readonly RunningProjection[];
  /** Everything recorded until then is in all of them; `undefined` until each has caught up once. */
  asOf(): Date | undefined;
}

export interface RunningOptions {
  readonly store: EventStore;
  readonly collections: CollectionStore;
  readonly installation: Pick<Installation, 'incarnation'>;
  readonly signal: AbortSignal;
  readonly onFailure: (projection: string, error: Error) => void;
}

export function startProjections({ store, collections, installation: { incarnation }, signal, onFailure }: RunningOptions): Running {
  const rows = collections.collection<Folded<LookupRow>>(lookupsSpec);
  const tags = collections.collection<Folded<LookupTagRow>>(lookupTagsSpec);
  const following = { store, incarnation, signal };
  const projections = [
    runProjection({ ...following, projection: lookups, collection: rows, onFailure: (error) => onFailure(lookups.name, error) }),
    runProjection({ ...following, projection: lookupTags, collection: tags, onFailure: (error) => onFailure(lookupTags.name, error) }),
  ];
  return {
    lookups: rows,
    tags,
    projections,
    asOf: () => projections.map(({ asOf }) => asOf).reduce((least, asOf) => (least && asOf ? (asOf < least ? asOf : least) : undefined)),
  };
}
