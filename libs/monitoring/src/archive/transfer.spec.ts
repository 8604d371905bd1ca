import { registerStream } from '@geres/contracts';
import { canonical, isCaughtUp, StoreUnavailable, type EventStore, type Recorded } from '@geres/kernel';
import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asked, ids, openTestArchive, record, type TestArchive } from '../testing/archive.js';
import { approved, drafted } from '../testing/reading.js';
import { UnusableArchive } from './archive-file.js';
import { exportArchive } from './export.js';
import { importArchive } from './import.js';
import { wholeArchive } from './whole-archive.js';

let archive: TestArchive;
const each = (): void => {
  beforeEach(async () => void (archive = await openTestArchive()));
  afterEach(() => archive.close());
};

const at = new Date('2026-11-23T09:00:00.000Z');

async function filled(): Promise<void> {
  await record(archive.store, `convention-${ids.convention}`, at, drafted(), approved());
  for (let index = 0; index < 4; index++) await asked(archive, { at: new Date(at.getTime() + index), comune: index % 2 === 0 ? ids.comune : ids.otherComune, outcome: 'trovato' });
}

async function exported(store: EventStore = archive.store): Promise<string> {
  const chunks: string[] = [];
  const to = new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk.toString('utf8')), done()) });
  await exportArchive(store, to, { environment: 'test', at });
  return chunks.join('');
}

const contents = async (store: EventStore): Promise<readonly Recorded[]> => {
  const events: Recorded[] = [];
  for await (const event of wholeArchive(store)) events.push(event);
  return events;
};

/** In chunks that do not respect lines. */
const opened = (text: string) => (): Readable => Readable.from((text.match(/[\s\S]{1,700}/g) ?? []).map((part) => Buffer.from(part)));

/** The file with some lines changed, and a closing line that is true of it again: whoever altered it knows the format. */
function closedAgain(lines: readonly string[], streams: number): string {
  const text = `${lines.join('\n')}\n`;
  return `${text}${JSON.stringify({ eventi: lines.length - 1, registri: streams, sha256: createHash('sha256').update(text).digest('hex') })}\n`;
}

const linesOf = (text: string): string[] => text.trimEnd().split('\n');

describe('an archive that is exported and imported', () => {
  each();

  it('is the same event for event: order, ids, versions and digests', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    expect(await importArchive(there, opened(file), { environment: 'test' })).toMatchObject({ events: 10, streams: 3, already: 0 });
    const [before, after] = [await contents(archive.store), await contents(there)];
    expect(after.map(({ position: _, ...event }) => event)).toEqual(before.map(({ position: _, ...event }) => event));
    expect(await exported(there)).toBe(file);
  });

  it('has the canonical form of each event on a line', async () => {
    await asked(archive, { at });
    const [, line] = linesOf(await exported());
    expect(line).toBe(canonical(JSON.parse(line!)));
  });

  it('keeps its order in a store that commits what waits together in any order', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    const waiting: (() => void)[] = [];
    const unordered: EventStore = {
      read: (...args) => there.read(...args),
      subscribe: (...args) => there.subscribe(...args),
      async append(...args) {
        // The last that has come goes first.
        await new Promise<void>((go) => (waiting.push(go), setImmediate(() => setImmediate(() => waiting.pop()?.()))));
        return there.append(...args);
      },
    };
    await importArchive(unordered, opened(file));
    expect(await exported(there)).toBe(file);
  });

  it('is written together where the store keeps the order, and is the same', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    await importArchive(there, opened(file), { underWay: 64 });
    expect(await exported(there)).toBe(file);
  });

  it('says how far it has come, and of how much', async () => {
    await filled();
    const told: object[] = [];
    await importArchive(await archive.open('there'), opened(await exported()), { onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({ phase: 'scrittura', events: 10, of: 10 });
  });

  it('keeps the person sealed on the way', async () => {
    await filled();
    expect(await exported()).not.toContain('XXXYYY');
  });

  it('may be empty', async () => {
    const there = await archive.open('there');
    expect(await importArchive(there, opened(await exported()))).toMatchObject({ events: 0, streams: 0 });
  });

  it('does not wait for what is recorded meanwhile', async () => {
    await filled();
    const growing: EventStore = {
      ...archive.store,
      async *subscribe(...args) {
        for await (const item of archive.store.subscribe(...args)) {
          if (!isCaughtUp(item)) await record(archive.store, 'alert-1', at, { type: 'x', v: 1, data: {} });
          yield item;
        }
      },
    };
    expect(linesOf(await exported(growing)).length).toBeLessThan(100);
  });
});

