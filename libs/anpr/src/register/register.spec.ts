import type { Sealed, Tag } from '@geres/contracts';
import { eventId, StoreUnavailable, whole, type EventMeta, type EventStore } from '@geres/kernel';
import { memoryEventStore } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { ids, lookupId, NOW } from '../testing/world.js';
import { foldWhole } from './fold.js';
import type { RegisterEvents, RegisterState } from './register.domain.js';
import { INTERRUPTION, OUTCOME, Register, RegisterLost, type Entered } from './register.js';
import { daysAround, Registers } from './registers.js';

const DAY = '2026-11-23';
const STREAM = 'register-H501-20261123';
const meta = (causationId: string): EventMeta => ({ actor: 'system:spec', correlationId: causationId, causationId, recordedAt: NOW.toISOString(), environment: 'test' });

/** Lookups go by a number here; their ids are of 10:00. */
const idOf = (name: string): string => lookupId(Number(name));

const requested = (name: string, key?: string): RegisterEvents => ({
  type: 'anpr.lookup.requested',
  v: 1,
  data: {
    lookup: idOf(name),
    ...(key ? { key: key.padEnd(32, '0') as Tag, body: 'b'.repeat(32) as Tag } : {}),
    comune: ids.comune,
    user: ids.user,
    ente: ids.ente,
    application: ids.application,
    session: ids.session,
    service: 'residenza',
    mode: 'consultazione',
    purpose: 'TRIB-01',
    subject: 's1.x' as Sealed,
    tags: [],
    convention: ids.convention,
    profile: ids.profile,
    channel: 'ws',
    sections: ['2'],
    territory: 'nazionale',
    anprOperator: ids.operator,
    operationId: idOf(name),
    askBy: '2026-11-23T09:01:00.000Z',
  },
});
const failed = (name: string): RegisterEvents => ({ type: 'anpr.lookup.failed', v: 1, data: { lookup: idOf(name), comune: ids.comune, problem: 'anpr-non-disponibile' } });

const take = (store: EventStore, owner: string): Promise<Register> => Register.take(store, ids.comune, DAY, owner, meta(owner));
const request = (lookup: string) => (): Entered<string> => ({ events: [requested(lookup)], meta: meta(lookup), result: lookup });
const outcome = (lookup: string) => (state: RegisterState): Entered<boolean> => {
  const open = state.open.has(idOf(lookup));
  return { events: open ? [failed(lookup)] : [], meta: meta(lookup), firstIndex: OUTCOME, result: open };
};
/** What the next owner does with a lookup that nobody seems to hold. */
const interruption = (lookup: string) => (state: RegisterState): Entered<boolean> => {
  const open = state.open.has(idOf(lookup));
  return { events: open ? [{ type: 'anpr.lookup.interrupted', v: 1, data: { lookup: idOf(lookup), comune: ids.comune, reason: 'processo-interrotto' } }] : [], meta: meta(lookup), firstIndex: INTERRUPTION, result: open };
};
/** Admits at most `quota` lookups of the user. */
const within = (quota: number, lookup: string) => (state: RegisterState): Entered<boolean> => {
  const fits = state.usage.userToday(ids.user) < quota;
  return { events: fits ? [requested(lookup)] : [], meta: meta(lookup), result: fits };
};
const typesOf = async (store: EventStore): Promise<readonly string[]> => (await whole(store.read(STREAM))).events.map(({ type }) => type);

/** Everything a register knows, to be compared. */
const seen = ({ lookups, order, open, keys, usage, counted, owner }: RegisterState) => ({ lookups: [...lookups], order, open: [...open], keys: [...keys], usage: usage.dump(), counted: [...counted], owner });

interface Faulty extends EventStore {
  /** How the next append fails: before or after it is done, or given up and done when `late` is called. */
  fail?: 'before' | 'after' | 'late' | undefined;
  late?: () => Promise<unknown>;
  unreadable?: boolean;
}

const faulty = (inner: EventStore): Faulty => {
  const store: Faulty = {
    async *read(...given) {
      if (store.unreadable) throw new StoreUnavailable('unreadable');
      yield* inner.read(...given);
    },
    subscribe: (...given) => inner.subscribe(...given),
    async append(...given) {
      const { fail } = store;
      store.fail = undefined;
      if (fail === 'late') store.late = () => inner.append(...given);
      if (fail === 'before' || fail === 'late') throw new StoreUnavailable('disk full');
      const done = await inner.append(...given);
      if (fail === 'after') throw new StoreUnavailable('no reply');
      return done;
    },
  };
  return store;
};

