import { brokenAt, isCaughtUp, NO_STREAM, StoreUnavailable, whole, type Recorded } from '@geres/kernel';
import { Following, sampleEvent, sampleEvents } from '@geres/kernel/testing';
import { copyFile, mkdir, chmod, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { child, compiled, needsCompiled, part } from '../testing/child.js';
import { workplace } from '../testing/temporary-folder.js';
import { openSqliteEventStore, type SqliteEventStore } from './sqlite-event-store.js';

const { folder, opened } = workplace();

const STREAMS = ['spec-1', 'spec-2', 'other-1'];
/** A file of events, closed: 3 streams of 12. */
async function written(): Promise<string> {
  const file = join(await folder(), 'events.db');
  const store = await openSqliteEventStore({ file });
  for (const stream of STREAMS) await store.append(stream, NO_STREAM, Array.from({ length: 12 }, (_, n) => sampleEvent({ n, text: `${stream} `.repeat(20) })));
  await store.close();
  return file;
}

/** Everything that a store has to show, in every way in which it is read. */
async function everything(store: SqliteEventStore): Promise<readonly (readonly Recorded[])[]> {
  const streams = await Promise.all(STREAMS.map(async (stream) => (await whole(store.read(stream))).events));
  return [...streams, ...(await Promise.all([undefined, ['spec-'], ['other-']].map((prefixes) => replayed(store, prefixes))))];
}

/** What a subscription gives before it says for the first time that there is no more. */
async function replayed(store: SqliteEventStore, prefixes: readonly string[] | undefined): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for await (const item of store.subscribe('start', { ...(prefixes ? { prefixes } : {}), signal: new AbortController().signal })) {
    if (!isCaughtUp(item)) events.push(item);
    else if (events.length > 0 || item.position > '0000000000000000') break;
  }
  return events;
}

const refused = (reason: RegExp): object => ({ name: 'StoreUnavailable', reason: expect.stringMatching(reason) as string });

