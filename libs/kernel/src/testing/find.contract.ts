import { beforeAll, describe, expect, it } from 'vitest';
import { NoSuchIndex, type Collection, type CollectionStore, type Query } from '../collection.js';
import { unique } from './sample.js';

interface Visit {
  readonly comune: string;
  readonly user: string;
  /** Not every visit has one. */
  readonly at?: number;
  readonly day: string;
  readonly open: boolean;
}

const INDEXES = [['comune', 'at'], ['comune', 'user', 'at'], ['day'], ['open', 'day']] as const;

/** 90 visits: two Comuni, three users, several at the same instant, one in nine without. */
const VISITS: readonly (readonly [string, Visit])[] = Array.from({ length: 90 }, (_, n) => [
  `id-${String((n * 37) % 90).padStart(2, '0')}`,
  { comune: n % 2 ? 'H501' : 'F205', user: `u${n % 3}`, ...(n % 9 === 4 ? {} : { at: Math.floor(n / 4) - 5 }), day: `2026-11-${String((n % 28) + 1).padStart(2, '0')}`, open: n % 5 === 0 },
]);

type Found = readonly string[];

/** The part of the `Collection` contract that is about `find`. */
export function findContract(store: () => CollectionStore): void {
  describe('find', () => {
    let visits: Collection<Visit>;
    beforeAll(async () => {
      visits = store().collection<Visit>({ name: unique('spec-'), indexes: INDEXES });
      await visits.commit(new Map(VISITS), { position: '1', incarnation: 'one' });
    });

    const ids = async (query: Query<Visit>): Promise<Found> => (await visits.find(query)).rows.map(({ id }) => id);
    const paged = async (query: Query<Visit>, from: Collection<Visit> = visits): Promise<Found> => {
      const all: string[] = [];
      for (let after: string | undefined, pages = 0; pages < 200; pages++) {
        const { rows, next } = await from.find({ ...query, ...(after === undefined ? {} : { after }) });
        all.push(...rows.map(({ id }) => id));
        if (next === undefined) return all;
        after = next;
      }
      return expect.fail('the pages have no end');
    };

    /** What is asked for, as it is said in the port: filter, order, ties by id in the same direction, a row without the field before all. */
    const expected = ({ equal = {}, range, orderBy }: Query<Visit>): Found => {
      const by = orderBy?.field ?? range?.field;
      const keyOf = (visit: Visit): string | number => (by === undefined ? 0 : ((visit[by] as string | number | undefined) ?? -Infinity));
      const sign = orderBy?.direction === 'desc' ? -1 : 1;
      return VISITS.filter(([, visit]) => Object.entries(equal).every(([field, value]) => visit[field as keyof Visit] === value))
        .filter(([, visit]) => !range || ((range.from === undefined || keyOf(visit) >= range.from) && (range.to === undefined || keyOf(visit) < range.to) && keyOf(visit) !== -Infinity))
        .toSorted(([a, one], [b, other]) => sign * (keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : a < b ? -1 : 1))
        .map(([id]) => id);
    };

    const QUERIES: readonly (readonly [string, Query<Visit>])[] = [
      ['everything, by id', {}],
      ['one field', { equal: { comune: 'H501' } }],
      ['two fields', { equal: { user: 'u1', comune: 'F205' } }],
      ['a field that is true', { equal: { open: true } }],
      ['nobody', { equal: { comune: 'Z999' } }],
      ['one field, newest first', { equal: { comune: 'H501' }, orderBy: { field: 'at', direction: 'desc' } }],
      ['one field, oldest first', { equal: { comune: 'H501' }, orderBy: { field: 'at', direction: 'asc' } }],
      ['two fields, newest first', { equal: { comune: 'H501', user: 'u2' }, orderBy: { field: 'at', direction: 'desc' } }],
      ['a period', { equal: { comune: 'F205' }, range: { field: 'at', from: 0, to: 10 } }],
      ['a period, newest first', { equal: { comune: 'F205' }, range: { field: 'at', from: -3, to: 4 }, orderBy: { field: 'at', direction: 'desc' } }],
      ['from an instant on', { equal: { comune: 'F205', user: 'u0' }, range: { field: 'at', from: 7 } }],
      ['before an instant', { equal: { comune: 'F205' }, range: { field: 'at', to: 0 } }],
      ['a range of strings', { range: { field: 'day', from: '2026-11-10', to: '2026-11-12' } }],
      ['in the order of a string', { orderBy: { field: 'day', direction: 'desc' } }],
      ['in the order of a field that is fixed', { equal: { day: '2026-11-05' }, orderBy: { field: 'day', direction: 'desc' } }],
    ];

    it.each(QUERIES)('%s', async (_, query) => {
      expect(await ids({ ...query, limit: 1000 })).toEqual(expected(query));
    });

    it.each(QUERIES)('%s, page by page', async (_, query) => {
      for (const limit of [1, 7, 90]) expect(await paged({ ...query, limit })).toEqual(expected(query));
    });

    it('gives the rows with their ids', async () => {
      const [id, row] = VISITS[0]!;
      expect((await visits.find({ equal: { comune: row.comune, user: row.user }, range: { field: 'at', from: row.at! } })).rows).toContainEqual({ id, row });
    });

    it('gives 100 rows unless told otherwise, and never more than 1000 or fewer than one', async () => {
      const many = store().collection<Visit>({ name: unique('spec-'), indexes: INDEXES });
      const [, row] = VISITS[0]!;
      await many.commit(new Map(Array.from({ length: 1100 }, (_, n) => [`id-${n}`, row])), { position: '1', incarnation: 'one' });
      const sizes = await Promise.all([{}, { limit: 5000 }, { limit: 0 }].map(async (query) => (await many.find(query)).rows.length));
      expect(sizes).toEqual([100, 1000, 1]);
    });

    it.each<readonly [string, Query<Visit>, readonly string[]]>([
      ['a field that begins no index', { equal: { user: 'u1' } }, ['user']],
      ['a range over a field of no index', { range: { field: 'at', from: 1 } }, ['at']],
      ['an order that the index does not have next', { equal: { comune: 'H501' }, orderBy: { field: 'day', direction: 'asc' } }, ['comune', 'day']],
      ['a range over one field and the order of another', { equal: { comune: 'H501' }, range: { field: 'at', from: 1 }, orderBy: { field: 'user', direction: 'asc' } }, ['comune', 'at', 'user']],
      ['fields of two indexes', { equal: { open: true, comune: 'H501' } }, ['open', 'comune']],
    ])('refuses %s: no index is declared for it', async (_, query, fields) => {
      await expect(visits.find(query)).rejects.toMatchObject({ name: 'NoSuchIndex', fields });
      await expect(visits.find(query)).rejects.toBeInstanceOf(NoSuchIndex);
    });

    it('refuses a cursor that is not its own', async () => {
      for (const after of ['', 'nonsense', 'e30']) await expect(visits.find({ after })).rejects.toThrow(TypeError);
    });

    it('neither repeats nor skips the rows that stay while others come and go between its pages', async () => {
      const moving = store().collection<Visit>({ name: unique('spec-'), indexes: INDEXES });
      await moving.commit(new Map(VISITS), { position: '1', incarnation: 'one' });
      const query: Query<Visit> = { equal: { comune: 'H501' }, orderBy: { field: 'at', direction: 'desc' }, limit: 5 };
      const all: string[] = [];
      const removed = new Set<string>();
      for (let after: string | undefined, page = 0; page < 200; page++) {
        const { rows, next } = await moving.find({ ...query, ...(after === undefined ? {} : { after }) });
        all.push(...rows.map(({ id }) => id));
        if (next === undefined) break;
        after = next;
        // One that was given already, among them the one where the page ended, goes; a newer one and a much older one come.
        const gone = rows.at(page % 2 ? -1 : 0)!;
        removed.add(gone.id);
        await moving.remove(gone.id);
        await moving.insert(`new-${page}`, { ...gone.row, at: 1000 + page });
      }
      expect(all.filter((id) => !id.startsWith('new-'))).toEqual(expected(query));
      expect(removed.size).toBeGreaterThan(3);
      expect(all.some((id) => id.startsWith('new-'))).toBe(false);
    });
  });
}
