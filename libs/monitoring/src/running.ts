import type { Collection, CollectionStore, EventStore, Folded } from '@geres/kernel';
import type { Installation } from '@geres/platform';
import { runProjection, type RunningProjection } from '@geres/platform/projections';
import { lookupTagsSpec, type TagsRow } from './lookups/lookup-tags.projection.js';
import { lookupsSpec, type LookupRow } from './lookups/lookups.projection.js';
import { registers, together } from './lookups/register.projection.js';
import { Unsettled } from './settling/unsettled.js';

/** The read models of monitoring, kept up to date. */
export interface Running {
  readonly lookups: Collection<Folded<LookupRow>>;
  readonly tags: Collection<Folded<TagsRow>>;
  /** For readiness and for the lag that is measured. */
  readonly projections: readonly RunningProjection[];
  /** Everything recorded until then is in all of them; `undefined` until each has caught up once. */
  asOf(): Date | undefined;
  /** Where they may have lookups without outcome. */
  readonly unsettled: Unsettled;
}

export interface RunningOptions {
  readonly store: EventStore;
  readonly collections: CollectionStore;
  readonly installation: Pick<Installation, 'incarnation'>;
  readonly signal: AbortSignal;
  readonly onFailure: (projection: string, error: Error) => void;
}

export function startProjections({ store, collections, installation: { incarnation }, signal, onFailure }: RunningOptions): Running {
  const lookups = collections.collection<Folded<LookupRow>>(lookupsSpec);
  const tags = collections.collection<Folded<TagsRow>>(lookupTagsSpec);
  const unsettled = new Unsettled();
  const running = runProjection({ projection: registers, collection: together(lookups, tags, (comune) => unsettled.note(comune)), store, incarnation, signal, onFailure: (error) => onFailure(registers.name, error) });
  return { lookups, tags, projections: [running], asOf: () => running.asOf, unsettled };
}
