import { NO_STREAM, ProjectionStopped, StoreUnavailable, type Collection, type EventStore, type Folded, type Projection, type DomainEvent } from '@geres/kernel';
import { memoryCollections, memoryEventStore, sampleEvent } from '@geres/kernel/testing';
import { describe, expect, it, vi } from 'vitest';
import { mayGoAway } from '../testing/away.js';
import { workplace } from '../testing/temporary-folder.js';
import { runProjection, type RunningProjection } from './run-projection.js';

const { afterwards } = workplace();

interface Count {
  readonly n: number;
}
const counts: Projection<Count, DomainEvent> = {
  name: 'counts',
  version: 1,
  prefixes: ['spec-'],
  idsOf: ({ type, data }) => {
    if (type !== 'spec.thing.happened') throw new Error(`${type} is not known`);
    return [(data as { readonly name: string }).name];
  },
  apply: (row) => ({ n: (row?.n ?? 0) + 1 }),
};

const rows = (): Collection<Folded<Count>> => memoryCollections().collection<Folded<Count>>({ name: 'counts-v1' });
function running(store: EventStore, collection: Collection<Folded<Count>>, options: { readonly incarnation?: string; readonly onFailure?: (error: Error) => void } = {}): RunningProjection {
  const ending = new AbortController();
  afterwards(() => ending.abort());
  return runProjection({ projection: counts, collection, store, incarnation: 'one', signal: ending.signal, retryMs: 5, ...options });
}
let streams = 0;
const happen = async (store: EventStore, name: string): Promise<string> => (await store.append(`spec-${streams++}`, NO_STREAM, [sampleEvent({ name })])).position;
const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 10_000, interval: 2 });

describe('a projection at work', () => {
  it('keeps its rows up to date, and says how far it is', async () => {
    const [store, collection] = [memoryEventStore(), rows()];
    await happen(store, 'a');
    const projection = running(store, collection);
    await projection.caughtUp();
    expect(projection.asOf).toBeInstanceOf(Date);
    expect(projection.lag()).toBeLessThan(1);
    const position = await happen(store, 'a');
    await projection.reached(position);
    expect(await collection.get('a')).toEqual({ n: 2, absorbed: position });
    await expect(projection.reached('9'.repeat(16), 20)).rejects.toThrow('counts has not reached its position in 20 ms');
  });

  it('falls behind, and says so, while the store hangs', async () => {
    const store = memoryEventStore();
    const goOn = store.stall();
    const projection = running(store, rows());
    expect(projection.lag()).toBe(Infinity);
    goOn();
    await projection.caughtUp();
    const again = store.stall();
    await eventually(() => expect(projection.lag()).toBeGreaterThan(0.2));
    again();
    await eventually(() => expect(projection.lag()).toBeLessThan(0.2));
  });

  it('is rebuilt for another incarnation', async () => {
    const collection = rows();
    const before = memoryEventStore();
    await happen(before, 'old');
    await running(before, collection).caughtUp();
    const store = memoryEventStore();
    await happen(store, 'new');
    await running(store, collection, { incarnation: 'two' }).caughtUp();
    expect((await collection.find({})).rows.map(({ id }) => id)).toEqual(['new']);
  });

  it('stops for good at an event that it does not know: nobody waits, it is told once, and it is not tried again', async () => {
    const [store, collection] = [memoryEventStore(), rows()];
    const onFailure = vi.fn();
    const projection = running(store, collection, { onFailure });
    await projection.reached(await happen(store, 'a'));
    const subscribing = vi.spyOn(store, 'subscribe');
    const odd = await store.append('spec-odd', NO_STREAM, [{ ...sampleEvent(), type: 'spec.thing.undone' }]);
    await expect(projection.reached(odd.position)).rejects.toBeInstanceOf(ProjectionStopped);
    await happen(store, 'b');
    expect(projection.failure).toMatchObject({ name: 'ProjectionStopped', event: { type: 'spec.thing.undone' } });
    await eventually(() => expect(projection.lag()).toBeGreaterThan(0.1));
    expect(subscribing).not.toHaveBeenCalled();
    expect(onFailure).toHaveBeenCalledOnce();
    expect(await collection.get('b')).toBeUndefined();
  });

  it('that never gets past its first event lets nobody wait for its start', async () => {
    const store = memoryEventStore();
    await store.append('spec-odd', NO_STREAM, [{ ...sampleEvent(), type: 'spec.thing.undone' }]);
    await expect(running(store, rows()).caughtUp()).rejects.toBeInstanceOf(ProjectionStopped);
  });

  it('goes on after a store that was away, and tells its absence once', async () => {
    const [store, collection] = [mayGoAway(memoryEventStore()), rows()];
    const onFailure = vi.fn();
    const projection = running(store, collection, { onFailure });
    await projection.reached(await happen(store, 'a'));
    store.leave();
    const position = await happen(store, 'a');
    await eventually(() => expect(store.refusals).toBeGreaterThan(3));
    expect(projection.failure).toBeInstanceOf(StoreUnavailable);
    store.comeBack();
    await projection.reached(position);
    expect(await collection.get('a')).toMatchObject({ n: 2 });
    expect(projection.failure).toBeUndefined();
    expect(onFailure).toHaveBeenCalledOnce();
  });

  it('goes on after a collection that could not be written', async () => {
    const [store, collection] = [memoryEventStore(), rows()];
    let failures = 3;
    const failing: Collection<Folded<Count>> = { ...collection, commit: (changed, checkpoint) => (failures-- > 0 ? Promise.reject(new StoreUnavailable('disk full')) : collection.commit(changed, checkpoint)) };
    await happen(store, 'a');
    await running(store, failing).caughtUp();
    expect(await collection.get('a')).toMatchObject({ n: 1 });
  });
});