describe('the register of a day', () => {
  it('records who owns it before anything else', async () => {
    const store = memoryEventStore();
    await take(store, 'a');
    expect(await typesOf(store)).toEqual(['anpr.register.taken']);
  });

  it('appends the decisions that wait together, in their order', async () => {
    const store = memoryEventStore();
    const register = await take(store, 'a');
    await Promise.all(['1', '2', '3'].map((lookup) => register.enter(request(lookup))));
    const { events } = await whole(store.read(STREAM));
    expect(events.slice(1).map(({ data }) => (data as { lookup: string }).lookup)).toEqual(['1', '2', '3'].map(idOf));
    expect(events[1]!.id).toBe(eventId('1', 0));
  });

  it('admits exactly as many as the quota, however many ask at once', async () => {
    const register = await take(memoryEventStore(), 'a');
    const admitted = await Promise.all(Array.from({ length: 50 }, (_, i) => register.enter(within(7, String(i)))));
    expect(admitted.filter(Boolean)).toHaveLength(7);
  });

  it('keeps the count when another connector takes it over', async () => {
    const store = memoryEventStore();
    const before = await take(store, 'a');
    await Promise.all(['1', '2', '3'].map((lookup) => before.enter(within(5, lookup))));
    const after = await take(store, 'b');
    const admitted = await Promise.all(['4', '5', '6', '7'].map((lookup) => after.enter(within(5, lookup))));
    expect(admitted).toEqual([true, true, false, false]);
  });

  it('decides nothing more once another connector owns it', async () => {
    const store = memoryEventStore();
    const before = await take(store, 'a');
    await before.enter(request('1'));
    await take(store, 'b');
    await expect(before.enter(request('2'))).rejects.toBeInstanceOf(RegisterLost);
    expect(before.isLost).toBe(true);
    expect(await typesOf(store)).not.toContain('anpr.lookup.refused');
    expect((await whole(store.read(STREAM))).events.filter(({ type }) => type === 'anpr.lookup.requested')).toHaveLength(1);
  });

  it('still lets whoever holds an outcome append it, while the lookup is open', async () => {
    const store = memoryEventStore();
    const before = await take(store, 'a');
    await before.enter(request('1'));
    const after = await take(store, 'b');
    expect(await before.enter(outcome('1'), { evenIfLost: true })).toBe(true);
    // The new owner learns of it when it appends next, and decides on it.
    expect(await after.enter(interruption('1'))).toBe(false);
    expect(await typesOf(store)).toEqual(['anpr.register.taken', 'anpr.lookup.requested', 'anpr.register.taken', 'anpr.lookup.failed']);
  });

  it('lets nobody append an outcome after the lookup was interrupted', async () => {
    const store = memoryEventStore();
    const before = await take(store, 'a');
    await before.enter(request('1'));
    const after = await take(store, 'b');
    expect(await after.enter(interruption('1'))).toBe(true);
    expect(await before.enter(outcome('1'), { evenIfLost: true })).toBe(false);
    expect((await typesOf(store)).at(-1)).toBe('anpr.lookup.interrupted');
  });

  it('gives back what a decision had taken when it is taken again', async () => {
    const store = memoryEventStore();
    const before = await take(store, 'a');
    await take(store, 'b');
    const undone: string[] = [];
    await expect(before.enter(request('1'), { undo: (result) => undone.push(result) })).rejects.toBeInstanceOf(RegisterLost);
    expect(undone).toEqual(['1']);
  });

  it('tells a store that failed, and forgets what did not happen', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    store.fail = 'before';
    await expect(register.enter(request('1'))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(register.view.lookups.size).toBe(0);
    expect(await register.enter(request('2'))).toBe('2');
  });

  it('lets the decision stand when it was appended and only the reply was lost', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    store.fail = 'after';
    const undone: string[] = [];
    expect(await register.enter(request('1'), { undo: (result) => undone.push(result) })).toBe('1');
    expect(undone).toEqual([]);
    expect(await register.enter(within(1, '2'))).toBe(false);
  });

  it('knows a decision as its own that the store took up only after all was given up', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    store.fail = 'late';
    await expect(register.enter(request('1'))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(register.view.lookups.size).toBe(0);
    await store.late!();
    expect(await register.enter(within(1, '2'))).toBe(false);
    expect(register.view.open.get(idOf('1'))).toBe('a');
  });

  it('does not take the request of a command, arrived after all, for another that it has come to meanwhile', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    const under = (operationId: string) => (state: RegisterState): Entered<string> =>
      state.lookups.has(idOf('1')) ? { events: [], result: 'known' } : { events: [{ ...requested('1'), data: { ...requested('1').data, operationId } } as RegisterEvents], meta: meta('1'), result: operationId };
    store.fail = 'late';
    await expect(register.enter(under('first'))).rejects.toBeInstanceOf(StoreUnavailable);
    await store.late!();
    expect(await register.enter(under('second'))).toBe('known');
    expect((await whole(store.read(STREAM))).events.slice(1)).toMatchObject([{ data: { operationId: 'first' } }]);
  });

  it('does not take the request of a command, arrived after all, for the refusal that it has come to meanwhile', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    store.fail = 'late';
    await expect(register.enter(request('1'))).rejects.toBeInstanceOf(StoreUnavailable);
    await store.late!();
    const anew = (state: RegisterState): Entered<string> =>
      state.lookups.has(idOf('1')) ? { events: [], result: 'known' } : { events: [{ type: 'anpr.lookup.refused', v: 1, data: { ...(requested('1').data as object), reason: 'scaduta' } } as RegisterEvents], meta: meta('1'), result: 'refused' };
    expect(await register.enter(anew)).toBe('known');
    expect(register.view.open.get(idOf('1'))).toBe('a');
    expect(await typesOf(store)).toEqual(['anpr.register.taken', 'anpr.lookup.requested']);
  });

  it('decides on nothing that it could not read again after a failure', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    await register.enter(request('1'));
    store.fail = 'before';
    store.unreadable = true;
    // An outcome that is on its way and fails: the lookup is still open, whatever can be read.
    await expect(register.enter(outcome('1'))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(register.enter(outcome('1'))).rejects.toBeInstanceOf(StoreUnavailable);
    store.unreadable = false;
    expect(await register.enter(outcome('1'))).toBe(true);
    expect(await typesOf(store)).toEqual(['anpr.register.taken', 'anpr.lookup.requested', 'anpr.lookup.failed']);
  });

  it('reads no more of the stream than what is new after a lost race', async () => {
    const inner = memoryEventStore();
    const from: number[] = [];
    const store: EventStore = { ...inner, read: (stream, after) => (from.push(after?.version ?? 0), inner.read(stream, after)) };
    const before = await take(inner, 'a');
    for (const name of ['1', '2', '3']) await before.enter(request(name));
    const after = await take(store, 'b');
    await before.enter(outcome('1'), { evenIfLost: true });
    from.length = 0;
    expect(await after.enter(within(5, '4'))).toBe(true);
    expect(from).toEqual([5]);
    expect([...after.view.open.keys()]).toEqual(['2', '3', '4'].map(idOf));
  });

  it('is as it would be folded anew, whatever was taken out of it again', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    const counted: RegisterEvents = { type: 'anpr.lookup.refusals-counted', v: 1, data: { comune: ids.comune, application: ids.application, reason: 'fuori-orario', minute: NOW.toISOString(), lookups: [idOf('8')] } };
    const { askBy: _, ...question } = (requested('9') as Extract<RegisterEvents, { type: 'anpr.lookup.requested' }>).data;
    const { profile: _p, channel: _c, sections: _s, territory: _t, anprOperator: _a, operationId: _o, ...asked } = question;
    const refused: RegisterEvents = { type: 'anpr.lookup.refused', v: 1, data: { ...asked, reason: 'fuori-orario' } };
    const call: RegisterEvents = { type: 'anpr.lookup.asked', v: 1, data: { lookup: idOf('1'), comune: ids.comune, call: 2, operationId: 'x', askBy: '2026-11-23T09:02:00.000Z' } };
    const all = (key: string) => (): Entered<void> => ({ events: [call, failed('1'), requested('2', key), refused, counted], meta: meta('all'), firstIndex: 10, result: undefined });
    await register.enter(() => ({ events: [requested('1', 'k')], meta: meta('1'), result: undefined }));
    store.fail = 'before';
    await expect(register.enter(all('k'))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(seen(register.view)).toEqual(seen((await foldWhole(store, STREAM)).state));
    await register.enter(all('k'));
    expect(seen(register.view)).toEqual(seen((await foldWhole(store, STREAM)).state));
    expect(register.view.keys.get('k'.padEnd(32, '0'))).toBe(idOf('2'));
  });

  it('appends in two what is too large for one', async () => {
    const store = memoryEventStore();
    const register = await take(store, 'a');
    const large = (name: string) => (): Entered<void> => ({
      events: [{ type: 'anpr.lookup.refusals-counted', v: 1, data: { comune: ids.comune, application: ids.application, reason: 'fuori-orario', minute: NOW.toISOString(), lookups: Array.from({ length: 9000 }, () => idOf(name)) } }],
      meta: meta(name),
      result: undefined,
    });
    await Promise.all(['1', '2', '3', '4', '5'].map((name) => register.enter(large(name))));
    expect(await typesOf(store)).toHaveLength(6);
  });

  it('is not harmed by a decision that throws', async () => {
    const register = await take(memoryEventStore(), 'a');
    const wrong = register.enter(() => {
      throw new Error('wrong');
    });
    const right = register.enter(request('1'));
    await expect(wrong).rejects.toThrow('wrong');
    expect(await right).toBe('1');
  });
});

