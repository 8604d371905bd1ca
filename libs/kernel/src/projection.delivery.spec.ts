import { describe, expect, it } from 'vitest';
import type { Collection } from './collection.js';
import type { DomainEvent, Event, Recorded } from './event.js';
import { NO_STREAM, type EventStore, type Since } from './event-store.js';
import { ProjectionStopped } from './projection-stopped.js';
import { project, type Folded, type Projection } from './projection.js';
import { memoryCollections } from './testing/memory-collections.js';
import { memoryEventStore } from './testing/memory-event-store.js';
import { projecting } from './testing/projecting.js';
import { sampleEvent } from './testing/sample.js';

type Paid = Event<'spec.account.paid', 1, { from: string; to: string; amount: number }>;
type Closed = Event<'spec.account.closed', 1, { account: string }>;
interface Balance {
  readonly balance: number;
}

const factOf = (event: DomainEvent): Paid | Closed => event as Paid | Closed;

/** One event may touch two rows, and one may remove a row. */
const balances: Projection<Balance, Paid | Closed> = {
  name: 'balances',
  version: 1,
  prefixes: ['account-'],
  idsOf: (recorded) => {
    const event = factOf(recorded);
    if (event.type === 'spec.account.paid') return [event.data.from, event.data.to];
    if (event.type === 'spec.account.closed') return [event.data.account];
    throw new Error(`${recorded.type} is not known`);
  },
  apply: (row, recorded, id) => {
    const event = factOf(recorded);
    return event.type === 'spec.account.closed' ? undefined : { balance: (row?.balance ?? 0) + (event.data.to === id ? event.data.amount : -event.data.amount) };
  },
};

const paid = (from: string, to: string, amount: number): Paid => ({ type: 'spec.account.paid', v: 1, data: { from, to, amount } });
const closed = (account: string): Closed => ({ type: 'spec.account.closed', v: 1, data: { account } });

async function storeOf(...events: readonly (Paid | Closed)[]): Promise<EventStore> {
  const store = memoryEventStore();
  await store.append('account-1', NO_STREAM, events.map((event) => ({ ...sampleEvent(), ...event })));
  return store;
}

/** Runs it until it has caught up. */
async function run(store: EventStore, collection: Collection<Folded<Balance>>, options: { readonly incarnation?: string; readonly batch?: number } = {}): Promise<void> {
  const ending = new AbortController();
  await project(balances, collection, { store, incarnation: 'one', signal: ending.signal, ...options, onProgress: ({ caughtUp }) => caughtUp && ending.abort() });
}
const collection = (): Collection<Folded<Balance>> => memoryCollections().collection<Folded<Balance>>({ name: 'balances-v1' });
const sums = async (rows: Collection<Folded<Balance>>): Promise<object> => Object.fromEntries((await rows.find({})).rows.map(({ id, row }) => [id, row.balance]));

const EVENTS = [paid('a', 'b', 5), paid('b', 'c', 2), paid('a', 'c', 1), closed('c'), paid('a', 'b', 1)];

describe('a projection', () => {
  it.each([1, 2, 3, 1000])('gives the same rows in batches of %i', async (batch) => {
    const rows = collection();
    await run(await storeOf(...EVENTS), rows, { batch });
    expect(await sums(rows)).toEqual({ a: -7, b: 4 });
  });

  it('gives the same rows when every event comes twice', async () => {
    const all = [paid('a', 'b', 5), paid('b', 'c', 2)];
    expect(await (await projecting(balances).redelivered(...all)).all()).toEqual(await (await projecting(balances).given(...all)).all());
  });

  it('gives the same rows when it died between the rows and the checkpoint, and a batch comes again', async () => {
    const store = await storeOf(paid('a', 'b', 5), paid('b', 'c', 2), paid('a', 'c', 1));
    const rows = collection();
    const dying: Collection<Folded<Balance>> = {
      ...rows,
      async commit(changed, { incarnation }) {
        // Its checkpoint was never written.
        await rows.commit(changed, { position: '', incarnation });
        throw new Error('killed');
      },
    };
    await expect(run(store, dying)).rejects.toThrow('killed');
    expect(await sums(rows)).toEqual({ a: -6, b: 3, c: 3 });
    await run(store, rows);
    expect(await sums(rows)).toEqual({ a: -6, b: 3, c: 3 });
  });

  it('goes on from its checkpoint', async () => {
    const store = await storeOf(paid('a', 'b', 5));
    const rows = collection();
    await run(store, rows);
    const starts: Since[] = [];
    const watched: EventStore = { ...store, subscribe: (from, options) => (starts.push(from), store.subscribe(from, options)) };
    await run(watched, rows);
    expect(starts).toEqual([(await rows.checkpoint())!.position]);
    expect(await sums(rows)).toEqual({ a: -5, b: 5 });
  });

  it('starts anew where the installation is another incarnation: nothing of before is left', async () => {
    const rows = collection();
    await run(await storeOf(paid('a', 'b', 5), paid('x', 'y', 1)), rows);
    await run(await storeOf(paid('a', 'b', 3)), rows, { incarnation: 'two' });
    expect(await sums(rows)).toEqual({ a: -3, b: 3 });
    expect(await rows.checkpoint()).toMatchObject({ incarnation: 'two' });
  });

  it('stops at an event that it does not know, naming it, and stops there again', async () => {
    const store = await storeOf(paid('a', 'b', 5), { type: 'spec.account.robbed', v: 3, data: {} } as unknown as Paid, paid('a', 'b', 1));
    const rows = collection();
    for (let times = 0; times < 2; times++) {
      const stopped = run(store, rows, { batch: 1 });
      await expect(stopped).rejects.toBeInstanceOf(ProjectionStopped);
      await expect(stopped).rejects.toMatchObject({ projection: 'balances', event: { type: 'spec.account.robbed', v: 3, version: 2, stream: 'account-1' }, cause: { message: 'spec.account.robbed is not known' } });
      expect(await sums(rows)).toEqual({ a: -5, b: 5 });
    }
  });

  it('reads the newest shape of every event', async () => {
    const rows = collection();
    const ending = new AbortController();
    const store = await storeOf(paid('a', 'b', 5));
    const inCents = (event: Recorded): Recorded => ({ ...event, data: { ...event.data, amount: (event.data as Paid['data']).amount * 100 } });
    await project(balances, rows, { store, incarnation: 'one', signal: ending.signal, upcast: inCents, onProgress: ({ caughtUp }) => caughtUp && ending.abort() });
    expect(await sums(rows)).toEqual({ a: -500, b: 500 });
  });
});
