import { NO_STREAM, type Collection, type EventStore, type Recorded } from '@geres/kernel';
import { memoryCollections, memoryEventStore, sampleEvent } from '@geres/kernel/testing';
import { describe, expect, it, vi } from 'vitest';
import { mayGoAway } from '../testing/away.js';
import { workplace } from '../testing/temporary-folder.js';
import { follow, type FollowOptions, type Live, type SnapshotRow, type Snapshots } from './follow.js';

const { afterwards } = workplace();

/** Names by the order in which they came. */
interface Names {
  readonly names: string[];
}

function apply(state: Names, event: Recorded): void {
  if (event.type !== 'spec.thing.happened') throw new Error(`${event.type} is not known`);
  state.names.push((event.data as { readonly name: string }).name);
}

async function following(store: EventStore, options: Partial<FollowOptions<Names>> = {}): Promise<Live<Names> & { stop(): void }> {
  const ending = new AbortController();
  afterwards(() => ending.abort());
  const live = await follow<Names>({ name: 'names', store, prefixes: ['spec-'], initial: () => ({ names: [] }), apply, signal: ending.signal, retryMs: 5, ...options });
  return Object.assign(live, { stop: () => ending.abort() });
}

let streams = 0;
/** Each in a stream of its own; resolves to the position of the last. */
async function happen(store: EventStore, ...names: readonly string[]): Promise<string> {
  let position = '';
  for (const name of names) ({ position } = await store.append(`spec-${streams++}`, NO_STREAM, [sampleEvent({ name })]));
  return position;
}
const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 10_000, interval: 2 });

describe('a fold that is followed', () => {
  it('holds what was there at its start, then what comes', async () => {
    const store = memoryEventStore();
    await happen(store, 'a', 'b');
    const live = await following(store);
    await live.caughtUp();
    expect(live.state.names).toEqual(['a', 'b']);
    await live.reached(await happen(store, 'c'));
    expect(live.state.names).toEqual(['a', 'b', 'c']);
  });

  it('tells what came, once it is in the state', async () => {
    const store = memoryEventStore();
    const told: string[] = [];
    const live = await following(store, { onChange: ({ version }) => told.push(`${version}: ${live.state.names.join()}`) });
    await live.reached(await happen(store, 'a'));
    await live.reached(await happen(store, 'b'));
    expect(told).toEqual(['1: a', '1: a,b']);
  });

  it('says when a position was not reached in time', async () => {
    const store = memoryEventStore();
    const live = await following(store);
    await expect(live.reached('9'.repeat(16), 20)).rejects.toThrow('names has not reached its position in 20 ms');
  });
});

describe('the freshness of a fold', () => {
  it('is shown only once it has caught up', async () => {
    const store = memoryEventStore();
    const goOn = store.stall();
    const live = await following(store);
    expect([live.fresh(), live.lag()]).toEqual([false, Infinity]);
    goOn();
    await live.caughtUp();
    expect(live.fresh()).toBe(true);
    expect(live.lag()).toBeLessThan(1);
  });

  it('is lost when the store hangs, though nothing says so, and comes back with it', async () => {
    const store = memoryEventStore();
    const live = await following(store);
    await live.caughtUp();
    const goOn = store.stall();
    await eventually(() => expect(live.fresh(100)).toBe(false));
    expect(live.lag()).toBeGreaterThan(0.1);
    goOn();
    await eventually(() => expect(live.fresh(100)).toBe(true));
  });

  it('lets somebody who was not seen yet be judged: at once when seen, else once everything until now is', async () => {
    const store = memoryEventStore();
    await happen(store, 'a');
    const live = await following(store);
    await live.caughtUp();
    const knows = (name: string, ms = 5000): Promise<boolean> => live.canTell(({ names }) => names.includes(name), ms);
    const goOn = store.stall();
    // Nothing is heard any more: who is known is known, who is not cannot be told.
    expect(await knows('a', 20)).toBe(true);
    expect(await knows('b', 20)).toBe(false);
    goOn();
    expect(await knows('b')).toBe(true);
    expect(live.state.names).not.toContain('b');
    const coming = knows('c');
    await happen(store, 'c');
    expect(await coming).toBe(true);
  });
});

describe('an event that a fold does not know', () => {
  it('stops it for good: it is never fresh again, nobody waits for it, and nothing after is applied', async () => {
    const store = memoryEventStore();
    await happen(store, 'a');
    const onFailure = vi.fn();
    const live = await following(store, { onFailure });
    await live.caughtUp();
    const unknown = await store.append('spec-odd', NO_STREAM, [{ ...sampleEvent(), type: 'spec.thing.undone' }]);
    await expect(live.reached(unknown.position)).rejects.toThrow('spec.thing.undone is not known');
    await happen(store, 'b');
    expect(live.failure?.message).toBe('spec.thing.undone is not known');
    expect(live.fresh(60_000)).toBe(false);
    expect(await live.canTell(() => true, 20)).toBe(false);
    await expect(live.caughtUp()).rejects.toThrow('is not known');
    expect(live.state.names).toEqual(['a']);
    expect(onFailure).toHaveBeenCalledOnce();
  });

  it('at its start stops it too, before it was ever fresh', async () => {
    const store = memoryEventStore();
    await store.append('spec-odd', NO_STREAM, [{ ...sampleEvent(), type: 'spec.thing.undone' }]);
    const live = await following(store);
    await expect(live.caughtUp()).rejects.toThrow('is not known');
    expect(live.fresh()).toBe(false);
  });
});

