import type { Query } from '@geres/kernel';
import { FILTERS, type Filter, type LookupRow } from './lookups.projection.js';

export type Wanted = { readonly [K in Filter]?: string | undefined };

/** The index to walk (the one that narrows most) and what is left to check on each row. */
export interface Plan {
  readonly equal: NonNullable<Query<LookupRow>['equal']>;
  readonly rest: readonly (readonly [Filter, string])[];
}

export function planOf(comune: string, wanted: Wanted): Plan {
  const given = FILTERS.flatMap((filter) => (wanted[filter] === undefined ? [] : [[filter, wanted[filter]] as const]));
  const [first, ...rest] = given;
  return { equal: { comune, ...(first ? { [first[0]]: first[1] } : {}) }, rest };
}

export const fits = (row: LookupRow, rest: Plan['rest']): boolean => rest.every(([filter, value]) => row[filter] === value);
