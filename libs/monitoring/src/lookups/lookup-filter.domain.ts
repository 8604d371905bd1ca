import type { Query } from '@geres/kernel';
import { INDEXED, type Filter, type LookupRow } from './lookups.projection.js';

export type Wanted = { readonly [K in Filter]?: string | undefined };

/** The index to walk (the one that narrows most) and what is left to check on each row. */
export interface Plan {
  readonly equal: NonNullable<Query<LookupRow>['equal']>;
  readonly rest: readonly (readonly [Filter, string])[];
}

export function planOf(comune: string, wanted: Wanted): Plan {
  const first = INDEXED.find((filter) => wanted[filter] !== undefined);
  const rest = (Object.entries(wanted) as readonly (readonly [Filter, string | undefined])[]).flatMap(([filter, value]) => (filter === first || value === undefined ? [] : [[filter, value] as const]));
  return { equal: { comune, ...(first ? { [first]: wanted[first] } : {}) }, rest };
}

export const fits = (row: LookupRow, rest: Plan['rest']): boolean => rest.every(([filter, value]) => row[filter] === value);
