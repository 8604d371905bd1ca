import { afterEach, describe, expect, it } from 'vitest';
import { isCaughtUp, NO_STREAM, type Appended, type EventStore, type Head, type Since } from '../event-store.js';
import type { EventStoreContractOptions, OpenedEventStore } from './event-store.contract.js';
import { Following } from './following.js';
import { sampleEvents, unique } from './sample.js';

/** Silence long enough that two CaughtUp would have come. */
const SILENCE_MS = 700;

/** The part of the `EventStore` contract that is about following it. */
export function subscriptionContract(opened: () => OpenedEventStore, { caughtUpMs = 500 }: EventStoreContractOptions): void {
  const store = (): EventStore => opened().store;
  const open: Following[] = [];
  const follow = (from: Since, ...prefixes: readonly string[]): Following => {
    const following = new Following(store(), from, prefixes);
    open.push(following);
    return following;
  };
  afterEach(async () => {
    for (const following of open.splice(0)) await following.stop();
  });

  /** Streams of a category that no other test looks at. */
  const category = (): { readonly prefix: string; readonly stream: (name?: string) => string } => {
    const prefix = `${unique('spec')}-`;
    return { prefix, stream: (name = unique('')) => `${prefix}${name}` };
  };
  const append = (stream: string, head: Head = NO_STREAM, count = 1): Promise<Appended> => store().append(stream, head, sampleEvents(count));

  describe('a position', () => {
    it('sorts as a string in the order of the events, over all streams', async () => {
      const { prefix, stream } = category();
      const told: string[] = [];
      for (let n = 0; n < 12; n++) told.push((await append(stream(), NO_STREAM, 3)).position);
      expect(told.toSorted()).toEqual(told);
      const { events } = await follow('start', prefix).now();
      const positions = events.map(({ position }) => position);
      expect(positions).toHaveLength(36);
      expect(new Set(positions).size).toBe(36);
      expect(positions.toSorted()).toEqual(positions);
      // What an append tells is where its last event is.
      expect(positions.filter((_, index) => index % 3 === 2)).toEqual(told);
    });
  });

  describe('a subscription', () => {
    it('gives what is there, then what comes, in order', async () => {
      const { prefix, stream } = category();
      const s = stream();
      const { head } = await append(s, NO_STREAM, 3);
      const following = await follow('start', prefix).now();
      expect(following.events.map(({ version }) => version)).toEqual([1, 2, 3]);
      await append(s, head, 2);
      await following.until(() => following.events.length === 5);
      expect(following.events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    });

    it('gives events as reading does', async () => {
      const { prefix, stream } = category();
      const s = stream();
      await append(s, NO_STREAM, 3);
      const { events } = await follow('start', prefix).now();
      for await (const page of store().read(s)) expect(page.events).toEqual(events);
    });

    it('goes on after a position, without the event at it', async () => {
      const { prefix, stream } = category();
      const s = stream();
      const first = await append(s, NO_STREAM, 2);
      const second = await append(s, first.head, 2);
      const { events } = await follow(first.position, prefix).now();
      expect(events.map(({ version }) => version)).toEqual([3, 4]);
      const following = await follow(second.position, prefix).now();
      expect(following.events).toEqual([]);
      await append(s, second.head, 1);
      await following.until(() => following.events.length === 1);
      expect(following.events[0]!.version).toBe(5);
    });

    it('goes on after where it was told that it had everything', async () => {
      const { prefix, stream } = category();
      const { head } = await append(stream('a'), NO_STREAM, 2);
      const { position } = (await follow('start', prefix).now()).caughtUps.at(-1)!;
      await append(stream('a'), head, 1);
      expect((await follow(position, prefix).now()).events.map(({ version }) => version)).toEqual([3]);
    });

    it.each([
      [0, []],
      [2, ['b2', 'a5']],
      [4, ['b1', 'a4', 'b2', 'a5']],
      [7, ['a1', 'a2', 'a3', 'b1', 'a4', 'b2', 'a5']],
      [1000, ['a1', 'a2', 'a3', 'b1', 'a4', 'b2', 'a5']],
    ])('begins with the last %i of those that it lets through, before it says that it has everything, and goes on', async (last, expected) => {
      const { prefix, stream } = category();
      const other = category();
      const heads = new Map<string, Head>();
      for (const [name, count] of [['a', 3], ['b', 1], ['', 3], ['a', 1], ['b', 1], ['a', 1], ['', 3]] as const) {
        const to = name === '' ? other.stream() : stream(name);
        heads.set(name, (await append(to, heads.get(name), count)).head);
        if (name === '') heads.delete(name);
      }
      const following = follow({ last }, prefix);
      const named = (items: Following['items']): readonly string[] => items.flatMap((item) => (isCaughtUp(item) ? [] : [`${item.stream.slice(prefix.length)}${item.version}`]));
      await following.until(() => following.caughtUps.length > 0);
      expect(named(following.items.slice(0, following.items.findIndex(isCaughtUp)))).toEqual(expected);
      await append(stream('b'), heads.get('b'));
      await following.until(() => following.events.length > expected.length);
      expect(named(following.items)).toEqual([...expected, 'b3']);
    });

    it('begins with the last of all, and with as many as are asked for, however far back they are', async () => {
      const { prefix, stream } = category();
      const s = stream();
      let head = NO_STREAM;
      for (let batch = 0; batch < 8; batch++) {
        ({ head } = await append(s, head, 150));
        await append(category().stream(), NO_STREAM, 150);
      }
      expect((await follow({ last: 700 }, prefix).now()).events.map(({ version }) => version)).toEqual(Array.from({ length: 700 }, (_, index) => 501 + index));
      await append(s, head, 2);
      expect((await follow({ last: 3 }, '').now()).events.map((event) => (event.stream === s ? event.version : 'another'))).toEqual(['another', 1201, 1202]);
    });

    it('gives a long history whole and in order, while more comes', async () => {
      const { prefix, stream } = category();
      const s = stream();
      let head = NO_STREAM;
      for (let batch = 0; batch < 10; batch++) ({ head } = await append(s, head, 150));
      const following = follow('start', prefix);
      for (let batch = 0; batch < 10; batch++) ({ head } = await append(s, head, 10));
      await following.now();
      expect(following.events.map(({ version }) => version)).toEqual(Array.from({ length: 1600 }, (_, index) => index + 1));
    });

    it('gives only streams whose names start with its prefixes, each event once however many of them fit', async () => {
      const { prefix, stream } = category();
      const other = category();
      const names = [stream('a1'), other.stream('x'), stream('b1'), stream('a2'), other.stream('y'), stream('c')];
      for (const name of names) await append(name);
      const seen = async (...prefixes: readonly string[]): Promise<readonly string[]> => (await follow('start', ...prefixes).now()).events.map((event) => event.stream);
      expect(await seen(prefix)).toEqual([stream('a1'), stream('b1'), stream('a2'), stream('c')]);
      expect(await seen(`${prefix}a`)).toEqual([stream('a1'), stream('a2')]);
      expect(await seen(`${prefix}c`, other.prefix)).toEqual([other.stream('x'), other.stream('y'), stream('c')]);
      expect(await seen(prefix, `${prefix}a`, prefix)).toEqual([stream('a1'), stream('b1'), stream('a2'), stream('c')]);
      expect(await seen(prefix.slice(0, -3))).toEqual([stream('a1'), stream('b1'), stream('a2'), stream('c')]);
    });

    it('is one of many that do not disturb each other', async () => {
      const { prefix, stream } = category();
      const all = [follow('start', prefix), follow('start', prefix), follow('start', prefix)];
      await append(stream(), NO_STREAM, 5);
      await all[0]!.stop();
      for (const one of all.slice(1)) await one.until(() => one.events.length === 5);
    });
  });

  describe('CaughtUp', () => {
    it(`comes within ${caughtUpMs} ms, also where there is nothing, and again`, async () => {
      const following = follow('start', category().prefix);
      for (let times = 1; times <= 4; times++) await following.until(() => following.caughtUps.length >= times, caughtUpMs);
      expect(following.events).toEqual([]);
    });

    it('never goes back, and its instant is never ahead of now', async () => {
      const { prefix, stream } = category();
      const following = follow('start', prefix);
      for (let n = 0; n < 10; n++) await append(stream());
      await following.until(() => following.caughtUps.length >= 4);
      const instants = following.caughtUps.map(({ steady }) => steady);
      expect(instants.toSorted((a, b) => a - b)).toEqual(instants);
      expect(new Set(instants).size).toBe(instants.length);
      expect(instants.at(-1)).toBeLessThanOrEqual(performance.now());
      const positions = following.caughtUps.map(({ position }) => position);
      expect(positions.toSorted()).toEqual(positions);
      for (const { asOf } of following.caughtUps) expect(asOf).toBeInstanceOf(Date);
    });

    it('means that everything committed before its instant has been given', async () => {
      const { prefix, stream } = category();
      const following = follow('start', prefix);
      const done: { readonly stream: string; readonly at: number }[] = [];
      const writer = async (): Promise<void> => {
        for (let n = 0; n < 40; n++) {
          const name = stream();
          await append(name);
          done.push({ stream: name, at: performance.now() });
        }
      };
      await Promise.all([writer(), writer(), writer()]);
      await following.now();
      const given = new Set<string>();
      for (const item of following.items) {
        if ('stream' in item) given.add(item.stream);
        else expect(done.filter((one) => one.at <= item.steady && !given.has(one.stream))).toEqual([]);
      }
      expect(given.size).toBe(120);
    });

    it('does not come while the store does not answer, and comes again afterwards', async (context) => {
      const { stall } = opened();
      if (!stall) return context.skip('this store cannot be made to hang');
      const following = await follow('start', category().prefix).now();
      const goOn = await stall();
      const stalled = performance.now();
      try {
        await expect(following.until(() => following.caughtUps.at(-1)!.steady > stalled, SILENCE_MS)).rejects.toThrow('does not hold');
      } finally {
        await goOn();
      }
      await following.now();
    });
  });

  describe('an abort', () => {
    it('ends a subscription quietly while it waits', async () => {
      const following = await follow('start', category().prefix).now();
      await following.stop();
      const count = following.items.length;
      await append(unique('spec-'));
      expect(following.items).toHaveLength(count);
    });

    it('ends it quietly amid a replay', async () => {
      const { prefix, stream } = category();
      let head = NO_STREAM;
      const s = stream();
      for (let batch = 0; batch < 8; batch++) ({ head } = await append(s, head, 150));
      const ending = new AbortController();
      const seen: number[] = [];
      for await (const item of store().subscribe('start', { prefixes: [prefix], signal: ending.signal })) {
        if ('version' in item && seen.push(item.version) === 10) ending.abort();
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('that came before it begins leaves nothing to give', async () => {
      for await (const item of store().subscribe('start', { signal: AbortSignal.abort() })) expect.fail(`it gave ${JSON.stringify(item)}`);
    });

    it('is not needed by whoever just leaves', async () => {
      const { prefix, stream } = category();
      await append(stream(), NO_STREAM, 3);
      for await (const item of store().subscribe('start', { prefixes: [prefix], signal: new AbortController().signal })) {
        expect(item).toMatchObject({ version: 1 });
        break;
      }
    });
  });
}
