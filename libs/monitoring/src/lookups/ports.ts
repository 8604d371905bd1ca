import type { Collection, EventMeta, EventStore, Folded } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { KeyStore } from '@geres/platform/keys';
import type { Live } from '@geres/platform/projections';
import type { ArchiveRecorder } from '../archive/recorder.js';
import type { Conventions } from './conventions.js';
import type { TagsRow } from './lookup-tags.projection.js';
import type { LookupRow } from './lookups.projection.js';

/** What the readings of the archive stand on. */
export interface ReadingPorts {
  readonly lookups: Collection<Folded<LookupRow>>;
  readonly tags: Collection<Folded<TagsRow>>;
  readonly store: EventStore;
  readonly keys: Pick<KeyStore, 'find'>;
  readonly conventions: Pick<Live<Conventions>, 'state' | 'fresh'>;
  readonly recorder: Pick<ArchiveRecorder, 'record'>;
  readonly clock: Clock;
  /** Everything recorded until then is in the collections. */
  readonly asOf: () => Date | undefined;
}

/** Who reads, for the record of the reading. */
export interface Reader {
  readonly meta: () => EventMeta;
}
