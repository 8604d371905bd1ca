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
  /** What is shown of a row; `undefined` where it is not wanted. */
  readonly shown: (lookup: string, row: S) => T | undefined;
}

/** Rows that one call looks at, about: a filter that fits little gives short pages, never a slow one. */
export const MOST_LOOKED_AT = 5000;
export const STEP = 500;

/** Walks an index of lookups from the newest row, keeps what is wanted, stops at `limit` rows or at `MOST_LOOKED_AT`. */
export async function page<S extends Row, T>({ period, after, limit, find, shown }: Paging<S, T>): Promise<Page<T>> {
  // ULIDs sort by time: what comes after the cursor is of its millisecond with a lower id, or older.
  const to = after === undefined ? period.to : Math.min(period.to ?? Infinity, decodeTime(after) + 1);
  const range = { ...(period.from === undefined ? {} : { from: period.from }), ...(to === undefined ? {} : { to }) };
  const rows: T[] = [];
  let looked = 0;
  // A full page goes on from what it has shown last, not from what it has passed over: a cursor tells nothing of the lookups of others.
  let last = after;
  let passed = after;
  let token: string | undefined;
  do {
    const found = await find(range, token === undefined ? Math.min(STEP, limit + 1) : STEP, token);
    for (const { id, row } of found.rows) {
      if (after !== undefined && id >= after) continue;
      looked += 1;
      passed = id;
      const wanted = shown(id, row);
      if (wanted === undefined) continue;
      if (rows.length === limit) return { rows, ...(last === undefined ? {} : { next: last }) };
      rows.push(wanted);
      last = id;
    }
    token = found.next;
  } while (token !== undefined && looked < MOST_LOOKED_AT);
  return token === undefined || passed === undefined ? { rows } : { rows, next: passed };
}