describe('an export that cannot be written', () => {
  each();

  it.each([
    ['the disk is full', () => new Writable({ write: (_, __, done) => done(new Error('ENOSPC')) }), /ENOSPC/],
    ['whoever read it has gone before', () => new Writable({ write: (_, __, done) => done() }).destroy(), /destroyed/],
    ['whoever read it goes away meanwhile', () => new Writable({ write() { this.destroy(); } }), /andato|destroyed/],
  ])('fails where %s', async (_, to, message) => {
    await filled();
    await expect(exportArchive(archive.store, to())).rejects.toThrow(message);
    // What a stream says after that is nobody's, and ends nothing.
    await new Promise(setImmediate);
  });
});

describe('a file that is not a whole, unaltered archive', () => {
  let file: string;
  let there: EventStore;
  beforeAll(async () => {
    archive = await openTestArchive();
    await filled();
    file = await exported();
    there = await archive.open('there');
  });
  afterAll(() => archive.close());

  const refused = async (text: string, message: RegExp, options: Parameters<typeof importArchive>[2] = {}): Promise<void> => {
    const outcome = importArchive(there, opened(text), options);
    await expect(outcome).rejects.toThrow(UnusableArchive);
    await expect(outcome).rejects.toThrow(message);
    expect(await contents(there)).toEqual([]);
  };

  it.each<readonly [string, (lines: string[]) => string, RegExp]>([
    ['without its closing line', (lines) => `${lines.slice(0, -1).join('\n')}\n`, /troncato/],
    ['cut in the middle of a line', (lines) => lines.join('\n').slice(0, -200), /troncato/],
    ['of nothing', () => '', /troncato/],
    ['that is something else', () => 'ciao\n', /riga 1/],
    ['of another version of the format', (lines) => [lines[0]!.replace('"versione":1', '"versione":2'), ...lines.slice(1), ''].join('\n'), /riga 1/],
    ['with an event edited', (lines) => `${lines.join('\n').replace('trovato', 'ambiguo')}\n`, /alterato/],
    ['with an event less', (lines) => `${lines.filter((_, index) => index !== 3).join('\n')}\n`, /alterato/],
    ['with two events in each other’s place', (lines) => `${lines.map((line, index) => (index === 1 ? lines[2]! : index === 2 ? lines[1]! : line)).join('\n')}\n`, /alterato/],
    ['with a line after the closing one', (lines) => `${[...lines, lines[1]!].join('\n')}\n`, /dopo la chiusura/],
    ['with another line ending', (lines) => `${lines.join('\r\n')}\r\n`, /alterato|riga/],
    ['with a line that never ends', (lines) => `${lines[0]!}\n${'x'.repeat(700_000)}`, /troppo lunga/],
  ])('%s is refused before anything is written', async (_, altered, message) => {
    await refused(altered(linesOf(file)), message);
  });

  it.each<readonly [string, (lines: string[]) => string[], RegExp]>([
    ['an event edited', (lines) => lines.map((line) => line.replace('"outcome":"trovato"', '"outcome":"ambiguo"')), /non è integro/],
    ['an event dropped in the middle', (lines) => lines.filter((_, index) => index !== 4), /non è integro/],
    ['an event written twice', (lines) => [...lines.slice(0, 4), lines[3]!, ...lines.slice(4)], /non è integro/],
    ['an event that this release does not know', (lines) => lines.map((line, index) => (index === 3 ? line.replace(/"type":"[^"]+"/, '"type":"anpr.lookup.forgotten"') : line)), /non conosce anpr\.lookup\.forgotten/],
    ['something that is no event', (lines) => lines.map((line, index) => (index === 3 ? '{"a":1}' : line)), /riga 4/],
  ])('%s is found by the chains, though the closing line says otherwise', async (_, altered, message) => {
    await refused(closedAgain(altered(linesOf(file).slice(0, -1)), 3), message);
  });

  it('a closing line that counts something else is refused', async () => {
    await refused(closedAgain(linesOf(file).slice(0, -1), 4), /non sono quanti dichiarati/);
  });

  it('events of another environment are refused', async () => {
    await refused(file, /ambiente «test», questa installazione è in «produzione»/, { environment: 'produzione' });
  });
});

describe('importing into a store that is not empty', () => {
  each();

  it('finishes what an earlier import had begun', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    let appends = 0;
    const failing: EventStore = {
      read: (...args) => there.read(...args),
      subscribe: (...args) => there.subscribe(...args),
      append: (...args) => (++appends > 3 ? Promise.reject(new StoreUnavailable('disk full')) : there.append(...args)),
    };
    await expect(importArchive(failing, opened(file))).rejects.toThrow(StoreUnavailable);
    const left = (await contents(there)).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(10);
    expect(await importArchive(there, opened(file))).toMatchObject({ events: 10, already: left });
    expect(await importArchive(there, opened(file))).toMatchObject({ events: 10, already: 10 });
    expect(await exported(there)).toBe(file);
  });

  it('finishes one that was cut after all was written and its end recorded', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    await importArchive(there, opened(file));
    await record(there, 'archive-202611', at, { type: 'monitoring.archive.restored', v: 1, data: { incarnation: 'x', backupAt: at.toISOString(), events: 10 } });
    const own = (await contents(there)).at(-1)!.id;
    await expect(importArchive(there, opened(file))).rejects.toThrow(/non è vuoto: contiene archive-202611/);
    expect(await importArchive(there, opened(file), { left: own })).toMatchObject({ events: 10, already: 10 });
  });

  it('is told when the file was found good, and not before', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    const began: number[] = [];
    const beforeWriting = async (): Promise<void> => void began.push((await contents(there)).length);
    await expect(importArchive(there, opened(file.replace('"outcome":"trovato"', '"outcome":"ambiguo"')), { beforeWriting })).rejects.toThrow(UnusableArchive);
    expect(began).toEqual([]);
    await importArchive(there, opened(file), { beforeWriting });
    expect(began).toEqual([0]);
  });

  it('leaves nothing under way once it has failed', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    let underWay = 0;
    const slow: EventStore = {
      read: (...args) => there.read(...args),
      subscribe: (...args) => there.subscribe(...args),
      async append(stream, head, events) {
        underWay += 1;
        await new Promise(setImmediate);
        underWay -= 1;
        if (stream.startsWith('convention-')) throw new StoreUnavailable('disk full');
        return there.append(stream, head, events);
      },
    };
    await expect(importArchive(slow, opened(file))).rejects.toThrow(StoreUnavailable);
    expect(underWay).toBe(0);
  });

  it('is refused where something else is there', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    await record(there, registerStream(ids.comune, '2026-11-23'), at, { type: 'anpr.register.taken', v: 1, data: { comune: ids.comune, day: '2026-11-23', owner: 'altro' } });
    await expect(importArchive(there, opened(file))).rejects.toThrow(/non è vuoto: contiene register-H501-20261123/);
    expect(await contents(there)).toHaveLength(1);
  });

  it('is refused where more is there than in the file', async () => {
    await filled();
    const file = await exported();
    await asked(archive, { at });
    await expect(importArchive(archive.store, opened(file))).rejects.toThrow(/non è vuoto/);
  });

  it('stops when somebody else writes there meanwhile', async () => {
    await filled();
    const file = await exported();
    const there = await archive.open('there');
    const shared: EventStore = {
      read: (...args) => there.read(...args),
      subscribe: (...args) => there.subscribe(...args),
      async append(stream, head, events) {
        if (stream.startsWith('register-') && head.version === 0) await record(there, stream, at, { type: 'anpr.register.taken', v: 1, data: { comune: ids.comune, day: '2026-11-23', owner: 'altro' } });
        return there.append(stream, head, events);
      },
    };
    await expect(importArchive(shared, opened(file))).rejects.toThrow(/qualcun altro scrive/);
  });
});
