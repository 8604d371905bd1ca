import type { Sealed, Tag } from '@geres/contracts';
import { eventId, NO_STREAM, type Collection, type EventMeta, type EventStore, type Head, type NewEvent } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { gate } from '../testing/gate.js';
import { ids, lookupId, NOW } from '../testing/world.js';
import { foldWhole } from './fold.js';
import { BLOCK, type RegisterEvents, type RegisterState } from './register.domain.js';
import { OUTCOME, Register } from './register.js';
import { RegisterSnapshots, type SnapshotHead, type SnapshotOptions, type SnapshotRow } from './snapshots.js';

/** A register is kept for days after its own: this one is of today. */
const TODAY = new Date();
const DAY = TODAY.toISOString().slice(0, 10);
const STREAM = `register-H501-${DAY.replaceAll('-', '')}`;
const meta = (causationId: string): EventMeta => ({ actor: 'system:spec', correlationId: causationId, causationId, recordedAt: NOW.toISOString(), environment: 'test' });

const requested = (n: number): RegisterEvents => ({
  type: 'anpr.lookup.requested',
  v: 1,
  data: {
    ...{ lookup: lookupId(n), comune: ids.comune, user: `01JDASKS0000000000000000${n % 2 === 0 ? '0A' : '0B'}`, ente: ids.ente, application: ids.application, session: ids.session },
    ...{ service: 'residenza', mode: 'consultazione', purpose: 'TRIB-01', subject: 's1.x' as Sealed, tags: [], convention: ids.convention, profile: ids.profile, channel: 'ws' },
    ...{ sections: ['2'], territory: 'nazionale', anprOperator: ids.operator, operationId: n % 5 === 0 ? `17954244000${String(n).padStart(4, '0')}0` : lookupId(n), askBy: '2026-11-23T09:01:00.000Z' },
    ...(n % 3 === 0 ? { key: n.toString(16).padStart(32, '0') as Tag, body: 'b'.repeat(32) as Tag } : {}),
  },
});
const failed = (n: number): RegisterEvents => ({ type: 'anpr.lookup.failed', v: 1, data: { lookup: lookupId(n), comune: ids.comune, problem: 'anpr-ha-rifiutato' } });
const counted: RegisterEvents = { type: 'anpr.lookup.refusals-counted', v: 1, data: { comune: ids.comune, application: ids.application, reason: 'fuori-orario', minute: NOW.toISOString(), lookups: [lookupId(1_000_000)] } };

const seen = ({ lookups, order, open, keys, usage, counted: together, owner, lastOperation }: RegisterState) => ({ lookups: [...lookups], order, open: [...open], keys: [...keys], usage: usage.dump(), counted: [...together], owner, lastOperation });

/** What is read of the streams, by the version from which it starts. */
const watched = (inner: EventStore) => {
  const from: number[] = [];
  return { from, store: { ...inner, read: (stream: string, after?: Head) => (from.push(after?.version ?? 0), inner.read(stream, after)) } as EventStore };
};

function installation(options: Partial<SnapshotOptions> = {}) {
  const inner = memoryEventStore();
  const { store, from } = watched(inner);
  const collection = memoryCollections().collection<SnapshotRow>({ name: 'register-snapshots' });
  const snapshots = new RegisterSnapshots({ collection, incarnation: 'i', every: 1_000_000, ...options });
  const take = (owner: string, by = snapshots): Promise<Register> => Register.take(store, ids.comune, DAY, owner, meta(owner), by);
  return { inner, store, from, collection, snapshots, take };
}

const ask = (register: Register, from: number, to: number): Promise<unknown> =>
  Promise.all(Array.from({ length: to - from }, (_, i) => register.enter(() => ({ events: [requested(from + i)], meta: meta(lookupId(from + i)), result: undefined }))));
const fail = (register: Register, from: number, to: number): Promise<unknown> =>
  Promise.all(Array.from({ length: to - from }, (_, i) => register.enter(() => ({ events: [failed(from + i)], meta: meta(lookupId(from + i)), firstIndex: OUTCOME, result: undefined }))));
const rowsOf = async (collection: Collection<SnapshotRow>): Promise<readonly string[]> => (await collection.find({ limit: 1000 })).rows.map(({ id }) => id);
const headOf = async (collection: Collection<SnapshotRow>): Promise<SnapshotHead> => (await collection.get(STREAM)) as SnapshotHead;

