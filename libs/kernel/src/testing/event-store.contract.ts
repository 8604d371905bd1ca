import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonical } from '../canonical.js';
import { brokenAt } from '../digest.js';
import type { NewEvent } from '../event.js';
import { MAX_APPEND_BYTES, NO_STREAM, whole, WrongVersion, type Appended, type EventStore, type Head, type Page } from '../event-store.js';
import { subscriptionContract } from './subscription.contract.js';
import { sampleEvent, sampleEvents, unique } from './sample.js';

export interface OpenedEventStore {
  readonly store: EventStore;
  /** Makes the store hang, as an engine that does not answer; resolves to the way to let it go on. Absent where it cannot be made to. */
  stall?(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface EventStoreContractOptions {
  /** Within how long a subscription that has everything says so. */
  readonly caughtUpMs?: number;
}

/** The behaviour that every `EventStore` owes the rest of the system. */
export function eventStoreContract(adapter: string, open: () => Promise<OpenedEventStore>, options: EventStoreContractOptions = {}): void {
  describe(`EventStore contract: ${adapter}`, () => {
    let opened: OpenedEventStore;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());
    const append = (to: string, head: Head, events: readonly NewEvent[]): Promise<Appended> => opened.store.append(to, head, events);
    const all = (of: string, after?: Head): Promise<Page> => whole(opened.store.read(of, after));
    const stream = (): string => unique('spec-');

    describe('a stream', () => {
      it('that is not there is one empty page at version 0', async () => {
        const pages: Page[] = [];
        for await (const page of opened.store.read(stream())) pages.push(page);
        expect(pages).toEqual([{ events: [], head: NO_STREAM }]);
      });

      it('numbers its events from 1 and gives them back as they were', async () => {
        const s = stream();
        const given = [sampleEvent({ a: 1 }), sampleEvent({ b: [true, null, { c: 'x' }] }, { application: 'app', session: 'sid' })];
        const { head } = await append(s, NO_STREAM, given);
        const { events } = await all(s);
        expect(events.map(({ id, type, v, data, meta }) => ({ id, type, v, data, meta }))).toEqual(given);
        expect(events.map((event) => [event.stream, event.version])).toEqual([[s, 1], [s, 2]]);
        expect(head).toEqual({ version: 2, digest: events[1]!.digest });
      });

      it('goes on where its head is', async () => {
        const s = stream();
        const first = await append(s, NO_STREAM, sampleEvents(2));
        const second = await append(s, first.head, sampleEvents(1));
        expect(second.head.version).toBe(3);
        expect(await all(s)).toMatchObject({ events: [{ version: 1 }, { version: 2 }, { version: 3 }], head: second.head });
      });

      it('keeps every character, and no member that is undefined', async () => {
        const s = stream();
        const data = { 'città': 'Forlì – €', 'z\u0000\u2028\u2029': '\u{1F600}\u0001"\\/\b', combining: 'e\u0301', '\u{10000}': '\uFFFD', empty: '', number: [0, -0.5, 1e21, 1e-7, 9007199254740991] };
        await append(s, NO_STREAM, [sampleEvent({ ...data, absent: undefined })]);
        expect((await all(s)).events[0]!.data).toStrictEqual(data);
      });

      it('is read from a head on', async () => {
        const s = stream();
        const first = await append(s, NO_STREAM, sampleEvents(3));
        const second = await append(s, first.head, sampleEvents(2));
        expect(await all(s, first.head)).toMatchObject({ events: [{ version: 4 }, { version: 5 }], head: second.head });
        expect(await all(s, second.head)).toEqual({ events: [], head: second.head });
      });

      it('of any length is read in pages, in order, each with the head where it ends', async () => {
        const s = stream();
        let head = NO_STREAM;
        for (let batch = 0; batch < 12; batch++) ({ head } = await append(s, head, sampleEvents(100)));
        const pages: Page[] = [];
        for await (const page of opened.store.read(s)) pages.push(page);
        expect(pages.length).toBeGreaterThan(1);
        expect(pages.flatMap(({ events }) => events.map(({ version }) => version))).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1));
        for (const { events, head: end } of pages) expect(end).toEqual({ version: events.at(-1)!.version, digest: events.at(-1)!.digest });
        expect(pages.at(-1)!.head).toEqual(head);
      });

      it('may be left before its end', async () => {
        const s = stream();
        let head = NO_STREAM;
        for (let batch = 0; batch < 12; batch++) ({ head } = await append(s, head, sampleEvents(100)));
        for await (const { events } of opened.store.read(s)) {
          expect(events[0]!.version).toBe(1);
          break;
        }
        expect((await append(s, head, sampleEvents(1))).head.version).toBe(1201);
      });
    });

    describe('an append', () => {
      it('refuses to create a stream twice', async () => {
        const s = stream();
        await append(s, NO_STREAM, sampleEvents(1));
        await expect(append(s, NO_STREAM, sampleEvents(1))).rejects.toMatchObject({ name: 'WrongVersion', stream: s, expected: 0, actual: 1 });
      });

      it('refuses to go on with a stream that is not there', async () => {
        const s = stream();
        await expect(append(s, { version: 3, digest: 'a'.repeat(64) }, sampleEvents(1))).rejects.toMatchObject({ name: 'WrongVersion', expected: 3, actual: 0 });
        expect((await all(s)).events).toEqual([]);
      });

      it.each([
        ['behind', (head: Head): Head => ({ ...head, version: 1 })],
        ['ahead', (head: Head): Head => ({ ...head, version: 3 })],
        ['of another chain, though the version is right', (head: Head): Head => ({ ...head, digest: 'b'.repeat(64) })],
      ])('refuses a head that is %s', async (_, stale) => {
        const s = stream();
        const { head } = await append(s, NO_STREAM, sampleEvents(2));
        await expect(append(s, stale(head), sampleEvents(1))).rejects.toBeInstanceOf(WrongVersion);
        expect((await all(s)).head).toEqual(head);
      });

      it('refuses to start a stream from a digest that is not that of no stream', async () => {
        const s = stream();
        await expect(append(s, { version: 0, digest: 'c'.repeat(64) }, sampleEvents(1))).rejects.toBeInstanceOf(WrongVersion);
        expect((await all(s)).events).toEqual([]);
      });

      it.each([2, 16])('lets exactly one of %i racing writers win; the others learn that the version is wrong', async (writers) => {
        const s = stream();
        const { head } = await append(s, NO_STREAM, sampleEvents(1));
        const batches = Array.from({ length: writers }, () => sampleEvents(3));
        const results = await Promise.allSettled(batches.map((events) => append(s, head, events)));
        const won = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
        expect(won).toHaveLength(1);
        for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'WrongVersion', expected: 1, actual: 4 });
        // The winner's batch is whole, and nothing of the others is there.
        expect((await all(s, head)).events.map(({ id }) => id)).toEqual(batches[won[0]!]!.map(({ id }) => id));
      });

      it('does not disturb the writers of other streams', async () => {
        const streams = Array.from({ length: 32 }, stream);
        const taken = stream();
        await append(taken, NO_STREAM, sampleEvents(1));
        const lost = append(taken, NO_STREAM, sampleEvents(1)).catch((error: unknown) => error);
        const heads = await Promise.all(streams.map((s) => append(s, NO_STREAM, sampleEvents(2))));
        expect(await lost).toBeInstanceOf(WrongVersion);
        expect(heads.map(({ head }) => head.version)).toEqual(streams.map(() => 2));
      });

      it('is whole or not at all: one event that JSON cannot hold keeps its batch out', async () => {
        const s = stream();
        await expect(append(s, NO_STREAM, [sampleEvent(), sampleEvent({ broken: Number.NaN })])).rejects.toThrow();
        await expect(append(s, NO_STREAM, [sampleEvent(), sampleEvent({ broken: '\ud800' })])).rejects.toThrow();
        expect((await all(s)).events).toEqual([]);
      });

      it('of 512 KiB is taken, of one byte more is not', async () => {
        const s = stream();
        const sized = (bytes: number): NewEvent => {
          const empty = sampleEvent({ text: '' });
          const used = Buffer.byteLength(canonical(empty.data)) + Buffer.byteLength(canonical(empty.meta));
          return { ...empty, data: { text: 'x'.repeat(bytes - used) } };
        };
        await expect(append(s, NO_STREAM, [sized(MAX_APPEND_BYTES + 1)])).rejects.toMatchObject({ name: 'AppendTooLarge', stream: s, bytes: MAX_APPEND_BYTES + 1 });
        await expect(append(s, NO_STREAM, [sized(MAX_APPEND_BYTES / 2), sized(MAX_APPEND_BYTES / 2 + 1)])).rejects.toMatchObject({ name: 'AppendTooLarge' });
        expect((await append(s, NO_STREAM, [sized(MAX_APPEND_BYTES)])).head.version).toBe(1);
        expect((await all(s)).events).toHaveLength(1);
      });
    });

    describe('an append whose reply was lost', () => {
      it('succeeds when it is repeated, and happens once', async () => {
        const s = stream();
        const events = sampleEvents(3);
        const told = await append(s, NO_STREAM, events);
        expect(await append(s, NO_STREAM, events)).toEqual(told);
        expect((await all(s)).events).toHaveLength(3);
      });

      it.each<[string, (event: NewEvent) => NewEvent]>([
        ['an event of another type', (event) => ({ ...event, type: 'spec.thing.refused' })],
        ['the same with other data', (event) => ({ ...event, data: { other: true } })],
        ['the same at another time', (event) => ({ ...event, meta: { ...event.meta, recordedAt: '2026-11-23T09:00:00.001Z' } })],
      ])('does not count as repeated where the same command has come to %s', async (_, anew) => {
        const s = stream();
        const [first, second] = sampleEvents(2) as [NewEvent, NewEvent];
        const { head } = await append(s, NO_STREAM, [first, second]);
        await expect(append(s, NO_STREAM, [first, anew(second)])).rejects.toMatchObject({ name: 'WrongVersion', expected: 0, actual: 2 });
        await expect(append(s, NO_STREAM, [anew(first), second])).rejects.toBeInstanceOf(WrongVersion);
        expect((await all(s)).head).toEqual(head);
      });

      it('succeeds also when other events have followed, with the answer that it had', async () => {
        const s = stream();
        const first = await append(s, NO_STREAM, sampleEvents(1));
        const events = sampleEvents(2);
        const told = await append(s, first.head, events);
        const { head } = await append(s, told.head, sampleEvents(2));
        expect(await append(s, first.head, events)).toEqual(told);
        expect((await all(s)).head).toEqual(head);
      });

      it('succeeds when it is repeated before the reply has come', async () => {
        const s = stream();
        const events = sampleEvents(2);
        const [one, other] = await Promise.all([append(s, NO_STREAM, events), append(s, NO_STREAM, events)]);
        expect(one).toEqual(other);
        expect((await all(s)).events).toHaveLength(2);
      });

      it('is not taken for another that shares some of its events', async () => {
        const s = stream();
        const [a, b, c] = sampleEvents(3) as [NewEvent, NewEvent, NewEvent];
        await append(s, NO_STREAM, [a, b]);
        for (const other of [[a, c], [b, a], [c]]) await expect(append(s, NO_STREAM, other)).rejects.toBeInstanceOf(WrongVersion);
        await expect(append(s, NO_STREAM, [a, b, c])).rejects.toBeInstanceOf(WrongVersion);
        expect((await all(s)).events).toHaveLength(2);
      });
    });

    describe('the chain', () => {
      const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

      it('holds the digest of every event: SHA-256 of the one before and of its own RFC 8785 form', async () => {
        const s = stream();
        const first = await append(s, NO_STREAM, [sampleEvent({ z: 1, a: 'è', nested: { b: 2, a: [1] } }), sampleEvent({ n: 1e21 })]);
        await append(s, first.head, [sampleEvent()]);
        const { events } = await all(s);
        let previous = NO_STREAM.digest;
        for (const { stream: name, version, id, type, v, data, meta, digest } of events) {
          previous = sha256(previous + canonical({ stream: name, version, id, type, v, data, meta }));
          expect(digest).toBe(previous);
        }
        expect(brokenAt(events, NO_STREAM)).toBeUndefined();
      });

      it('is of the content, not of the order in which its members were given', async () => {
        const [one, other] = [stream(), stream()];
        const event = sampleEvent({ a: 1, b: 2 });
        await append(one, NO_STREAM, [event]);
        await append(other, NO_STREAM, [{ ...event, data: { b: 2, a: 1 } }]);
        const [{ data, meta }, again] = [(await all(one)).events[0]!, (await all(other)).events[0]!];
        expect(again).toMatchObject({ data, meta });
        expect(brokenAt([again], NO_STREAM)).toBeUndefined();
      });
    });

    subscriptionContract(() => opened, options);
  });
}
