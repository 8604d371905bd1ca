import type { LookupEvent } from '@geres/contracts';
import type { CollectionSpec, Folded } from '@geres/kernel';

/**
 * The lookups of one day that have one tag: of their person, of the person found, or of their pratica. Its id says which day and tag: a search asks for the
 * rows of each day by their ids, and a replay writes in the part of the collection that belongs to its day, however large the archive is.
 */
export interface LookupTagRow {
  readonly lookups: readonly string[];
}

export const lookupTagsSpec = { name: 'lookup-tags-v2' } satisfies CollectionSpec<Folded<LookupTagRow>>;

/** Of a day of the register, `20261123`. Tags of different Comuni are never the same: each has its own secrets. */
export const tagRowId = (day: string, tag: string): string => `${day}/${tag}`;
export const isTagRow = (id: string): boolean => id.charAt(8) === '/';

/** The rows of tags that an event of `register-H501-20261123` touches. */
export function tagRowsOf(stream: string, event: LookupEvent): readonly string[] {
  switch (event.type) {
    case 'anpr.lookup.requested':
    case 'anpr.lookup.refused':
    case 'anpr.lookup.answered': {
      const day = stream.slice(-8);
      return event.data.tags.map((tag) => tagRowId(day, tag));
    }
    default:
      return [];
  }
}

export const withLookup = (row: LookupTagRow | undefined, lookup: string): LookupTagRow => (row?.lookups.includes(lookup) ? row : { lookups: [...(row?.lookups ?? []), lookup] });
