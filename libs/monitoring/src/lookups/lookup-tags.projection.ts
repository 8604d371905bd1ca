import type { LookupEvent } from '@geres/contracts';
import type { CollectionSpec, Folded, Recorded } from '@geres/kernel';

/**
 * The lookups of one part of a day that have one tag: of their person, of the person found, or of their pratica. Its id says which: a search asks for the
 * rows of each day by their ids, and a replay writes in the part of the collection that belongs to its day, however large the archive is. A register of more than
 * `PART` events has several parts, so that a pratica that is given in every lookup of a busy day makes rows, and not one row that grows; a lookup may be in two of them.
 */
export interface LookupTagRow {
  readonly lookups: readonly string[];
}

/** How many parts a day of a Comune has, where it has more than one. */
export interface DayRow {
  readonly parts: number;
}

export type TagsRow = LookupTagRow | DayRow;

export const lookupTagsSpec = { name: 'lookup-tags-v2' } satisfies CollectionSpec<Folded<TagsRow>>;

/** Events of a register in one part. */
export const PART = 4096;

/** Of a day of the register, `20261123`. Tags of different Comuni are never the same: each has its own secrets. */
export const tagRowId = (day: string, tag: string, part = 0): string => (part === 0 ? `${day}/${tag}` : `${day}/${tag}/${part}`);
export const dayRowId = (day: string, comune: string): string => `${day}//${comune}`;
export const isTagsRow = (id: string): boolean => id.charAt(8) === '/';

/** The rows that an event of that version of `register-H501-20261123` touches. */
export function tagsRowsOf({ stream, version }: Pick<Recorded, 'stream' | 'version'>, event: LookupEvent): readonly string[] {
  switch (event.type) {
    case 'anpr.lookup.requested':
    case 'anpr.lookup.refused':
    case 'anpr.lookup.answered': {
      const day = stream.slice(-8);
      const part = partOf(version);
      const rows = event.data.tags.map((tag) => tagRowId(day, tag, part));
      return part === 0 ? rows : [...rows, dayRowId(day, event.data.comune)];
    }
    default:
      return [];
  }
}

const partOf = (version: number): number => Math.floor((version - 1) / PART);
const isDayRow = (id: string): boolean => id.charAt(9) === '/';

/** The row after an event of that version about that lookup. The same object where it changes nothing. */
export function afterTagged(row: TagsRow | undefined, version: number, lookup: string, id: string): TagsRow {
  if (isDayRow(id)) {
    const parts = partOf(version) + 1;
    return row && partsOf(row) >= parts ? row : { parts };
  }
  const lookups = taggedIn(row);
  return row && lookups.includes(lookup) ? row : { lookups: [...lookups, lookup] };
}

export const taggedIn = (row: TagsRow | undefined): readonly string[] => (row && 'lookups' in row ? row.lookups : []);
/** Of a day without such a row: one. */
export const partsOf = (row: TagsRow | undefined): number => (row && 'parts' in row ? row.parts : 1);
