import type { LookupEvent } from '@geres/contracts';
import type { CollectionSpec, DomainEvent, Folded, Projection, Recorded } from '@geres/kernel';
import { decodeTime } from 'ulid';
import { lookupsOf } from './lookups.projection.js';

/** One tag of a lookup: of its person or of its pratica. Its id is `{lookup}/{tag}`. */
export interface LookupTagRow {
  /** `202611`: of the register, and of the secret that made the tag. */
  readonly month: number;
  readonly tag: string;
  /** Milliseconds of the epoch. */
  readonly askedAt: number;
}

/** Tags are as good as random: with the month before them a replay stays in one part of the index. */
export const lookupTagsSpec = { name: 'lookup-tags-v1', indexes: [['month', 'tag', 'askedAt']] } satisfies CollectionSpec<Folded<LookupTagRow>>;

/** Length of a ULID. */
const LOOKUP = 26;
export const lookupOf = (id: string): string => id.slice(0, LOOKUP);

export const lookupTags: Projection<LookupTagRow, DomainEvent> = {
  name: 'lookup-tags',
  version: 1,
  prefixes: ['register-'],
  idsOf: (recorded: Recorded) => {
    const [lookup] = lookupsOf(recorded);
    const event = recorded as DomainEvent as LookupEvent;
    switch (event.type) {
      case 'anpr.lookup.requested':
      case 'anpr.lookup.refused':
      case 'anpr.lookup.answered':
        return event.data.tags.map((tag) => `${lookup!}/${tag}`);
      default:
        return [];
    }
  },
  apply: (row, { stream }, id) => row ?? { month: Number(stream.slice(-8, -2)), tag: id.slice(LOOKUP + 1), askedAt: decodeTime(lookupOf(id)) },
};
