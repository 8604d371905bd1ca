import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Collection } from './collection.js';
import type { DomainEvent, Recorded } from './event.js';
import type { CaughtUp, EventStore } from './event-store.js';
import { project, type Folded, type Projection } from './projection.js';
import { memoryCollections } from './testing/memory-collections.js';

interface Count {
  readonly n: number;
}
type Counted = { readonly type: 'counted' | 'forgotten' | 'odd'; readonly v: 1; readonly data: { readonly id: string } };

const counts: Projection<Count, Counted> = {
  name: 'counts',
  version: 1,
  prefixes: ['spec-'],
  idsOf: ({ data }) => [data.id],
  apply: (row, { type }) => {
    if (type === 'odd') throw new Error('an event that cannot be applied');
    return type === 'forgotten' ? undefined : { n: (row?.n ?? 0) + 1 };
  },
};

const position = (n: number): string => String(n).padStart(16, '0');
const events = (...types: readonly Counted['type'][]): readonly Recorded[] =>
  types.map((type, index) => ({ type, v: 1, data: { id: 'a' }, id: String(index), stream: 'spec-1', version: index + 1, digest: '', position: position(index + 1), meta: {} as Recorded['meta'] }));

/** A store that shows these events, then says that there are no more, until it is told to end. */
const showing = (all: readonly DomainEvent[], signal: AbortSignal): EventStore =>
  ({
    async *subscribe(from: string) {
      for (const event of all as readonly Recorded[]) if (from === 'start' || event.position > from) yield event;
      yield { caughtUp: true, asOf: new Date(0), steady: 0, position: position(all.length) } satisfies CaughtUp;
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  }) as unknown as EventStore;

/** A collection whose commits wait for their turn to be let through; the positions of those that were asked for, and of those that are done. */
function gated(collection: Collection<Folded<Count>>) {
  const asked: string[] = [];
  const done: string[] = [];
  const gates: (() => void)[] = [];
  const to: Collection<Folded<Count>> = {
    ...collection,
    async commit(rows, checkpoint) {
      asked.push(checkpoint.position);
      await new Promise<void>((resolve) => gates.push(resolve));
      const stored = await collection.commit(rows, checkpoint);
      done.push(checkpoint.position);
      return stored;
    },
  };
  const letThrough = async (): Promise<void> => {
    while (gates.length === 0) await new Promise(setImmediate);
    gates.shift()!();
  };
  return { to, asked, done, letThrough };
}

function running(types: readonly Counted['type'][], batch: number) {
  const stored = memoryCollections().collection<Folded<Count>>({ name: 'counts' });
  const gate = gated(stored);
  const stopping = new AbortController();
  const told: { readonly position: string; readonly done: readonly string[] }[] = [];
  let caughtUp = (): void => undefined;
  const all = new Promise<void>((resolve) => (caughtUp = resolve));
  const ended = project(counts, gate.to, {
    store: showing(events(...types), stopping.signal),
    incarnation: 'one',
    signal: stopping.signal,
    batch,
    onProgress: (progress) => {
      told.push({ position: progress.position, done: [...gate.done] });
      if (progress.caughtUp) caughtUp();
    },
  });
  return { stored, ...gate, told, all, ended, stop: () => stopping.abort() };
}

describe.each([
  [60_000, 'is stored no more often than that', ['0000000000000001']],
  [0, 'is stored each time where that is wanted', ['0000000000000001', '0000000000000002', '0000000000000003']],
])('a checkpoint that goes with no row, at most every %i ms,', (idleMs, does, stored) => {
  it(`${does}, and how far the projection is is told all the same`, async () => {
    const stopping = new AbortController();
    const store = {
      async *subscribe() {
        yield events('counted')[0]!;
        for (const n of [1, 2, 3]) yield { caughtUp: true, asOf: new Date(0), steady: 0, position: position(n) } satisfies CaughtUp;
      },
    } as unknown as EventStore;
    const collection = memoryCollections().collection<Folded<Count>>({ name: 'counts' });
    const commits: string[] = [];
    const watched: Collection<Folded<Count>> = { ...collection, commit: (rows, checkpoint) => (commits.push(checkpoint.position), collection.commit(rows, checkpoint)) };
    const told: string[] = [];
    await project(counts, watched, { store, incarnation: 'one', signal: stopping.signal, idleMs, onProgress: (progress) => told.push(progress.position) });
    expect(commits).toEqual(stored);
    expect(told).toEqual([position(1), position(2), position(3)]);
  });
});

describe('a projection whose commits take long', () => {
  afterEach(() => void vi.useRealTimers());

  it('rests nine times as long between two of them, and writes what came meanwhile at once, each row a single time', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const after = (ms: number): void => void vi.advanceTimersByTime(ms);
    const said = (n: number): CaughtUp => ({ caughtUp: true, asOf: new Date(0), steady: 0, position: position(n) });
    const [first, second, third] = events('counted', 'counted', 'counted') as [Recorded, Recorded, Recorded];
    const store = {
      async *subscribe() {
        yield* [first, said(1), second, said(2)];
        after(89);
        yield* [third, said(3)];
        after(1);
        yield said(3);
      },
    } as unknown as EventStore;
    const collection = memoryCollections().collection<Folded<Count>>({ name: 'counts' });
    const commits: (readonly [string, number])[] = [];
    const slow: Collection<Folded<Count>> = {
      ...collection,
      commit: (rows, checkpoint) => {
        after(10);
        commits.push([checkpoint.position, rows.size]);
        return collection.commit(rows, checkpoint);
      },
    };
    await project(counts, slow, { store, incarnation: 'one', signal: new AbortController().signal });
    expect(commits).toEqual([
      [position(1), 1],
      [position(3), 1],
    ]);
    expect(await collection.get('a')).toMatchObject({ n: 3 });
  });
});

