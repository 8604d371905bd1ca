import { brokenAt, NO_STREAM, StoreUnavailable, whole, type NewEvent } from '@geres/kernel';
import { Following, sampleEvent, sampleEvents } from '@geres/kernel/testing';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { child, compiled, needsCompiled, part } from '../testing/child.js';
import { workplace } from '../testing/temporary-folder.js';
import { commitsInLog } from '../testing/wal.js';
import { openSqliteEventStore } from './sqlite-event-store.js';

const { folder, opened, afterwards } = workplace();
const sized = (bytes: number): NewEvent => sampleEvent({ text: 'x'.repeat(bytes) });

describe('an append to the SQLite store', () => {
  it('is on the disk when it is told: write-ahead log, synchronous=FULL', async () => {
    const store = await opened(openSqliteEventStore({ file: join(await folder(), 'events.db') }));
    expect(await store.settings()).toEqual({ journal_mode: 'wal', synchronous: 2 });
  });

  it('shares its commit with those that wait with it', async () => {
    const file = join(await folder(), 'events.db');
    const store = await opened(openSqliteEventStore({ file }));
    await store.append('spec-first', NO_STREAM, sampleEvents(1));
    const before = await commitsInLog(file);
    await Promise.all(Array.from({ length: 300 }, (_, n) => store.append(`spec-${n}`, NO_STREAM, sampleEvents(1))));
    const commits = (await commitsInLog(file)) - before;
    expect(commits).toBeGreaterThanOrEqual(1);
    expect(commits).toBeLessThan(60);
    for (const n of [0, 150, 299]) expect((await whole(store.read(`spec-${n}`))).head.version).toBe(1);
  });

  it('has a commit of its own when it is alone', async () => {
    const file = join(await folder(), 'events.db');
    const store = await opened(openSqliteEventStore({ file }));
    await store.append('spec-first', NO_STREAM, sampleEvents(1));
    const before = await commitsInLog(file);
    for (let n = 0; n < 10; n++) await store.append(`spec-${n}`, NO_STREAM, sampleEvents(1));
    expect((await commitsInLog(file)) - before).toBe(10);
  });

  it('that cannot be stored does not keep out those that share its commit', async () => {
    const store = await opened(openSqliteEventStore({ file: join(await folder(), 'events.db') }));
    const bad: NewEvent = { ...sampleEvent(), v: 1.5 };
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => store.append(`spec-${n}`, NO_STREAM, n === 7 ? [sampleEvent(), bad] : sampleEvents(2))));
    expect(results.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([7]);
    expect((results[7] as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailable);
    const { events } = await whole(store.read('spec-7'));
    expect(events).toEqual([]);
    expect((await store.stats()).events).toBe(38);
  });
});

