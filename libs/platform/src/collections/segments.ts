import type { QueryPlan } from '@geres/kernel';

export type Value = string | number | null;

export const scalar = (value: unknown): Value => (typeof value === 'string' || typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : null);

/** One statement of a query; its last parameter, the limit, is added when it runs. */
export interface Segment {
  readonly sql: string;
  readonly given: readonly Value[];
}

/** The rows of a plan, one segment after the other: those without the ordered field, and those with it. Each walks an index in its own order. */
export function segmentsOf(table: string, { equal, from, to, by, descending, after }: QueryPlan, now: number): readonly Segment[] {
  const conditions = ['(expires IS NULL OR expires > ?)', ...equal.map(([field]) => `"c_${field}" = ?`)];
  const given: readonly Value[] = [now, ...equal.map(([, value]) => scalar(value))];
  const direction = descending ? 'DESC' : 'ASC';
  const beyond = descending ? '<' : '>';
  const segment = (key: string, order: string, more: readonly (readonly [string, ...Value[]])[]): Segment => ({
    sql: `SELECT id, row, ${key} AS key FROM "${table}" WHERE ${[...conditions, ...more.map(([condition]) => condition)].join(' AND ')} ORDER BY ${order} LIMIT ?`,
    given: [...given, ...more.flatMap(([, ...values]) => values)],
  });
  const byId = `id ${direction}`;
  const past = (cursor: { readonly id: string }): readonly [string, Value] => [`id ${beyond} ?`, cursor.id];
  if (by === undefined) return [segment('NULL', byId, after ? [past(after)] : [])];

  const key = `"c_${by}"`;
  const bounds: (readonly [string, ...Value[]])[] = [...(from === undefined ? [] : [[`${key} >= ?`, from] as const]), ...(to === undefined ? [] : [[`${key} < ?`, to] as const])];
  const without = (): Segment => segment('NULL', byId, [[`${key} IS NULL`], ...(after?.key === null ? [past(after)] : [])]);
  const having = (): Segment => segment(key, `${key} ${direction}, ${byId}`, [[`${key} IS NOT NULL`], ...bounds, ...(after && after.key !== null ? [[`(${key}, id) ${beyond} (?, ?)`, scalar(after.key), after.id] as const] : [])]);
  if (bounds.length > 0) return [having()];
  if (descending) return after?.key === null ? [without()] : [having(), without()];
  return after && after.key !== null ? [having()] : [without(), having()];
}