describe('a file that is not an archive of GeRes', () => {
  it.each<readonly [string, (file: string) => Promise<void>, RegExp]>([
    ['is no database', (file) => writeFile(file, 'x'.repeat(10_000)), /events\.db: file is not a database/],
    [
      'is a database of something else',
      async (file) => {
        const other = new DatabaseSync(file);
        other.exec('CREATE TABLE invoices (id INTEGER PRIMARY KEY); INSERT INTO invoices VALUES (1)');
        other.close();
      },
      /events\.db: the file is not an event store of GeRes/,
    ],
    [
      'was written by a later release',
      async (file) => {
        await (await openSqliteEventStore({ file })).close();
        const later = new DatabaseSync(file);
        later.exec('PRAGMA user_version = 2');
        later.close();
      },
      /events\.db: the event store was written by a later release \(schema 2\)/,
    ],
  ])('because it %s, is refused, and stays as it is', async (_, make, reason) => {
    const file = join(await folder(), 'events.db');
    await make(file);
    const before = await readFile(file);
    await expect(openSqliteEventStore({ file })).rejects.toMatchObject(refused(reason));
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('because it is a folder, is refused', async () => {
    const file = join(await folder(), 'events.db');
    await mkdir(file);
    await expect(openSqliteEventStore({ file })).rejects.toMatchObject(refused(/events\.db: unable to open database file/));
  });
});

describe('a damaged file', () => {
  it('is found out at any page: it is refused, or what it shows is what was written, and never anything else', async () => {
    const file = await written();
    const good = await openSqliteEventStore({ file });
    const intact = await everything(good);
    await good.close();
    const { size } = await stat(file);
    let refusals = 0;
    for (let page = 0; page < size / 4096; page++) {
      const copy = join(await folder(), 'events.db');
      await copyFile(file, copy);
      const handle = await open(copy, 'r+');
      await handle.write(Buffer.alloc(4096, page % 2 ? 0xff : 0x5a), 0, 4096, page * 4096);
      await handle.close();
      try {
        const store = await openSqliteEventStore({ file: copy });
        try {
          expect(await everything(store)).toEqual(intact);
        } finally {
          await store.close();
        }
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        expect(error.reason).toMatch(/malformed|not a database|damaged|is not there/);
        refusals += 1;
      }
    }
    expect(refusals).toBeGreaterThan(5);
  });

  it('that was cut short is refused', async () => {
    const file = await written();
    await truncate(file, 3 * 4096);
    const opening = openSqliteEventStore({ file }).then(async (store) => everything(await opened(Promise.resolve(store))));
    await expect(opening).rejects.toMatchObject(refused(/malformed/));
  });

  it('whose events were altered is told where they cannot be read any more', async () => {
    const file = await written();
    const editor = new DatabaseSync(file);
    editor.exec(`UPDATE events SET data = '{"n":' WHERE stream = 'spec-1' AND version = 9`);
    editor.close();
    const store = await opened(openSqliteEventStore({ file }));
    await expect(whole(store.read('spec-1'))).rejects.toMatchObject(refused(/the event at position 9 \(stream spec-1\) is damaged/));
    const following = new Following(store, 'start');
    await expect(following.ended).rejects.toMatchObject(refused(/is damaged/));
    expect(following.events).toHaveLength(8);
    expect((await whole(store.read('spec-2'))).events).toHaveLength(12);
    // What comes after it is shown without going by it.
    const last = await new Following(store, { last: 27 }).now();
    expect(last.events.map(({ position }) => Number(position))).toEqual(Array.from({ length: 27 }, (_, index) => 10 + index));
    await last.stop();
    await expect(new Following(store, { last: 28 }).ended).rejects.toMatchObject(refused(/is damaged/));
  });

  it('whose events were altered into others is found out by the chain', async () => {
    const file = await written();
    const editor = new DatabaseSync(file);
    editor.exec(`UPDATE events SET data = '{"n":99}' WHERE stream = 'spec-1' AND version = 9`);
    editor.close();
    const store = await opened(openSqliteEventStore({ file }));
    expect(brokenAt((await whole(store.read('spec-1'))).events, NO_STREAM)).toBe(9);
  });

  it('from which an event was taken away says which', async () => {
    const file = await written();
    const editor = new DatabaseSync(file);
    editor.exec(`DELETE FROM events WHERE stream = 'spec-1' AND version = 9`);
    editor.close();
    const store = await opened(openSqliteEventStore({ file }));
    await expect(whole(store.read('spec-1'))).rejects.toMatchObject(refused(/stream spec-1: event 9 is not there/));
  });
});

/** Permissions do not stop root: then somebody else tries. */
const NOBODY = process.getuid?.() === 0 ? 65_534 : undefined;
const possible = compiled && process.platform !== 'win32';

(possible ? describe : describe.skip)(`a data folder that may not be written${needsCompiled}`, () => {
  it.each([
    ['and is empty', undefined, /unable to open database file/],
    ['and holds an archive', 0o444, /readonly database/],
  ])('%s, is refused with the name of the file', async (_, mode, reason) => {
    const where = await folder();
    await chmod(where, 0o755);
    const file = join(where, 'events.db');
    if (mode !== undefined) {
      const store = await openSqliteEventStore({ file });
      await store.append('spec-1', NO_STREAM, sampleEvents(1));
      await store.close();
      await chmod(file, mode);
    }
    await chmod(where, 0o555);
    const trying = child(
      `
      import { openSqliteEventStore } from ${part('event-store')};
      await openSqliteEventStore({ file: process.argv[2] }).then(() => console.log('opened'), ({ name, reason }) => console.log(name, reason));
      process.exit();`,
      { args: [file], ...(NOBODY === undefined ? {} : { uid: NOBODY }) },
    );
    try {
      const said = await trying.line();
      expect(said).toContain(`StoreUnavailable ${file}: `);
      expect(said).toMatch(reason);
    } finally {
      await trying.kill();
      await chmod(where, 0o755);
    }
  });
});
