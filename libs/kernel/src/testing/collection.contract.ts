import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlreadyThere, type Collection, type CollectionSpec, type CollectionStore } from '../collection.js';
import { findContract } from './find.contract.js';
import { unique } from './sample.js';

export interface OpenedCollections {
  readonly store: CollectionStore;
  close(): Promise<void>;
}

interface Thing {
  readonly name: string;
  readonly n?: number;
  readonly more?: object;
}

/** The behaviour that every `CollectionStore` owes the rest of the system. */
export function collectionContract(adapter: string, open: () => Promise<OpenedCollections>): void {
  describe(`Collection contract: ${adapter}`, () => {
    let opened: OpenedCollections;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());
    const fresh = (indexes: CollectionSpec<Thing>['indexes'] = [['name']]): Collection<Thing> => opened.store.collection<Thing>({ name: unique('spec-'), indexes });
    const names = async (things: Collection<Thing>): Promise<readonly string[]> => (await things.find({})).rows.map(({ row }) => row.name);
    const past = (): Date => new Date(Date.now() - 1);
    const later = (): Date => new Date(Date.now() + 3_600_000);
    const hour = 3_600_000;

    describe('a row', () => {
      it('is plain JSON and comes back as it was, without its id', async () => {
        const things = fresh();
        const row = { name: 'città \u{1F600} "\\\u0000', n: -0.5, more: { list: [1, null, { deep: true }], empty: {} } };
        await things.insert('a', row);
        expect(await things.get('a')).toStrictEqual(row);
      });

      it('has any id', async () => {
        const things = fresh();
        const ids = ['a', 'A', 'a/b', 'è', 'x'.repeat(200), '"', '%_\\', '\u{1F600}', ' '];
        for (const id of ids) await things.insert(id, { name: id });
        for (const id of ids) expect(await things.get(id)).toEqual({ name: id });
      });

      it('that is not there is nothing', async () => {
        expect(await fresh().get('a')).toBeUndefined();
      });

      it('is inserted once', async () => {
        const things = fresh();
        await things.insert('a', { name: 'one' });
        await expect(things.insert('a', { name: 'two' })).rejects.toBeInstanceOf(AlreadyThere);
        expect(await things.get('a')).toEqual({ name: 'one' });
      });

      it('is inserted by exactly one of many who try together', async () => {
        const things = fresh();
        const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => things.insert('a', { name: 'x', n })));
        const won = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
        expect(won).toHaveLength(1);
        for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(AlreadyThere);
        expect(await things.get('a')).toEqual({ name: 'x', n: won[0] });
      });

      it('is replaced only where it still is as it was seen', async () => {
        const things = fresh();
        await things.insert('a', { name: 'one' });
        expect(await things.replace('a', { name: 'other' }, { name: 'two' })).toBe(false);
        expect(await things.get('a')).toEqual({ name: 'one' });
        expect(await things.replace('a', { name: 'one' }, { name: 'two' })).toBe(true);
        expect(await things.get('a')).toEqual({ name: 'two' });
        expect(await things.replace('b', { name: 'one' }, { name: 'two' })).toBe(false);
        expect(await things.get('b')).toBeUndefined();
      });

      it('is compared by its content, in whatever order its members are', async () => {
        const things = fresh();
        await things.insert('a', { name: 'x', n: 1, more: { b: 1, a: [1, 2] } });
        expect(await things.replace('a', { more: { a: [2, 1], b: 1 }, n: 1, name: 'x' }, { name: 'no' })).toBe(false);
        expect(await things.replace('a', { more: { a: [1, 2], b: 1 }, n: 1, name: 'x' }, { name: 'yes' })).toBe(true);
      });

      it('is replaced by exactly one of many who saw it alike', async () => {
        const things = fresh();
        const seen = { name: 'x', n: -1 };
        await things.insert('a', seen);
        const done = await Promise.all(Array.from({ length: 12 }, (_, n) => things.replace('a', seen, { name: 'x', n })));
        expect(done.filter(Boolean)).toHaveLength(1);
        expect(await things.get('a')).toEqual({ name: 'x', n: done.indexOf(true) });
      });

      it('is removed once', async () => {
        const things = fresh();
        await things.insert('a', { name: 'x' });
        expect(await things.remove('a')).toBe(true);
        expect(await things.remove('a')).toBe(false);
        expect(await things.get('a')).toBeUndefined();
        expect(await names(things)).toEqual([]);
        await things.insert('a', { name: 'again' });
        expect(await things.get('a')).toEqual({ name: 'again' });
      });

      it('that JSON cannot hold is refused, and nothing is changed', async () => {
        const things = fresh();
        await expect(things.insert('a', { name: 'x', n: Number.NaN })).rejects.toThrow();
        await things.insert('b', { name: 'x' });
        await expect(things.replace('b', { name: 'x' }, { name: '\ud800' })).rejects.toThrow();
        expect(await things.get('a')).toBeUndefined();
        expect(await things.get('b')).toEqual({ name: 'x' });
      });
    });

    describe('many rows', () => {
      it('come by their ids; those that are not there are left out', async () => {
        const things = fresh();
        const ids = Array.from({ length: 1300 }, (_, index) => `id-${index}`);
        await things.commit(new Map(ids.map((id, n) => [id, { name: id, n }])), { position: '1', incarnation: 'one' });
        const found = await things.getMany([...ids, 'absent', ids[0]!]);
        expect(found.size).toBe(1300);
        expect(found.get('id-1299')).toEqual({ name: 'id-1299', n: 1299 });
        expect(await things.getMany([])).toEqual(new Map());
      });
    });

    describe('what was written', () => {
      it('is there for every reading that begins after it was told', async () => {
        const things = fresh();
        for (let n = 0; n < 25; n++) {
          const id = `id-${n}`;
          await things.insert(id, { name: 'new', n });
          expect(await things.get(id)).toBeDefined();
          expect((await things.find({ equal: { name: 'new' } })).rows.map((found) => found.id)).toEqual([id]);
          await things.replace(id, { name: 'new', n }, { name: 'old', n });
          expect((await things.find({ equal: { name: 'new' } })).rows).toEqual([]);
          await things.remove(id);
          expect((await things.find({ equal: { name: 'old' } })).rows).toEqual([]);
        }
        await things.commit(new Map([['a', { name: 'committed' }]]), { position: '1', incarnation: 'one' });
        expect((await things.find({ equal: { name: 'committed' } })).rows).toHaveLength(1);
      });

      it('is seen by whoever asks for the collection of that name', async () => {
        const name = unique('spec-');
        const plain = opened.store.collection<Thing>({ name });
        await plain.insert('a', { name: 'before', n: 1 });
        const indexed = opened.store.collection<Thing>({ name, indexes: [['name', 'n']] });
        await plain.insert('b', { name: 'after', n: 2 });
        expect(await indexed.get('a')).toEqual({ name: 'before', n: 1 });
        for (const [value, id] of [['before', 'a'], ['after', 'b']] as const) expect((await indexed.find({ equal: { name: value } })).rows.map((found) => found.id)).toEqual([id]);
      });
    });

    describe('a row that expires', () => {
      it('is there until then', async () => {
        const things = fresh();
        await things.insert('a', { name: 'x' }, { expiresAt: later() });
        expect(await things.get('a')).toEqual({ name: 'x' });
        expect(await names(things)).toEqual(['x']);
      });

      it('is not there any more for anybody, swept or not', async () => {
        const things = fresh();
        await things.insert('a', { name: 'x' }, { expiresAt: past() });
        expect(await things.get('a')).toBeUndefined();
        expect(await things.getMany(['a'])).toEqual(new Map());
        expect(await names(things)).toEqual([]);
        expect(await things.replace('a', { name: 'x' }, { name: 'y' })).toBe(false);
        expect(await things.remove('a')).toBe(false);
      });

      it('leaves its place to another', async () => {
        const things = fresh();
        await things.insert('a', { name: 'old' }, { expiresAt: past() });
        await things.insert('a', { name: 'new' });
        expect(await things.get('a')).toEqual({ name: 'new' });
        await opened.store.sweep(later());
        expect(await things.get('a')).toEqual({ name: 'new' });
      });

      it('keeps its expiry when it is replaced, unless it gets another', async () => {
        const things = fresh();
        const [soon, late] = [new Date(Date.now() + hour), new Date(Date.now() + 3 * hour)];
        for (const id of ['kept', 'moved']) await things.insert(id, { name: id }, { expiresAt: soon });
        expect(await things.replace('kept', { name: 'kept' }, { name: 'kept', n: 1 })).toBe(true);
        expect(await things.replace('moved', { name: 'moved' }, { name: 'moved', n: 1 }, { expiresAt: late })).toBe(true);
        await opened.store.sweep(new Date(Date.now() + 2 * hour));
        expect(await names(things)).toEqual(['moved']);
      });

      it('is removed by the sweep, which counts, and leaves the others', async () => {
        const things = fresh();
        await things.insert('gone', { name: 'gone' }, { expiresAt: past() });
        await things.insert('later', { name: 'later' }, { expiresAt: later() });
        await things.insert('for ever', { name: 'for ever' });
        expect(await opened.store.sweep()).toBeGreaterThanOrEqual(1);
        expect(await names(things)).toEqual(['for ever', 'later']);
      });
    });

    describe('a commit of a projection', () => {
      const rows = (...entries: readonly (readonly [string, Thing | undefined])[]): ReadonlyMap<string, Thing | undefined> => new Map(entries);
      const at = (position: string, incarnation = 'one') => ({ position, incarnation });

      it('writes rows and checkpoint, and removes what is no more', async () => {
        const things = fresh();
        expect(await things.checkpoint()).toBeUndefined();
        expect(await things.commit(rows(['a', { name: 'a' }], ['b', { name: 'b' }]), at('0001'))).toEqual(at('0001'));
        expect(await things.commit(rows(['a', undefined], ['b', { name: 'b2' }], ['c', undefined]), at('0002'))).toEqual(at('0002'));
        expect(await names(things)).toEqual(['b2']);
        expect(await things.checkpoint()).toEqual(at('0002'));
      });

      it('moves the checkpoint also without rows', async () => {
        const things = fresh();
        await things.commit(rows(), at('0005'));
        expect(await things.checkpoint()).toEqual(at('0005'));
      });

      it('never moves back: behind the checkpoint nothing is written, and the one stored is told', async () => {
        const things = fresh();
        await things.commit(rows(['a', { name: 'new' }]), at('0009'));
        expect(await things.commit(rows(['a', { name: 'old' }], ['b', { name: 'old' }]), at('0008'))).toEqual(at('0009'));
        expect(await names(things)).toEqual(['new']);
        expect(await things.checkpoint()).toEqual(at('0009'));
      });

      it('is taken again at the same position, as after a lost reply', async () => {
        const things = fresh();
        for (let times = 0; times < 2; times++) expect(await things.commit(rows(['a', { name: 'x' }]), at('0003'))).toEqual(at('0003'));
        expect(await names(things)).toEqual(['x']);
      });

      it('of another incarnation writes nothing: that is a rebuild, which begins by clearing', async () => {
        const things = fresh();
        await things.commit(rows(['a', { name: 'one' }]), at('0003', 'one'));
        expect(await things.commit(rows(['a', { name: 'two' }]), at('0004', 'two'))).toEqual(at('0003', 'one'));
        expect(await names(things)).toEqual(['one']);
        await things.clear();
        expect(await things.commit(rows(['a', { name: 'two' }]), at('0001', 'two'))).toEqual(at('0001', 'two'));
        expect(await names(things)).toEqual(['two']);
      });

      it('ends at the furthest, in whatever order several come', async () => {
        const things = fresh();
        const positions = Array.from({ length: 20 }, (_, index) => String((index * 7) % 20).padStart(4, '0'));
        await Promise.all(positions.map((position) => things.commit(rows(['a', { name: position }]), at(position))));
        expect(await things.checkpoint()).toEqual(at('0019'));
        expect(await names(things)).toEqual(['0019']);
      });

      it('is whole or not at all', async () => {
        const things = fresh();
        await expect(things.commit(rows(['a', { name: 'a' }], ['b', { name: 'b', n: Number.POSITIVE_INFINITY }]), at('0001'))).rejects.toThrow();
        expect(await names(things)).toEqual([]);
        expect(await things.checkpoint()).toBeUndefined();
      });

      it('is nobody else’s: another collection has its own checkpoint', async () => {
        const [one, other] = [fresh(), fresh()];
        await one.commit(rows(['a', { name: 'x' }]), at('0007'));
        expect(await other.checkpoint()).toBeUndefined();
        await one.clear();
        expect(await names(one)).toEqual([]);
        expect(await one.checkpoint()).toBeUndefined();
      });
    });

    findContract(() => opened.store);
  });
}
