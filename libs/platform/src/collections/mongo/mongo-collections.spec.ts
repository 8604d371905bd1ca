import { StoreUnavailable, type Checkpoint, type Collection } from '@geres/kernel';
import mongoose from 'mongoose';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { engine, ownEngine } from '../../testing/engines.js';
import { workplace } from '../../testing/temporary-folder.js';
import { openMongoCollections, type MongoCollections } from './mongo-collections.js';

interface Thing {
  readonly name: string;
  readonly n?: number;
}

const LEASE_MS = 600;
const server = await engine('mongodb');
const { folder, opened } = workplace();
const things = (store: MongoCollections): Collection<Thing> => store.collection<Thing>({ name: 'things', indexes: [['name']] });
const at = (position: string, incarnation = 'one'): Checkpoint => ({ position, incarnation });
const one = (name: string, id = 'a'): ReadonlyMap<string, Thing> => new Map([[id, { name }]]);
const names = async (of: Collection<Thing>): Promise<readonly string[]> => (await of.find({})).rows.map(({ row }) => row.name);

describe.skipIf(!server.there)(`the collections of several processes on MongoDB${server.there ? '' : ` (${server.why})`}`, () => {
  const url = server.there ? server.address : '';
  let prefix: string;
  let raw: mongoose.Connection;
  beforeAll(async () => void (raw = await mongoose.createConnection(url).asPromise()));
  afterAll(() => raw.close());
  const process = (): Promise<MongoCollections> => opened(openMongoCollections({ url, prefix, leaseMs: LEASE_MS }));
  const fresh = (): void => void (prefix = `${randomUUID().slice(0, 8)}-`);
  const projectors = () => raw.db!.collection<{ _id: string; holder?: string; beat: number; position?: string; incarnation?: string }>(`${prefix}geres_projectors`);

  it('let exactly one of many insert, and one of many replace what they saw alike', async () => {
    fresh();
    const all = await Promise.all(Array.from({ length: 4 }, process));
    const inserted = await Promise.allSettled(all.map((store, n) => things(store).insert('a', { name: 'x', n })));
    expect(inserted.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const seen = (await things(all[0]!).get('a'))!;
    const replaced = await Promise.all(all.map((store, n) => things(store).replace('a', seen, { name: 'y', n })));
    expect(replaced.filter(Boolean)).toHaveLength(1);
    expect(await things(all[3]!).get('a')).toEqual({ name: 'y', n: replaced.indexOf(true) });
  });

  it('are written anew by the thousand', async () => {
    fresh();
    const all = things(await process());
    for (const name of ['1', '2']) await all.commit(new Map(Array.from({ length: 1000 }, (_, n) => [`id-${n}`, { name }])), at(name));
    expect((await all.find({ equal: { name: '2' }, limit: 1000 })).rows).toHaveLength(1000);
  });

  it('are found by the indexes of each release, whichever wrote the rows', async () => {
    fresh();
    const [before, after] = [await process(), await process()];
    await before.collection<Thing>({ name: 'things', indexes: [['name']] }).insert('a', { name: 'x', n: 1 });
    const newer = after.collection<Thing>({ name: 'things', indexes: [['n']] });
    await after.ready();
    expect((await newer.find({ equal: { n: 1 } })).rows).toHaveLength(1);
    await things(before).insert('b', { name: 'x', n: 1 });
    expect((await newer.find({ equal: { n: 1 } })).rows).toHaveLength(2);
    expect((await raw.db!.collection(`${prefix}things`).indexes()).map(({ key }) => key)).toEqual(expect.arrayContaining([{ f_name: 1, _id: 1 }, { f_n: 1, _id: 1 }, { e: 1 }]));
  });

  describe('while one of them projects', () => {
    it('the others wait until it is as far as they are, and write nothing', async () => {
      fresh();
      const [leader, standby] = [things(await process()), things(await process())];
      await leader.commit(one('leader'), at('0001'));
      let over = false;
      const waiting = standby.commit(one('standby'), at('0005')).finally(() => (over = true));
      await leader.commit(one('leader 3'), at('0003'));
      expect(over).toBe(false);
      await leader.commit(one('leader 5'), at('0005'));
      expect(await waiting).toEqual(at('0005'));
      expect(await names(leader)).toEqual(['leader 5']);
    });

    it('the others do not wait with a checkpoint that no row goes with, and do not store it', async () => {
      fresh();
      const [leader, standby] = [things(await process()), things(await process())];
      await leader.commit(one('leader'), at('0001'));
      expect(await standby.commit(new Map(), at('0005'))).toEqual(at('0001'));
      expect(await leader.checkpoint()).toEqual(at('0001'));
    });

    it('another takes its place at once when it leaves', async () => {
      fresh();
      const first = await openMongoCollections({ url, prefix, leaseMs: 60_000 });
      await things(first).commit(one('first'), at('0001'));
      await first.close();
      const second = await opened(openMongoCollections({ url, prefix, leaseMs: 60_000 }));
      expect(await things(second).commit(one('second'), at('0002'))).toEqual(at('0002'));
      expect(await names(things(second))).toEqual(['second']);
    });

    it('another takes its place when it says nothing any more, and not before', async () => {
      fresh();
      const second = things(await process());
      await second.checkpoint();
      await projectors().insertOne({ _id: 'things', holder: 'somebody', beat: 7, ...at('0001') });
      let over = false;
      const waiting = second.commit(one('second'), at('0002')).finally(() => (over = true));
      for (let beats = 8; beats < 12; beats++) {
        await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 2));
        await projectors().updateOne({ _id: 'things' }, { $set: { beat: beats } });
        expect(over).toBe(false);
      }
      expect(await waiting).toEqual(at('0002'));
      expect((await projectors().findOne({ _id: 'things' }))!.holder).not.toBe('somebody');
    });

    it('another takes its place when it lives and gets no further, as one that met an event of a later release', async () => {
      fresh();
      const second = things(await process());
      await second.checkpoint();
      await projectors().insertOne({ _id: 'things', holder: 'somebody', beat: 7, ...at('0001') });
      const beating = setInterval(() => void projectors().updateOne({ _id: 'things' }, { $inc: { beat: 1 } }), LEASE_MS / 4);
      expect(await second.commit(one('second'), at('0002'))).toEqual(at('0002'));
      clearInterval(beating);
      expect(await names(second)).toEqual(['second']);
    });

    it('one that was paused, and whose place was taken, moves neither rows nor checkpoint back', async () => {
      fresh();
      const paused = things(await process());
      await paused.commit(one('paused'), at('0001'));
      // While it sleeps somebody else takes its place, goes on, and leaves.
      await projectors().updateOne({ _id: 'things' }, { $set: { holder: 'other', ...at('0009') } });
      await raw.db!.collection<{ _id: string; p?: string }>(`${prefix}things`).updateOne({ _id: 'a' }, { $set: { p: '0009', f_name: 'other' } });
      await paused.commit(new Map([['a', { name: 'paused 5' }]]), at('0005'));
      expect(await paused.get('a')).toEqual({ name: 'other' });
      expect(await paused.checkpoint()).toEqual(at('0009'));
    });

    it('rows that were written before a crash, without their checkpoint, are written again; those from further on stay', async () => {
      fresh();
      const next = things(await process());
      await next.commit(new Map([['a', { name: '1' }], ['b', { name: '1' }]]), at('0001'));
      // A commit at 0003 was cut short after one of its rows.
      await raw.db!.collection<{ _id: string; p?: string }>(`${prefix}things`).updateOne({ _id: 'b' }, { $set: { p: '0003', f_name: '3' } });
      expect(await next.commit(new Map([['a', { name: '2' }], ['b', { name: '2' }], ['c', { name: '2' }]]), at('0002'))).toEqual(at('0002'));
      expect(await names(next)).toEqual(['2', '3', '2']);
      await next.commit(new Map([['a', { name: '3' }], ['b', { name: '3' }]]), at('0003'));
      expect(await names(next)).toEqual(['3', '3', '2']);
    });
  });

  describe('a rebuild', () => {
    it('that begins by clearing is begun once, by whoever is first', async () => {
      fresh();
      const [first, second] = [things(await process()), things(await process())];
      await first.commit(one('old'), at('0007'));
      for (const projector of [first, second]) expect(await projector.checkpoint()).toEqual(at('0007'));
      await first.clear();
      await first.commit(one('new'), at('0001', 'two'));
      await vi.waitFor(async () => expect(await second.checkpoint()).toEqual(at('0001', 'two')), { timeout: 5000 });
      await second.commit(one('other'), at('0001', 'two'));
      expect(await names(second)).toEqual(['new']);
    });

    it('beside the live collection is seen by nobody until it takes its place, and then by all; what was before is swept later', async () => {
      fresh();
      const [store, elsewhere] = [await process(), await process()];
      await things(store).commit(one('old'), at('0007'));
      const { collection: beside, swap } = await store.beside<Thing>({ name: 'things', indexes: [['name']] });
      await beside.commit(one('new'), at('0002', 'two'));
      for (const reader of [store, elsewhere]) expect(await names(things(reader))).toEqual(['old']);
      expect(await beside.checkpoint()).toEqual(at('0002', 'two'));
      const late = await elsewhere.beside<Thing>({ name: 'other' });
      expect(await late.swap()).toBe(true);
      expect(await swap()).toBe(true);
      expect(await names(things(store))).toEqual(['new']);
      await vi.waitFor(async () => expect(await names(things(elsewhere))).toEqual(['new']), { timeout: 5000 });
      expect(await things(elsewhere).checkpoint()).toEqual(at('0002', 'two'));
      const there = async (): Promise<readonly string[]> => (await raw.db!.listCollections().toArray()).map(({ name }) => name).filter((name) => name.startsWith(`${prefix}things`)).toSorted();
      await store.sweep();
      expect(await there()).toEqual([`${prefix}things`, `${prefix}things_v1`]);
      await store.sweep(new Date(Date.now() + 61_000));
      expect(await there()).toEqual([`${prefix}things_v1`]);
    });

    it('that is ready after another has taken the place does not undo it', async () => {
      fresh();
      const store = await process();
      const [first, second] = [await store.beside<Thing>({ name: 'things' }), await (await process()).beside<Thing>({ name: 'things' })];
      expect([await first.swap(), await second.swap()]).toEqual([true, false]);
    });
  });

  it('tell what the server says by name, never by its text', async () => {
    fresh();
    const store = await process();
    const large = things(store).insert('x'.repeat(10), { name: 'segreto'.repeat(3_000_000) });
    const error = await large.catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).not.toContain('segreto');
  });
});

describe.skipIf(!server.there)('a MongoDB that is not there', () => {
  it('is waited for at the start, is told to whoever asks meanwhile, and is used again when it is back', { timeout: 60_000 }, async () => {
    const data = await folder();
    const running = await ownEngine('mongodb', data);
    const store = await opened(openMongoCollections({ url: running.address, leaseMs: LEASE_MS }));
    await things(store).commit(one('before'), at('0001'));
    await running.kill();
    await expect(things(store).get('a')).rejects.toBeInstanceOf(StoreUnavailable);
    await vi.waitFor(() => expect(store.connected).toBe(false), { timeout: 10_000 });
    // Another process starts before the server does.
    const early = await opened(openMongoCollections({ url: running.address, leaseMs: LEASE_MS }));
    const reading = things(early).get('a').catch(() => undefined);
    const again = await running.again();
    await reading;
    for (const one of [store, early]) await vi.waitFor(async () => expect(await things(one).get('a')).toEqual({ name: 'before' }), { timeout: 20_000, interval: 100 });
    expect(await things(store).commit(one('after'), at('0002'))).toEqual(at('0002'));
    expect(store.connected).toBe(true);
    await again.stop();
  });
});