describe('the registers of a connector', () => {
  it('take yesterday before today', async () => {
    const store = memoryEventStore();
    await new Registers(store, 'a', () => meta('a')).around(ids.comune, NOW, NOW);
    const yesterday = await whole(store.read('register-H501-20261122'));
    const today = await whole(store.read(STREAM));
    expect(yesterday.events[0]!.position < today.events[0]!.position).toBe(true);
  });

  it('take a register once, however many ask for it', async () => {
    const store = memoryEventStore();
    const registers = new Registers(store, 'a', () => meta('a'));
    const pairs = await Promise.all(Array.from({ length: 20 }, () => registers.around(ids.comune, NOW, NOW)));
    expect(new Set(pairs.map(({ day }) => day)).size).toBe(1);
    expect(await typesOf(store)).toEqual(['anpr.register.taken']);
  });

  it('take one again after it was lost', async () => {
    const store = memoryEventStore();
    const registers = new Registers(store, 'a', () => meta('a'));
    const { day } = await registers.around(ids.comune, NOW, NOW);
    await take(store, 'b');
    await expect(day.enter(request('1'))).rejects.toBeInstanceOf(RegisterLost);
    const again = await Promise.all([registers.around(ids.comune, NOW, NOW), registers.around(ids.comune, NOW, NOW)]);
    expect(again[0].day).toBe(again[1].day);
    expect(await again[0].day.enter(request('2'))).toBe('2');
  });

  it('try again after a store that was away', async () => {
    const store = faulty(memoryEventStore());
    const registers = new Registers(store, 'a', () => meta('a'));
    store.fail = 'before';
    await expect(registers.around(ids.comune, NOW, NOW)).rejects.toBeInstanceOf(StoreUnavailable);
    expect((await registers.around(ids.comune, NOW, NOW)).day.isLost).toBe(false);
  });

  it('begin none for a day on which nothing was recorded, only to look at it', async () => {
    const store = memoryEventStore();
    expect(await new Registers(store, 'a', () => meta('a')).existing(ids.comune, DAY)).toBeUndefined();
    expect(store.events).toEqual([]);
    await (await take(store, 'b')).enter(request('1'));
    expect((await new Registers(store, 'a', () => meta('a')).existing(ids.comune, DAY))!.view.open.has(idOf('1'))).toBe(true);
  });
});

describe('the days in which a key may be bound', () => {
  const days = (at: string, now = at): readonly string[] => daysAround(new Date(at), new Date(now));

  it('are today and yesterday', () => expect(days('2026-11-23T09:00:00Z')).toEqual(['2026-11-22', '2026-11-23']));
  it('are those of Italy', () => expect(days('2026-11-23T23:30:00Z')).toEqual(['2026-11-23', '2026-11-24']));
  it('are three after the shortest day of the year, of which 24 hours are not enough', () => expect(days('2026-03-29T22:10:00Z')).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']));
  it('are three for a lookup that comes after midnight', () => expect(days('2026-11-23T22:59:59Z', '2026-11-23T23:00:01Z')).toEqual(['2026-11-22', '2026-11-23', '2026-11-24']));
  it('are its own alone for one of long ago', () => expect(days('2026-11-20T09:00:00Z', '2026-11-23T09:00:00Z')).toEqual(['2026-11-20']));
});