describe('a store that goes away', () => {
  it('is followed again when it is back, from where it was, and its absence is told once', async () => {
    const store = mayGoAway(memoryEventStore());
    const onFailure = vi.fn();
    const live = await following(store, { onFailure });
    await live.reached(await happen(store, 'a'));
    store.leave();
    const later = await happen(store, 'b');
    await eventually(() => expect(store.refusals).toBeGreaterThan(3));
    expect(live.failure).toBeUndefined();
    expect(live.state.names).toEqual(['a']);
    store.comeBack();
    await live.reached(later);
    expect(live.state.names).toEqual(['a', 'b']);
    await eventually(() => expect(live.fresh()).toBe(true));
    expect(onFailure).toHaveBeenCalledOnce();
    store.leave();
    await eventually(() => expect(onFailure).toHaveBeenCalledTimes(2));
  });
});

describe('a snapshot of a fold', () => {
  const kept = (): Collection<SnapshotRow> => memoryCollections().collection<SnapshotRow>({ name: 'names-snapshots' });
  const snapshots = (collection: Collection<SnapshotRow>, options: Partial<Snapshots<Names>> = {}): Snapshots<Names> => ({
    collection,
    incarnation: 'one',
    version: 1,
    every: 3,
    dump: ({ names }) => [...names],
    load: (stored) => ({ names: [...(stored as readonly string[])] }),
    ...options,
  });
  /** How many events are applied until it has caught up. */
  const restarted = async (store: EventStore, options: Snapshots<Names>): Promise<{ readonly names: readonly string[]; readonly applied: number }> => {
    let applied = 0;
    const live = await following(store, { snapshots: options, onChange: () => (applied += 1) });
    await live.caughtUp();
    return { names: live.state.names, applied };
  };
  const written = async (store: EventStore, collection: Collection<SnapshotRow>): Promise<void> => {
    const live = await following(store, { snapshots: snapshots(collection) });
    await live.reached(await happen(store, 'a', 'b', 'c', 'd'));
    await eventually(async () => expect(await collection.get('names')).toBeDefined());
    live.stop();
    await eventually(async () => expect((await collection.get('names'))?.state).toEqual(['a', 'b', 'c', 'd']));
  };

  it('is kept now and then, and at the end; the next start reads only what came after', async () => {
    const [store, collection] = [memoryEventStore(), kept()];
    await written(store, collection);
    await happen(store, 'e');
    expect(await restarted(store, snapshots(collection))).toEqual({ names: ['a', 'b', 'c', 'd', 'e'], applied: 1 });
  });

  it.each<readonly [string, Partial<Snapshots<Names>>]>([
    ['of another incarnation', { incarnation: 'two' }],
    ['of another version of the state', { version: 2 }],
    [
      'that cannot be read',
      {
        load: () => {
          throw new Error('not a list');
        },
      },
    ],
  ])('%s is not used: everything is read', async (_, options) => {
    const [store, collection] = [memoryEventStore(), kept()];
    await written(store, collection);
    expect(await restarted(store, snapshots(collection, options))).toEqual({ names: ['a', 'b', 'c', 'd'], applied: 4 });
  });

  it('that cannot be fetched costs a full reading, nothing else', async () => {
    const [store, collection] = [memoryEventStore(), kept()];
    await written(store, collection);
    const broken: Collection<SnapshotRow> = { ...collection, get: () => Promise.reject(new Error('damaged')) };
    expect(await restarted(store, snapshots(broken))).toMatchObject({ applied: 4 });
  });

  it('that takes long to write, or cannot be, does not hold the fold up', async () => {
    const [store, collection] = [memoryEventStore(), kept()];
    const never: Collection<SnapshotRow> = { ...collection, get: () => Promise.resolve(undefined), insert: () => new Promise(() => undefined) };
    const live = await following(store, { snapshots: snapshots(never, { every: 1 }) });
    for (const name of ['a', 'b', 'c']) {
      await live.reached(await happen(store, name));
      await eventually(() => expect(live.fresh(100)).toBe(true));
    }
    const failing = await following(store, { snapshots: snapshots({ ...collection, get: () => Promise.reject(new Error('disk full')) }, { every: 1 }) });
    await failing.reached(await happen(store, 'd'));
    await failing.reached(await happen(store, 'e'));
    expect(failing.failure).toBeUndefined();
  });
});
