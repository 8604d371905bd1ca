import type { QueryPlan } from '@geres/kernel';
import type { mongo } from 'mongoose';
import { escaped, fieldOf, stored, type Document } from './documents.js';

type Condition = Readonly<Record<string, unknown>>;

/** One walk along an index, in its order. */
export interface Walk {
  readonly filter: mongo.Filter<Document>;
  readonly sort: Readonly<Record<string, 1 | -1>>;
}

/** A row that has not expired. */
export const alive = (now: Date): Condition => ({ e: { $not: { $lte: now } } });

/** The rows of a plan, one walk after the other: those without the ordered field and those with it, and of these the rest of the tie where the page before ended. */
export function walksOf({ equal, from, to, by, descending, after }: QueryPlan, now: Date): readonly Walk[] {
  const fixed: Condition = { ...Object.fromEntries(equal.map(([field, value]) => [fieldOf(field), stored(value)])), ...alive(now) };
  const direction = descending ? -1 : 1;
  const beyond = descending ? '$lt' : '$gt';
  const walk = (sort: Walk['sort'], ...more: readonly Condition[]): Walk => ({ filter: (more.length > 0 ? { ...fixed, $and: more } : fixed) as mongo.Filter<Document>, sort });
  const byId = { _id: direction } as const;
  const past: readonly Condition[] = after ? [{ _id: { [beyond]: escaped(after.id) } }] : [];
  if (by === undefined) return [walk(byId, ...past)];

  const key = fieldOf(by);
  const inOrder = { [key]: direction, ...byId } as const;
  const range: Condition = { ...(from === undefined ? {} : { $gte: stored(from) }), ...(to === undefined ? {} : { $lt: stored(to) }) };
  const bounded = Object.keys(range).length > 0;
  const bounds: readonly Condition[] = bounded ? [{ [key]: range }] : [{ [key]: { $ne: null } }];
  const without = walk(byId, { [key]: null }, ...(after?.key === null ? past : []));
  const having: readonly Walk[] =
    after && after.key !== null ? [walk(byId, { [key]: stored(after.key) }, ...past), walk(inOrder, ...bounds, { [key]: { [beyond]: stored(after.key) } })] : [walk(inOrder, ...bounds)];
  if (bounded) return having;
  if (descending) return after?.key === null ? [without] : [...having, without];
  return after && after.key !== null ? having : [without, ...having];
}
