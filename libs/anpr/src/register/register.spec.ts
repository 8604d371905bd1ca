import type { Sealed } from '@geres/contracts';
import { eventId, StoreUnavailable, whole, type EventMeta, type EventStore } from '@geres/kernel';
import { memoryEventStore } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { ids, NOW } from '../testing/world.js';
import type { RegisterEvents, RegisterState } from './register.domain.js';
import { INTERRUPTION, OUTCOME, Register, RegisterLost, type Entered } from './register.js';
import { Registers } from './registers.js';

const DAY = '2026-11-23';
const STREAM = 'register-H501-20261123';
const meta = (causationId: string): EventMeta => ({ actor: 'system:spec', correlationId: causationId, causationId, recordedAt: NOW.toISOString(), environment: 'test' });

const requested = (lookup: string): RegisterEvents => ({
  type: 'anpr.lookup.requested',
  v: 1,
  data: {
    lookup,
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
    operationId: lookup,
    askBy: '2026-11-23T09:01:00.000Z',
  },
});
const failed = (lookup: string): RegisterEvents => ({ type: 'anpr.lookup.failed', v: 1, data: { lookup, comune: ids.comune, problem: 'anpr-non-disponibile' } });

const take = (store: EventStore, owner: string): Promise<Register> => Register.take(store, ids.comune, DAY, owner, meta(owner));
const request = (lookup: string) => (): Entered<string> => ({ events: [requested(lookup)], meta: meta(lookup), result: lookup });
const outcome = (lookup: string) => (state: RegisterState): Entered<boolean> => {
  const open = state.open.has(lookup);
  return { events: open ? [failed(lookup)] : [], meta: meta(lookup), firstIndex: OUTCOME, result: open };
};
/** What the next owner does with a lookup that nobody seems to hold. */
const interruption = (lookup: string) => (state: RegisterState): Entered<boolean> => {
  const open = state.open.has(lookup);
  return { events: open ? [{ type: 'anpr.lookup.interrupted', v: 1, data: { lookup, comune: ids.comune, reason: 'processo-interrotto' } }] : [], meta: meta(lookup), firstIndex: INTERRUPTION, result: open };
};
/** Admits at most `quota` lookups of the user. */
const within = (quota: number, lookup: string) => (state: RegisterState): Entered<boolean> => {
  const fits = state.usage.userToday(ids.user) < quota;
  return { events: fits ? [requested(lookup)] : [], meta: meta(lookup), result: fits };
};
const typesOf = async (store: EventStore): Promise<readonly string[]> => (await whole(store.read(STREAM))).events.map(({ type }) => type);

/** A store whose next append fails as told, before or after it is done. */
const faulty = (store: EventStore): EventStore & { fail?: 'before' | 'after' } => ({
  read: (...given) => store.read(...given),
  subscribe: (...given) => store.subscribe(...given),
  async append(...given) {
    const { fail } = this as { fail?: 'before' | 'after' };
    delete (this as { fail?: string }).fail;
    if (fail === 'before') throw new StoreUnavailable('disk full');
    const done = await store.append(...given);
    if (fail === 'after') throw new StoreUnavailable('no reply');
    return done;
  },
});

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
    expect(events.slice(1).map(({ data }) => (data as { lookup: string }).lookup)).toEqual(['1', '2', '3']);
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

  it('knows what did happen when only the reply was lost', async () => {
    const store = faulty(memoryEventStore());
    const register = await take(store, 'a');
    store.fail = 'after';
    await expect(register.enter(request('1'))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(register.view.open.has('1')).toBe(true);
    expect(await register.enter(within(1, '2'))).toBe(false);
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
    await new Registers(store, 'a', () => meta('a')).pair(ids.comune, DAY);
    const yesterday = await whole(store.read('register-H501-20261122'));
    const today = await whole(store.read(STREAM));
    expect(yesterday.events[0]!.position < today.events[0]!.position).toBe(true);
  });

  it('take a register once, however many ask for it', async () => {
    const store = memoryEventStore();
    const registers = new Registers(store, 'a', () => meta('a'));
    const pairs = await Promise.all(Array.from({ length: 20 }, () => registers.pair(ids.comune, DAY)));
    expect(new Set(pairs.map(({ day }) => day)).size).toBe(1);
    expect(await typesOf(store)).toEqual(['anpr.register.taken']);
  });

  it('take one again after it was lost', async () => {
    const store = memoryEventStore();
    const registers = new Registers(store, 'a', () => meta('a'));
    const { day } = await registers.pair(ids.comune, DAY);
    await take(store, 'b');
    await expect(day.enter(request('1'))).rejects.toBeInstanceOf(RegisterLost);
    const again = await Promise.all([registers.pair(ids.comune, DAY), registers.pair(ids.comune, DAY)]);
    expect(again[0].day).toBe(again[1].day);
    expect(await again[0].day.enter(request('2'))).toBe('2');
  });

  it('try again after a store that was away', async () => {
    const store = faulty(memoryEventStore());
    const registers = new Registers(store, 'a', () => meta('a'));
    store.fail = 'before';
    await expect(registers.pair(ids.comune, DAY)).rejects.toBeInstanceOf(StoreUnavailable);
    expect((await registers.pair(ids.comune, DAY)).day.isLost).toBe(false);
  });
});