/** Lookups of several blocks, all kinds of them, a snapshot, and then some more. */
async function busyDay(world: ReturnType<typeof installation>): Promise<Register> {
  const register = await world.take('a');
  await ask(register, 0, BLOCK + 200);
  await fail(register, 0, BLOCK + 100);
  await register.enter(() => ({ events: [counted], meta: meta('counted'), result: undefined }));
  await register.keep();
  await fail(register, BLOCK + 100, BLOCK + 150);
  await ask(register, BLOCK + 200, BLOCK + 250);
  return register;
}

describe('the snapshot of a register', () => {
  it('and the events after it make the same register as all events', async () => {
    const world = installation();
    await busyDay(world);
    world.from.length = 0;
    const taken = await world.take('b');
    expect(world.from).toEqual([(await headOf(world.collection)).head.version]);
    expect(seen(taken.view)).toEqual(seen((await foldWhole(world.store, STREAM)).state));
    expect(taken.view.open.size).toBe(100);
    expect(taken.view.lastOperation).toBe('1795424400012450');
    expect(new Set(taken.view.open.values())).toEqual(new Set(['a']));
  });

  it('holds what is durable alone, while lookups come and go', async () => {
    const world = installation({ every: 50 });
    const register = await world.take('a');
    for (let n = 0; n < 600; n += 20) await Promise.all([ask(register, n, n + 20), n > 0 ? fail(register, n - 20, n - 10) : undefined]);
    await register.keep();
    await register.keep();
    const { folded } = await world.snapshots.restore(STREAM);
    const events = (await foldWhole({ ...world.inner, read: (stream) => upTo(world.inner, stream, folded!.head.version) }, STREAM)).state;
    expect(seen(folded!.state)).toEqual(seen(events));
  });

  it('waits for what is on its way, and does not hold what did not arrive', async () => {
    const door = gate(memoryEventStore());
    const world = installation();
    const register = await Register.take(door.store, ids.comune, DAY, 'a', meta('a'), world.snapshots);
    await ask(register, 0, 3);
    const release = door.hold('anpr.lookup.requested');
    door.spoil('anpr.lookup.requested', 'refused', 2);
    const outcome = (asked: Promise<unknown>): Promise<string> => asked.then(() => 'recorded', () => 'refused');
    const lost = outcome(ask(register, 3, 6));
    await door.came('anpr.lookup.requested', 2);
    const kept = register.keep();
    const next = outcome(ask(register, 6, 9));
    release();
    expect([await lost, await next]).toEqual(['refused', 'refused']);
    await kept;
    const { folded } = await world.snapshots.restore(STREAM);
    expect(folded!.state.order).toEqual([0, 1, 2].map((n) => lookupId(n)));
    // An operation id that did not arrive may have left all the same: it counts as given.
    expect({ ...seen(folded!.state), lastOperation: undefined }).toEqual({ ...seen((await foldWhole(door.store, STREAM)).state), lastOperation: undefined });
  });

  it('writes again only the blocks that changed', async () => {
    const world = installation();
    const register = await busyDay(world);
    const before = await headOf(world.collection);
    await register.keep();
    const after = await headOf(world.collection);
    expect(after.head.version).toBeGreaterThan(before.head.version);
    expect(after.blocks[0]).toBe(before.blocks[0]);
    expect(after.blocks[1]).not.toBe(before.blocks[1]);
    // Nothing of the old one is left behind.
    expect(new Set(await rowsOf(world.collection))).toEqual(new Set([STREAM, after.totals, ...after.blocks]));
  });

  it.each<[string, (world: ReturnType<typeof installation>) => Promise<unknown>]>([
    ['is of another incarnation of the installation', async ({ collection }) => collection.replace(STREAM, await headOf(collection), { ...(await headOf(collection)), incarnation: 'other' })],
    ['has the shape of another release', async ({ collection }) => collection.replace(STREAM, await headOf(collection), { ...(await headOf(collection)), shape: 0 })],
    ['lacks one of its rows', async ({ collection }) => collection.remove((await headOf(collection)).blocks[1]!)],
    ['cannot be read', async ({ collection }) => collection.replace((await headOf(collection)).totals, (await collection.get((await headOf(collection)).totals))!, { part: '{' })],
    ['ends at a head that the stream never had', async ({ collection }) => collection.replace(STREAM, await headOf(collection), { ...(await headOf(collection)), head: { version: 500, digest: 'f'.repeat(64) } })],
    ['ends beyond the end of the stream', async ({ collection }) => collection.replace(STREAM, await headOf(collection), { ...(await headOf(collection)), head: { version: 999_999, digest: 'f'.repeat(64) } })],
  ])('that %s is not used, and is written anew', async (_, spoil) => {
    const world = installation();
    await busyDay(world);
    expect(await spoil(world)).toBe(true);
    const taken = await world.take('b');
    expect(seen(taken.view)).toEqual(seen((await foldWhole(world.store, STREAM)).state));
    await taken.enter(() => ({ events: [requested(9999)], meta: meta(lookupId(9999)), result: undefined }));
    await taken.keep();
    world.from.length = 0;
    expect(seen((await world.take('c')).view)).toEqual(seen((await foldWhole(world.store, STREAM)).state));
    expect(world.from[0]).toBeGreaterThan(BLOCK);
  });

  it('that ends where nothing follows, and is not of this stream, is found out by the append', async () => {
    const world = installation();
    const register = await busyDay(world);
    await register.keep();
    const row = await headOf(world.collection);
    await world.collection.replace(STREAM, row, { ...row, head: { ...row.head, digest: 'f'.repeat(64) } });
    const taken = await world.take('b');
    expect(seen(taken.view)).toEqual(seen((await foldWhole(world.store, STREAM)).state));
  });

  it('of an owner that lost the register does not harm the one of the next', async () => {
    const world = installation();
    const before = await world.take('a');
    await ask(before, 0, BLOCK + 200);
    await fail(before, 1, BLOCK);
    await before.keep();
    const after = await world.take('b');
    await ask(after, 5000, 5100);
    await after.keep();
    // It still holds an outcome of the first block, which the snapshot of the next owner shares with its own.
    await before.enter(() => ({ events: [failed(0)], meta: meta(lookupId(0)), firstIndex: OUTCOME, result: undefined }), { evenIfLost: true });
    await before.keep();
    world.from.length = 0;
    const taken = await world.take('c');
    expect(world.from[0]).toBe((await headOf(world.collection)).head.version);
    expect(seen(taken.view)).toEqual(seen((await foldWhole(world.store, STREAM)).state));
  });

  it('that cannot be written stops nothing', async () => {
    const failures: unknown[] = [];
    const collection = memoryCollections().collection<SnapshotRow>({ name: 'register-snapshots' });
    const broken: Collection<SnapshotRow> = { ...collection, insert: () => Promise.reject(new Error('disk full')) };
    const world = installation({ collection: broken, every: 10, onFailure: (error) => failures.push(error) });
    const register = await world.take('a');
    await ask(register, 0, 100);
    await register.keep();
    expect(failures.length).toBeGreaterThan(0);
    expect((await world.take('b')).view.open.size).toBe(100);
  });

  it('is not begun for a day that nobody asks about any more', async () => {
    const world = installation();
    const old = '2020-01-02';
    const register = await Register.take(world.store, ids.comune, old, 'a', meta('a'), world.snapshots);
    await ask(register, 0, 10);
    await register.keep();
    expect(await rowsOf(world.collection)).toEqual([]);
  });
});

describe('a register without a snapshot', () => {
  it('is the same however its stream is paged', async () => {
    const event = (n: number): NewEvent => ({ ...requested(n), id: eventId(lookupId(n), 0), meta: meta(lookupId(n)) });
    const folded = await Promise.all(
      [1, 7, 500].map(async (pageSize) => {
        const store = memoryEventStore(pageSize);
        await store.append(STREAM, NO_STREAM, Array.from({ length: 50 }, (_, n) => event(n)));
        return seen((await foldWhole(store, STREAM)).state);
      }),
    );
    expect(folded[1]).toEqual(folded[0]);
    expect(folded[2]).toEqual(folded[0]);
  });
});

async function* upTo(store: EventStore, stream: string, version: number) {
  for await (const page of store.read(stream)) {
    const events = page.events.filter((event) => event.version <= version);
    const last = events.at(-1);
    if (last) yield { events, head: { version: last.version, digest: last.digest } };
  }
}
