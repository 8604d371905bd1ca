import { registerStream } from '@geres/contracts';
import { isCaughtUp, type EventStore } from '@geres/kernel';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asked, ids, openTestArchive, type TestArchive } from '../testing/archive.js';
import { tailArchive } from './tail.js';
import { verifyArchive } from './verify.js';

const run = promisify(execFile);
let archive: TestArchive;

const day = registerStream(ids.comune, '2026-11-23');
const other = registerStream(ids.otherComune, '2026-11-23');

/** Six events in one register, two in another. */
async function filled(): Promise<void> {
  for (let index = 0; index < 3; index++) await asked(archive, { at: new Date(Date.UTC(2026, 10, 23, 9, index)), outcome: 'trovato' });
  await asked(archive, { at: new Date('2026-11-23T09:00:00.000Z'), comune: ids.otherComune, outcome: 'non-trovato' });
}

const data = (version: number, of = day): string => `stream = '${of}' AND version = ${version}`;
const copied = (column: string): string => `INSERT INTO events (position, stream, version, id, type, v, data, meta, digest, category) SELECT ${column}, 'new', type, v, data, meta, digest, category FROM events WHERE`;

/** What somebody did who had the file in their hands, and where it shows. */
const ALTERED = {
  'the data of an event': [`UPDATE events SET data = replace(data, 'trovato', 'ambiguo') WHERE ${data(4)}`, 4],
  'who did it': [`UPDATE events SET meta = replace(meta, '${ids.user}', '${ids.otherUser}') WHERE ${data(1)}`, 1],
  'when it was': [`UPDATE events SET meta = replace(meta, '2026-11-23T09:01', '2026-11-23T08:01') WHERE ${data(3)}`, 3],
  'its type': [`UPDATE events SET type = 'anpr.lookup.failed' WHERE ${data(2)}`, 2],
  'its id': [`UPDATE events SET id = 'x' WHERE ${data(5)}`, 5],
  'its digest': [`UPDATE events SET digest = '${'0'.repeat(64)}' WHERE ${data(2)}`, 2],
  'an event into one that no store writes': [`UPDATE events SET data = '{"a":"\\ud800"}' WHERE ${data(3)}`, 3],
  'the order of two events': [`UPDATE events SET version = 100 WHERE ${data(3)}; UPDATE events SET version = 3 WHERE ${data(4)}; UPDATE events SET version = 4 WHERE ${data(100)}`, 3],
} as const satisfies Record<string, readonly [string, number]>;

const DROPPED = { 'in the middle': 3, 'at the beginning': 1 } as const;

const INSERTED = {
  'at the end': [`${copied('1000 + position, stream, 7')} ${data(6)}`, 7],
  'in the middle, and those after it numbered anew': [
    `UPDATE events SET version = version + 100, position = position + 100 WHERE stream = '${day}' AND version >= 3;
     UPDATE events SET version = version - 99 WHERE stream = '${day}' AND version > 100;
     ${copied('50, stream, 3')} ${data(2)}`,
    3,
  ],
} as const satisfies Record<string, readonly [string, number]>;

const NOTHING = 'SELECT 1';
const TWO_REGISTERS = `UPDATE events SET digest = 'x' WHERE stream = '${day}' AND version IN (2, 5); DELETE FROM events WHERE ${data(1, other)}`;
const UNREADABLE = `UPDATE events SET data = '{' WHERE ${data(3)}`;
const dropping = (version: number): string => `DELETE FROM events WHERE ${data(version)}`;

const ALL = [NOTHING, TWO_REGISTERS, UNREADABLE, ...[...Object.values(ALTERED), ...Object.values(INSERTED)].map(([sql]) => sql), ...Object.values(DROPPED).map(dropping)];
const fileOf = (sql: string): string => join(archive.folder, `copy-${ALL.indexOf(sql)}.db`);

/** A copy of the archive for each of them. In a process of its own: here the platform alone knows the driver. */
async function tamper(): Promise<void> {
  for (const sql of ALL) await archive.store.backup(fileOf(sql));
  const script = `import { DatabaseSync } from 'node:sqlite'; for (const [file, sql] of JSON.parse(process.argv[1])) { const db = new DatabaseSync(file); db.exec(sql); db.close(); }`;
  await run(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(ALL.map((sql) => [fileOf(sql), sql]))]);
}

