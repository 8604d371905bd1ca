import { describe, expect, it } from 'vitest';
import { fold, type Decider } from './decider.js';
import type { Event, EventMeta } from './event.js';
import { NO_STREAM, StoreUnavailable, whole, WrongVersion, type EventStore } from './event-store.js';
import { handle } from './handle.js';
import { eventId } from './ids.js';
import { memoryEventStore } from './testing/memory-event-store.js';
import { sampleMeta } from './testing/sample.js';

type Counted = Event<'spec.counter.added', 1, { by: number }>;
interface Add {
  readonly by: number;
}
class Full extends Error {}

/** Counts to ten. */
const counter: Decider<number, Add, Counted> = {
  initial: 0,
  evolve: (sum, { data }) => sum + data.by,
  decide: ({ by }, sum) => {
    if (sum + by > 10) throw new Full();
    return by === 0 ? [] : [{ type: 'spec.counter.added', v: 1, data: { by } }];
  },
};

const meta = (command: string): EventMeta => ({ ...sampleMeta, causationId: command });
const sumOf = async (store: EventStore): Promise<number> => fold(counter, (await whole(store.read('counter-1'))).events);

/** A store where, before each of the first appends, somebody else gets in between. */
function raced(store: EventStore, others: readonly (() => Promise<unknown>)[]): EventStore {
  const waiting = [...others];
  return {
    ...store,
    read: (stream, after) => store.read(stream, after),
    append: async (stream, head, events) => {
      await waiting.shift()?.();
      return store.append(stream, head, events);
    },
  };
}
const another = (store: EventStore, command: string, by: number) => (): Promise<unknown> => handle(store, counter, 'counter-1', { by }, meta(command));

describe('handling a command', () => {
  it('appends what is decided on the folded stream, with the ids that the command implies', async () => {
    const store = memoryEventStore();
    const first = await handle(store, counter, 'counter-1', { by: 3 }, meta('one'));
    expect(first).toMatchObject({ head: { version: 1 }, events: [{ data: { by: 3 } }], already: false });
    const second = await handle(store, counter, 'counter-1', { by: 4 }, meta('two'));
    expect(second.head.version).toBe(2);
    const { events } = await whole(store.read('counter-1'));
    expect(events).toMatchObject([{ id: eventId('one', 0), meta: { causationId: 'one' } }, { id: eventId('two', 0), meta: { causationId: 'two' }, position: second.position }]);
    expect(await sumOf(store)).toBe(7);
  });

  it('that was done before by this very command tells what came of it, and does nothing', async () => {
    const store = memoryEventStore();
    const first = await handle(store, counter, 'counter-1', { by: 6 }, meta('one'));
    await handle(store, counter, 'counter-1', { by: 1 }, meta('two'));
    const again = await handle(store, counter, 'counter-1', { by: 6 }, meta('one'));
    expect(again).toMatchObject({ events: [{ data: { by: 6 } }], already: true, head: { version: 2 }, position: first.position });
    expect(await sumOf(store)).toBe(7);
  });

  it('that was done before is told so also when the rules would refuse it now, or the caller saw an older version', async () => {
    const store = memoryEventStore();
    await handle(store, counter, 'counter-1', { by: 9 }, meta('one'));
    expect(await handle(store, counter, 'counter-1', { by: 9 }, meta('one'), { expected: 0 })).toMatchObject({ already: true });
  });

  it('that finds nothing to do appends nothing', async () => {
    const store = memoryEventStore();
    expect(await handle(store, counter, 'counter-1', { by: 0 }, meta('one'))).toEqual({ head: NO_STREAM, events: [], already: false });
    const { head, position } = await handle(store, counter, 'counter-1', { by: 2 }, meta('two'));
    expect(await handle(store, counter, 'counter-1', { by: 0 }, meta('three'))).toEqual({ head, position, events: [], already: false });
  });

  it('that the rules refuse fails with what they say, and appends nothing', async () => {
    const store = memoryEventStore();
    await expect(handle(store, counter, 'counter-1', { by: 11 }, meta('one'))).rejects.toBeInstanceOf(Full);
    expect(store.events).toEqual([]);
  });

  it('decides again on fresh state when somebody else was faster', async () => {
    const store = memoryEventStore();
    const handled = await handle(raced(store, [another(store, 'other', 5)]), counter, 'counter-1', { by: 5 }, meta('one'));
    expect(handled.head.version).toBe(2);
    expect(await sumOf(store)).toBe(10);
  });

  it('decides again by the rules: what would have held before is refused now', async () => {
    const store = memoryEventStore();
    await expect(handle(raced(store, [another(store, 'other', 6)]), counter, 'counter-1', { by: 6 }, meta('one'))).rejects.toBeInstanceOf(Full);
    expect(await sumOf(store)).toBe(6);
  });

  it.each([sampleMeta.recordedAt, '2026-11-23T10:00:01.000Z'])('finds that it was done when the one who was faster is another delivery of itself, recorded at %s', async (recordedAt) => {
    const store = memoryEventStore();
    const handled = await handle(raced(store, [another(store, 'one', 4)]), counter, 'counter-1', { by: 4 }, { ...meta('one'), recordedAt });
    expect(handled).toMatchObject({ head: { version: 1 }, events: [{ data: { by: 4 } }] });
    expect(store.events).toMatchObject([{ meta: { recordedAt: sampleMeta.recordedAt } }]);
    expect(await sumOf(store)).toBe(4);
  });

  it('gives up after a few lost races, with the version that it lost against', async () => {
    const store = memoryEventStore();
    const others = Array.from({ length: 5 }, (_, n) => another(store, `other-${n}`, 1));
    await expect(handle(raced(store, others), counter, 'counter-1', { by: 1 }, meta('one'))).rejects.toMatchObject({ name: 'WrongVersion', expected: 2, actual: 3 });
    await expect(handle(raced(store, [another(store, 'other-8', 1)]), counter, 'counter-1', { by: 1 }, meta('two'), { attempts: 1 })).rejects.toBeInstanceOf(WrongVersion);
    expect(await handle(raced(store, [another(store, 'other-9', 1)]), counter, 'counter-1', { by: 1 }, meta('three'), { attempts: 2 })).toMatchObject({ already: false });
  });

  it('with the version that the caller saw never decides on another', async () => {
    const store = memoryEventStore();
    await handle(store, counter, 'counter-1', { by: 1 }, meta('one'));
    await expect(handle(store, counter, 'counter-1', { by: 1 }, meta('two'), { expected: 0 })).rejects.toMatchObject({ name: 'WrongVersion', expected: 0, actual: 1 });
    await expect(handle(raced(store, [another(store, 'other', 1)]), counter, 'counter-1', { by: 1 }, meta('three'), { expected: 1 })).rejects.toMatchObject({ expected: 1, actual: 2 });
    expect(await handle(store, counter, 'counter-1', { by: 1 }, meta('four'), { expected: 2 })).toMatchObject({ head: { version: 3 } });
  });

  it('does not repeat what it does not know the outcome of: that is for whoever sends the command again', async () => {
    const store = memoryEventStore();
    const losing: EventStore = {
      ...store,
      async append(stream, head, events) {
        await store.append(stream, head, events);
        throw new StoreUnavailable('the reply was lost');
      },
    };
    await expect(handle(losing, counter, 'counter-1', { by: 3 }, meta('one'))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await handle(store, counter, 'counter-1', { by: 3 }, meta('one'))).toMatchObject({ already: true });
    expect(await sumOf(store)).toBe(3);
  });
});
