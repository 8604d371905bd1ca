import type { Found, Row } from '@geres/kernel';
import { decodeTime } from 'ulid';
import type { Cursor } from './cursor.domain.js';
import type { Period } from './period.domain.js';

export interface Page<T> {
  readonly rows: readonly T[];
  /** Where to go on; absent when everything was looked at. */
  readonly next?: Cursor;
}

export interface Paging<S extends Row, T> {
  readonly period: Period;
  readonly after?: Cursor | undefined;
  readonly limit: number;
  /** One step through an index, newest first. */
  readonly find: (range: Period, limit: number, after: string | undefined) => Promise<Found<S>>;
  /** The lookup that a row is about. */
  readonly lookupOf: (id: string, row: S) => string;
  /** What is wanted of each row of a step, in its place. */
  readonly keep: (step: readonly { readonly lookup: string; readonly row: S }[]) => Promise<readonly (T | undefined)[]> | readonly (T | undefined)[];
}

/** Rows that one call looks at, about: a filter that fits little gives short pages, never a slow one. */
export const MOST_LOOKED_AT = 5000;
const STEP = 500;

/** Walks an index from the newest row, keeps what is wanted, stops at `limit` rows or at `MOST_LOOKED_AT`. */
export async function page<S extends Row, T>({ period, after, limit, find, lookupOf, keep }: Paging<S, T>): Promise<Page<T>> {
  // ULIDs sort by time: what comes after the cursor is of its millisecond with a lower id, or older.
  const to = after === undefined ? period.to : Math.min(period.to ?? Infinity, decodeTime(after) + 1);
  const range = { ...(period.from === undefined ? {} : { from: period.from }), ...(to === undefined ? {} : { to }) };
  const rows: T[] = [];
  let looked = 0;
  let last = after;
  let token: string | undefined;
  do {
    const found = await find(range, looked === 0 ? Math.min(STEP, limit + 1) : STEP, token);
    const step = found.rows.map(({ id, row }) => ({ lookup: lookupOf(id, row), row })).filter(({ lookup }) => after === undefined || lookup < after);
    const kept = await keep(step);
    for (const [index, { lookup }] of step.entries()) {
      const wanted = kept[index];
      if (wanted !== undefined) {
        if (rows.length === limit) return { rows, ...(last === undefined ? {} : { next: last }) };
        rows.push(wanted);
      }
      last = lookup;
    }
    looked += found.rows.length;
    token = found.next;
  } while (token !== undefined && looked < MOST_LOOKED_AT);
  return token === undefined || last === undefined ? { rows } : { rows, next: last };
}
