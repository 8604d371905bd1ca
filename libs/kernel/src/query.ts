import { NoSuchIndex, type CollectionSpec, type Query, type Row, type Scalar } from './collection.js';

/** A query as an adapter runs it: checked against the declared indexes, defaults filled in. */
export interface QueryPlan {
  readonly equal: readonly (readonly [field: string, value: Scalar])[];
  readonly from?: string | number;
  readonly to?: string | number;
  /** The field ranged over and ordered by; absent: by id alone. */
  readonly by?: string;
  readonly descending: boolean;
  /** Only what comes after this row. `key`: its value of `by`; `null` where it has none. */
  readonly after?: { readonly id: string; readonly key: Scalar | null };
  readonly limit: number;
}

const MOST = 1000;

/** Errors: `NoSuchIndex`; a `TypeError` when `after` is not from `Found.next`. */
export function planOf<T extends Row>({ name, indexes = [] }: CollectionSpec<T>, { equal = {}, range, orderBy, after, limit = 100 }: Query<T>): QueryPlan {
  const equals = Object.entries(equal) as [string, Scalar][];
  const fields = equals.map(([field]) => field);
  const by: string | undefined = orderBy?.field ?? range?.field;
  const fits = (index: readonly string[]): boolean => {
    const head = index.slice(0, fields.length);
    return fields.every((field) => head.includes(field)) && (by === undefined || index[fields.length] === by || fields.includes(by));
  };
  const wanted = by === undefined ? fields : [...fields, by];
  if (range && orderBy && range.field !== orderBy.field) throw new NoSuchIndex(name, [...fields, range.field, orderBy.field]);
  if (wanted.length > 0 && !indexes.some(fits)) throw new NoSuchIndex(name, wanted);
  return {
    equal: equals,
    ...(range?.from === undefined ? {} : { from: range.from }),
    ...(range?.to === undefined ? {} : { to: range.to }),
    ...(by === undefined ? {} : { by }),
    descending: orderBy?.direction === 'desc',
    ...(after === undefined ? {} : { after: cursorOf(after) }),
    limit: Math.min(Math.max(limit, 1), MOST),
  };
}

/** `Found.next` after a row. */
export const cursorAfter = (id: string, key: Scalar | null): string => Buffer.from(JSON.stringify([id, key])).toString('base64url');

function cursorOf(after: string): { readonly id: string; readonly key: Scalar | null } {
  try {
    const [id, key] = JSON.parse(Buffer.from(after, 'base64url').toString('utf8')) as [unknown, Scalar | null];
    if (typeof id === 'string') return { id, key };
  } catch {
    // said below
  }
  throw new TypeError('that is not where a page ended');
}