describe('an event that changes nothing', () => {
  it('has its row left alone', async () => {
    const seen: Projection<Count, Counted> = { ...counts, apply: (row) => row ?? { n: 1 } };
    const stopping = new AbortController();
    const collection = memoryCollections().collection<Folded<Count>>({ name: 'counts' });
    const sizes: number[] = [];
    const watched: Collection<Folded<Count>> = { ...collection, commit: (rows, checkpoint) => (sizes.push(rows.size), collection.commit(rows, checkpoint)) };
    const store = showing(events('counted', 'counted', 'counted'), stopping.signal);
    await project(seen, watched, { store, incarnation: 'one', signal: stopping.signal, batch: 1, idleMs: 0, onProgress: ({ caughtUp }) => caughtUp && stopping.abort() });
    expect(sizes).toEqual([1, 0, 0]);
    expect(await collection.get('a')).toEqual({ n: 1, absorbed: position(1) });
  });
});

describe('a projection at work', () => {
  it('folds a batch on the rows of the one before, while that one is still being committed', async () => {
    const { stored, asked, letThrough, all, ended, stop } = running(['counted', 'counted', 'counted', 'counted', 'counted'], 2);
    for (let commits = 0; commits < 3; commits++) await letThrough();
    await all;
    expect(await stored.get('a')).toEqual({ n: 5, absorbed: position(5) });
    expect(asked).toEqual([position(2), position(4), position(5)]);
    stop();
    await ended;
  });

  it('knows a row that the batch before has removed', async () => {
    const { stored, letThrough, all, ended, stop } = running(['counted', 'forgotten', 'counted'], 2);
    for (let commits = 0; commits < 2; commits++) await letThrough();
    await all;
    expect(await stored.get('a')).toMatchObject({ n: 1 });
    stop();
    await ended;
  });

  it('tells how far it is only once that is committed', async () => {
    const { told, letThrough, all, ended, stop } = running(['counted', 'counted', 'counted'], 1);
    for (let commits = 0; commits < 3; commits++) await letThrough();
    await all;
    expect(told.map((one) => one.position)).toEqual([position(1), position(2), position(3), position(3)]);
    for (const one of told) expect(one.done).toContain(one.position);
    stop();
    await ended;
  });

  it('never has two commits under way', async () => {
    const { asked, letThrough, all, ended, stop } = running(['counted', 'counted', 'counted', 'counted'], 1);
    for (let commits = 1; commits <= 4; commits++) {
      while (asked.length < commits) await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect(asked).toHaveLength(commits);
      await letThrough();
    }
    await all;
    stop();
    await ended;
  });

  it('stops at an event that cannot be applied, with everything before its batch committed', async () => {
    const { stored, letThrough, ended } = running(['counted', 'counted', 'counted', 'odd'], 2);
    await letThrough();
    await expect(ended).rejects.toThrow('cannot be applied');
    expect(await stored.get('a')).toMatchObject({ n: 2 });
    expect(await stored.checkpoint()).toMatchObject({ position: position(2) });
  });

  it('ends with nothing under way', async () => {
    const { done, letThrough, ended, stop, asked } = running(['counted', 'counted', 'counted', 'counted'], 2);
    while (asked.length === 0) await new Promise(setImmediate);
    stop();
    let over = false;
    void ended.then(() => (over = true));
    await new Promise(setImmediate);
    expect(over).toBe(false);
    while (!over) {
      await letThrough();
      await new Promise(setImmediate);
    }
    expect(done).toEqual(asked);
  });
});