async function verified(sql: string) {
  const store = await openSqliteEventStore({ file: fileOf(sql) });
  try {
    return await verifyArchive(store);
  } finally {
    await store.close();
  }
}

describe('verifying the archive', () => {
  beforeAll(async () => {
    archive = await openTestArchive();
    await filled();
    await tamper();
  });
  afterAll(() => archive.close());

  it('finds nothing in what nobody has touched, and counts it', async () => {
    expect(await verified(NOTHING)).toEqual({ streams: 2, events: 8, lastPosition: expect.stringMatching(/^\d+8$/) as string, broken: [] });
  });

  it('has nothing to say of an empty archive', async () => {
    expect(await verifyArchive(await archive.open('empty'))).toEqual({ streams: 0, events: 0, broken: [] });
  });

  it.each(Object.entries(ALTERED))('finds that somebody altered %s', async (_, [sql, version]) => {
    expect((await verified(sql)).broken).toEqual([{ stream: day, version }]);
  });

  it.each(Object.entries(DROPPED))('finds an event that was dropped %s', async (_, version) => {
    expect(await verified(dropping(version))).toMatchObject({ events: 7, broken: [{ stream: day, version }] });
  });

  it.each(Object.entries(INSERTED))('finds an event that was inserted %s', async (_, [sql, version]) => {
    expect(await verified(sql)).toMatchObject({ events: 9, broken: [{ stream: day, version }] });
  });

  it('names every damaged register, each where it first breaks, and looks at the others all the same', async () => {
    expect(new Set((await verified(TWO_REGISTERS)).broken)).toEqual(new Set([{ stream: day, version: 2 }, { stream: other, version: 1 }]));
  });

  it('fails, rather than pass over it, at an event that cannot be read at all', async () => {
    await expect(verified(UNREADABLE)).rejects.toThrow(day);
  });
});

describe('the end of the archive', () => {
  beforeEach(async () => {
    archive = await openTestArchive();
    await filled();
  });
  afterEach(() => archive.close());

  const lines = async (options: { readonly last?: number; readonly prefixes?: readonly string[] } = {}): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { stream, version } of tailArchive(archive.store, { signal: new AbortController().signal, ...options })) found.push(`${stream}@${version}`);
    return found;
  };

  it('is shown in words, the oldest first, without the person', async () => {
    const shown: object[] = [];
    for await (const line of tailArchive(archive.store, { signal: new AbortController().signal })) shown.push(line);
    expect(shown).toHaveLength(8);
    expect(shown[0]).toMatchObject({ stream: day, version: 1, type: 'anpr.lookup.requested', who: `utente ${ids.user}`, words: expect.stringContaining('ha chiesto residenza') as string });
    expect(JSON.stringify(shown)).not.toMatch(/XXXYYY|s1\./);
  });

  it('is as long as one asks', async () => {
    expect(await lines({ last: 3 })).toEqual([`${day}@6`, `${other}@1`, `${other}@2`]);
    expect(await lines({ last: 0 })).toEqual([]);
    expect(await lines({ last: 1, prefixes: [day] })).toEqual([`${day}@6`]);
  });

  it('is found from the end back: what is before it is not read, however long it is', async () => {
    const given: string[] = [];
    const counting: Pick<EventStore, 'subscribe'> = {
      async *subscribe(...asked) {
        for await (const item of archive.store.subscribe(...asked)) {
          if (!isCaughtUp(item)) given.push(`${item.stream}@${item.version}`);
          yield item;
        }
      },
    };
    const shown: string[] = [];
    for await (const { stream, version } of tailArchive(counting, { last: 2, signal: new AbortController().signal })) shown.push(`${stream}@${version}`);
    expect(shown).toEqual([`${other}@1`, `${other}@2`]);
    expect(given).toEqual(shown);
  });

  it('goes on with what comes, until one has seen enough', async () => {
    const ending = new AbortController();
    const seen: string[] = [];
    for await (const { stream, version } of tailArchive(archive.store, { signal: ending.signal, last: 1, follow: true })) {
      seen.push(`${stream}@${version}`);
      if (seen.length === 1) await asked(archive, { at: new Date('2026-11-23T10:00:00.000Z'), outcome: 'trovato' });
      if (seen.length === 3) ending.abort();
    }
    expect(seen).toEqual([`${other}@2`, `${day}@7`, `${day}@8`]);
  });
});