describe('a full disk', () => {
  it('is told as such, leaves nothing by half, and is over once there is room', async () => {
    const file = join(await folder(), 'events.db');
    const tight = await openSqliteEventStore({ file, pageLimit: 60 });
    let head = NO_STREAM;
    let failed: { readonly events: readonly NewEvent[]; readonly error: unknown } | undefined;
    while (!failed) {
      const events = [sized(6000), sized(6000)];
      try {
        ({ head } = await tight.append('spec-1', head, events));
      } catch (error) {
        failed = { events, error };
      }
    }
    expect(failed.error).toBeInstanceOf(StoreUnavailable);
    expect((failed.error as StoreUnavailable).reason).toMatch(/full/);
    expect(head.version).toBeGreaterThan(4);
    // Reading goes on, and what fits is still taken.
    expect((await whole(tight.read('spec-1'))).head).toEqual(head);
    await expect(tight.append('spec-2', NO_STREAM, [sized(100_000)])).rejects.toBeInstanceOf(StoreUnavailable);
    expect((await tight.append('spec-3', NO_STREAM, [sized(10)])).head.version).toBe(1);
    expect((await whole(tight.read('spec-2'))).events).toEqual([]);
    const following = new Following(tight, 'start');
    await following.now();
    expect(following.events).toHaveLength(head.version + 1);
    await following.stop();
    await tight.close();

    const store = await opened(openSqliteEventStore({ file }));
    expect((await store.append('spec-1', head, failed.events)).head.version).toBe(head.version + 2);
    expect(brokenAt((await whole(store.read('spec-1'))).events, NO_STREAM)).toBeUndefined();
  });

  it('keeps out what is too large, not the small that came with it', async () => {
    const store = await opened(openSqliteEventStore({ file: join(await folder(), 'events.db'), pageLimit: 40 }));
    const [large, ...small] = await Promise.allSettled([store.append('spec-large', NO_STREAM, [sized(400_000)]), ...Array.from({ length: 5 }, (_, n) => store.append(`spec-${n}`, NO_STREAM, [sized(10)]))]);
    expect(large).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    expect(small.map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  });
});

describe('a copy of a store at work', () => {
  it('is consistent, says what is in it, and holds nobody up who reads meanwhile', async () => {
    const where = await folder();
    const store = await opened(openSqliteEventStore({ file: join(where, 'events.db') }));
    const appended = await Promise.all(Array.from({ length: 40 }, (_, n) => store.append(`spec-${n}`, NO_STREAM, Array.from({ length: 40 }, () => sized(1000)))));
    const file = join(where, 'copy.db');
    const size = async (): Promise<number> => (await stat(file).catch(() => ({ size: 0 }))).size;
    const copying = store.backup(file);
    await Promise.all([whole(store.read('spec-1')), store.append('spec-more', NO_STREAM, sampleEvents(1))]);
    const meanwhile = await size();
    const { events, lastPosition } = await copying;
    expect(meanwhile).toBeLessThan(await size());
    expect([1600, 1601]).toContain(events);
    expect([...appended.map(({ position }) => position), '0000000000001601']).toContain(lastPosition);
    const copy = await opened(openSqliteEventStore({ file }));
    expect(await copy.stats()).toEqual({ events, lastPosition });
    for (const n of [0, 39]) expect((await whole(copy.read(`spec-${n}`))).head).toEqual(appended[n]!.head);
    await expect(store.backup(file)).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('a file that somebody else holds', () => {
  it('is waited for, and an append that was waiting is done then', async () => {
    const file = join(await folder(), 'events.db');
    const store = await opened(openSqliteEventStore({ file }));
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const waiting = store.append('spec-1', NO_STREAM, sampleEvents(1));
    expect((await whole(store.read('spec-1'))).events).toEqual([]);
    other.close();
    expect((await waiting).head.version).toBe(1);
  });
});

describe('a store that is closed', () => {
  it('ends what follows it with an error, not with silence, and takes nothing more', async () => {
    const store = await openSqliteEventStore({ file: join(await folder(), 'events.db') });
    const following = await new Following(store, 'start').now();
    await store.close();
    await expect(following.ended).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.append('spec-1', NO_STREAM, sampleEvents(1))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(whole(store.read('spec-1'))).rejects.toBeInstanceOf(StoreUnavailable);
    await store.close();
  });

  it('has done what it was asked before', async () => {
    const file = join(await folder(), 'events.db');
    const store = await openSqliteEventStore({ file });
    const appends = Array.from({ length: 30 }, (_, n) => store.append(`spec-${n}`, NO_STREAM, sampleEvents(1)));
    await store.close();
    expect((await Promise.allSettled(appends)).map(({ status }) => status)).toEqual(Array(30).fill('fulfilled'));
    expect((await (await opened(openSqliteEventStore({ file }))).stats()).events).toBe(30);
  });
});

(compiled ? describe : describe.skip)(`a process that is killed${needsCompiled}`, () => {
  it('loses no event that it was told was appended, and leaves no batch by half', async () => {
    const file = join(await folder(), 'events.db');
    const writing = child(
      `
      import { NO_STREAM } from '@geres/kernel';
      import { openSqliteEventStore } from ${part('event-store')};
      const store = await openSqliteEventStore({ file: process.argv[2] });
      const meta = { actor: 'system:spec', correlationId: 'c', causationId: 'c', recordedAt: '2026-11-23T09:00:00.000Z', environment: 'test' };
      const event = (n) => ({ id: crypto.randomUUID(), type: 'spec.thing.happened', v: 1, data: { n, text: 'x'.repeat(500) }, meta });
      for (let writer = 0; writer < 16; writer++) void (async () => {
        for (let head = NO_STREAM, n = 0; ; n += 3) {
          ({ head } = await store.append('spec-' + writer, head, [event(n), event(n + 1), event(n + 2)]));
          console.log(writer + ' ' + head.version + ' ' + head.digest);
        }
      })();`,
      { args: [file] },
    );
    afterwards(() => writing.kill());
    const told = new Map<string, { readonly version: number; readonly digest: string }>();
    for (let lines = 0; lines < 400; lines++) {
      const [writer, version, digest] = (await writing.line()).split(' ') as [string, string, string];
      told.set(`spec-${writer}`, { version: Number(version), digest });
    }
    await writing.kill();
    const store = await opened(openSqliteEventStore({ file }));
    expect(told.size).toBe(16);
    for (const [stream, { version, digest }] of told) {
      const { events, head } = await whole(store.read(stream));
      expect(events[version - 1]!.digest).toBe(digest);
      expect(head.version % 3).toBe(0);
      expect(brokenAt(events, NO_STREAM)).toBeUndefined();
    }
  });
});
