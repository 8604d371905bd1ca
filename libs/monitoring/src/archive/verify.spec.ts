import { registerStream } from '@geres/contracts';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asked, ids, openTestArchive, type TestArchive } from '../testing/archive.js';
import { tailArchive } from './tail.js';
import { verifyArchive } from './verify.js';

const run = promisify(execFile);
let archive: TestArchive;
beforeEach(async () => void (archive = await openTestArchive()));
afterEach(() => archive.close());

const day = registerStream(ids.comune, '2026-11-23');
const other = registerStream(ids.otherComune, '2026-11-23');

/** Six events in one register, two in another. */
async function filled(): Promise<void> {
  for (let index = 0; index < 3; index++) await asked(archive, { at: new Date(Date.UTC(2026, 10, 23, 9, index)), outcome: 'trovato' });
  await asked(archive, { at: new Date('2026-11-23T09:00:00.000Z'), comune: ids.otherComune, outcome: 'non-trovato' });
}

/** Somebody with the file in their hands: runs SQL on a copy of it, in a process of its own since only the platform knows the driver here. */
async function tampered(sql: string): Promise<Awaited<ReturnType<typeof openSqliteEventStore>>> {
  const copy = join(archive.folder, `copy-${Math.random().toString(36).slice(2)}.db`);
  await archive.store.backup(copy);
  await run(process.execPath, ['--input-type=module', '-e', `import { DatabaseSync } from 'node:sqlite'; const db = new DatabaseSync(process.argv[1]); db.exec(process.argv[2]); db.close();`, copy, sql]);
  return openSqliteEventStore({ file: copy });
}

async function verified(sql: string) {
  const store = await tampered(sql);
  try {
    return await verifyArchive(store);
  } finally {
    await store.close();
  }
}

describe('verifying the archive', () => {
  it('finds nothing in what nobody has touched, and counts it', async () => {
    await filled();
    expect(await verified('SELECT 1')).toEqual({ streams: 2, events: 8, lastPosition: expect.stringMatching(/^\d+8$/) as string, broken: [] });
  });

  it('has nothing to say of an empty archive', async () => {
    expect(await verifyArchive(archive.store)).toEqual({ streams: 0, events: 0, broken: [] });
  });

  it.each([
    ['the data of an event', `UPDATE events SET data = replace(data, 'trovato', 'ambiguo') WHERE stream = '${day}' AND version = 4`, 4],
    ['who did it', `UPDATE events SET meta = replace(meta, '${ids.user}', '${ids.otherUser}') WHERE stream = '${day}' AND version = 1`, 1],
    ['when it was', `UPDATE events SET meta = replace(meta, '2026-11-23T09:01', '2026-11-23T08:01') WHERE stream = '${day}' AND version = 3`, 3],
    ['its type', `UPDATE events SET type = 'anpr.lookup.failed' WHERE stream = '${day}' AND version = 2`, 2],
    ['its id', `UPDATE events SET id = 'x' WHERE stream = '${day}' AND version = 5`, 5],
    ['its digest', `UPDATE events SET digest = '${'0'.repeat(64)}' WHERE stream = '${day}' AND version = 2`, 2],
    ['an event with one that no store writes', `UPDATE events SET data = '{"a":"\\ud800"}' WHERE stream = '${day}' AND version = 3`, 3],
  ])('finds that somebody altered %s', async (_, sql, version) => {
    await filled();
    expect((await verified(sql)).broken).toEqual([{ stream: day, version }]);
  });

  it('finds an event that was dropped', async () => {
    await filled();
    expect(await verified(`DELETE FROM events WHERE stream = '${day}' AND version = 3`)).toMatchObject({ events: 7, broken: [{ stream: day, version: 3 }] });
  });

  it('finds that the first event was dropped', async () => {
    await filled();
    expect((await verified(`DELETE FROM events WHERE stream = '${day}' AND version = 1`)).broken).toEqual([{ stream: day, version: 1 }]);
  });

  it('finds an event that was inserted, also where those after it were numbered anew', async () => {
    await filled();
    const insert = `INSERT INTO events (position, stream, version, id, type, v, data, meta, digest, category)
      SELECT 1000 + position, stream, 7, 'new', type, v, data, meta, digest, category FROM events WHERE stream = '${day}' AND version = 6`;
    expect((await verified(insert)).broken).toEqual([{ stream: day, version: 7 }]);
    const between = `UPDATE events SET version = version + 100, position = position + 100 WHERE stream = '${day}' AND version >= 3;
      UPDATE events SET version = version - 99 WHERE stream = '${day}' AND version > 100;
      INSERT INTO events (position, stream, version, id, type, v, data, meta, digest, category)
      SELECT 50, stream, 3, 'new', type, v, data, meta, digest, category FROM events WHERE stream = '${day}' AND version = 2`;
    expect((await verified(between)).broken).toEqual([{ stream: day, version: 3 }]);
  });

  it('finds that two events changed places', async () => {
    await filled();
    const swap = `UPDATE events SET version = 100 WHERE stream = '${day}' AND version = 3; UPDATE events SET version = 3 WHERE stream = '${day}' AND version = 4; UPDATE events SET version = 4 WHERE stream = '${day}' AND version = 100;`;
    expect((await verified(swap)).broken).toEqual([{ stream: day, version: 3 }]);
  });

  it('names every damaged register, each where it first breaks, and looks at the others all the same', async () => {
    await filled();
    const both = `UPDATE events SET digest = 'x' WHERE stream = '${day}' AND version IN (2, 5); DELETE FROM events WHERE stream = '${other}' AND version = 1`;
    expect(new Set((await verified(both)).broken)).toEqual(new Set([{ stream: day, version: 2 }, { stream: other, version: 1 }]));
  });

  it('fails, rather than pass over it, at an event that cannot be read at all', async () => {
    await filled();
    await expect(verified(`UPDATE events SET data = '{' WHERE stream = '${day}' AND version = 3`)).rejects.toThrow(day);
  });
});

describe('the end of the archive', () => {
  const lines = async (options: { readonly last?: number; readonly prefixes?: readonly string[] } = {}): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { stream, version } of tailArchive(archive.store, { signal: new AbortController().signal, ...options })) found.push(`${stream}@${version}`);
    return found;
  };

  it('is shown in words, the oldest first, without the person', async () => {
    await filled();
    const shown: object[] = [];
    for await (const line of tailArchive(archive.store, { signal: new AbortController().signal })) shown.push(line);
    expect(shown).toHaveLength(8);
    expect(shown[0]).toMatchObject({ stream: day, version: 1, type: 'anpr.lookup.requested', who: `utente ${ids.user}`, words: expect.stringContaining('ha chiesto residenza') as string });
    expect(JSON.stringify(shown)).not.toMatch(/XXXYYY|s1\./);
  });

  it('is as long as one asks', async () => {
    await filled();
    expect(await lines({ last: 3 })).toEqual([`${day}@6`, `${other}@1`, `${other}@2`]);
    expect(await lines({ last: 0 })).toEqual([]);
    expect(await lines({ last: 1, prefixes: [day] })).toEqual([`${day}@6`]);
  });

  it('goes on with what comes, until one has seen enough', async () => {
    await filled();
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
