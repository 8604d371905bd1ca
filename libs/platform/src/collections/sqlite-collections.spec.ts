import { cursorAfter, planOf, StoreUnavailable, type Collection } from '@geres/kernel';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { workplace } from '../testing/temporary-folder.js';
import { commitsInLog } from '../testing/wal.js';
import { segmentsOf } from './segments.js';
import { openSqliteCollections } from './sqlite-collections.js';

interface Thing {
  readonly name: string;
  readonly n?: number;
  readonly list?: readonly number[];
}

const { folder, opened, afterwards } = workplace();
const inFile = async (): Promise<string> => join(await folder(), 'collections.db');
const open = (file: string, secureDelete = false) => opened(openSqliteCollections({ file, durability: secureDelete ? 'full' : 'normal', secureDelete }));

describe('the file of the collections', () => {
  it('keeps rows and checkpoints for the next start', async () => {
    const file = await inFile();
    const before = await openSqliteCollections({ file, durability: 'full' });
    await before.collection<Thing>({ name: 'things' }).commit(new Map([['a', { name: 'x' }]]), { position: '0001', incarnation: 'one' });
    await before.close();
    const things = (await open(file)).collection<Thing>({ name: 'things' });
    expect(await things.get('a')).toEqual({ name: 'x' });
    expect(await things.checkpoint()).toEqual({ position: '0001', incarnation: 'one' });
  });

  it('is indexed anew when a release declares other indexes: the rows that are there are found by them', async () => {
    const file = await inFile();
    const before = await openSqliteCollections({ file, durability: 'normal' });
    await before.collection<Thing>({ name: 'things', indexes: [['name']] }).commit(new Map([['a', { name: 'x', n: 2 }], ['b', { name: 'x', n: 1 }], ['c', { name: 'y', list: [1] }]]), { position: '1', incarnation: 'one' });
    await before.close();
    const things = (await open(file)).collection<Thing>({ name: 'things', indexes: [['n'], ['list']] });
    expect((await things.find({ orderBy: { field: 'n', direction: 'asc' } })).rows.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect((await things.find({ range: { field: 'list', from: '' } })).rows).toEqual([]);
    await expect(things.find({ equal: { name: 'x' } })).rejects.toMatchObject({ name: 'NoSuchIndex' });
    const database = new DatabaseSync(file, { readOnly: true });
    const indexes = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`).all() as { name: string }[];
    database.close();
    expect(indexes.map(({ name }) => name)).toEqual(['things:expires', 'things:list', 'things:n']);
  });

  it('answers its queries by index, in the order of the index', async () => {
    const file = await inFile();
    const things = (await open(file)).collection<Thing>({ name: 'things', indexes: [['name', 'n']] });
    await things.insert('a', { name: 'x', n: 1 });
    const database = new DatabaseSync(file, { readOnly: true });
    afterwards(() => database.close());
    for (const direction of ['asc', 'desc'] as const)
      for (const after of [undefined, cursorAfter('a', 1)])
        for (const { sql, given } of segmentsOf('things', planOf<Thing>({ name: 'things', indexes: [['name', 'n']] }, { equal: { name: 'x' }, orderBy: { field: 'n', direction }, ...(after ? { after } : {}) }), 0)) {
          const plan = (database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...given, 10) as { detail: string }[]).map(({ detail }) => detail).join('; ');
          expect(plan).toContain('USING INDEX things:name,n');
          expect(plan).not.toContain('TEMP B-TREE');
        }
  });

  it('does not take the name of a collection or of a field for anything else', async () => {
    const collections = await open(await inFile());
    for (const name of ['', 'Things', 'a b', 'a"; DROP TABLE checkpoints; --', '1a']) expect(() => collections.collection<Thing>({ name })).toThrow(TypeError);
    expect(() => collections.collection({ name: 'things', indexes: [['a"b' as never]] })).toThrow(TypeError);
  });

  it('commits together what waits together', async () => {
    const file = await inFile();
    const things = (await open(file)).collection<Thing>({ name: 'things' });
    await things.insert('first', { name: 'x' });
    const before = await commitsInLog(file);
    await Promise.all(Array.from({ length: 200 }, (_, n) => things.insert(`id-${n}`, { name: 'x', n })));
    const commits = (await commitsInLog(file)) - before;
    expect(commits).toBeGreaterThanOrEqual(1);
    expect(commits).toBeLessThan(50);
  });

  it.each<readonly [string, (file: string) => Promise<void>, RegExp]>([
    ['is no database', (file) => writeFile(file, 'x'.repeat(10_000)), /collections\.db: file is not a database/],
    ['is a database of something else', async (file) => edited(file, 'CREATE TABLE invoices (id INTEGER PRIMARY KEY)'), /collections\.db: the file does not hold collections of GeRes/],
    [
      'was written by a later release',
      async (file) => {
        await (await openSqliteCollections({ file, durability: 'normal' })).close();
        edited(file, 'PRAGMA user_version = 2');
      },
      /collections\.db: the collections were written by a later release \(schema 2\)/,
    ],
  ])('is refused when it %s, and stays as it is', async (_, make, reason) => {
    const file = await inFile();
    await make(file);
    const before = await readFile(file);
    await expect(openSqliteCollections({ file, durability: 'normal' })).rejects.toMatchObject({ name: 'StoreUnavailable', reason: expect.stringMatching(reason) as string });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('that was closed is not there any more: nobody waits', async () => {
    const collections = await openSqliteCollections({ file: await inFile(), durability: 'normal' });
    const things = collections.collection<Thing>({ name: 'things', indexes: [['name']] });
    await things.insert('a', { name: 'x' });
    await collections.close();
    for (const asking of [() => things.get('a'), () => things.insert('b', { name: 'x' }), () => things.find({ equal: { name: 'x' } }), () => things.checkpoint(), () => collections.sweep()]) await expect(asking()).rejects.toBeInstanceOf(StoreUnavailable);
    await collections.close();
  });

  it('is copied while it works', async () => {
    const collections = await open(await inFile());
    const things = collections.collection<Thing>({ name: 'things' });
    await Promise.all(Array.from({ length: 50 }, (_, n) => things.insert(`id-${n}`, { name: 'x', n })));
    const to = await inFile();
    const later = Promise.all(Array.from({ length: 50 }, (_, n) => things.insert(`later-${n}`, { name: 'x', n })));
    await collections.backup(to);
    await later;
    const copy = (await open(to)).collection<Thing>({ name: 'things' });
    expect((await copy.getMany(Array.from({ length: 50 }, (_, n) => `id-${n}`))).size).toBe(50);
    await expect(collections.backup(to)).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

function edited(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

describe('what is removed from a file that erases', () => {
  const secret = (n: number): string => `secret-${n}-${'0123456789abcdef'.repeat(40)}`;
  const holding = async (file: string, text: string): Promise<readonly string[]> => {
    const where = join(file, '..');
    const names = await readdir(where);
    const found = await Promise.all(names.map(async (name) => ((await readFile(join(where, name))).includes(text) ? [name] : [])));
    return found.flat();
  };

  it.each<readonly [string, (things: Collection<Thing>, sweep: () => Promise<unknown>) => Promise<unknown>]>([
    ['replaced', (things) => things.replace('id-7', { name: secret(7) }, { name: 'gone' })],
    ['removed', (things) => things.remove('id-7')],
    ['cleared', (things) => things.clear()],
    ['swept', async (things, sweep) => (await things.replace('id-7', { name: secret(7) }, { name: secret(7) }, { expiresAt: new Date(Date.now() - 1) }), sweep())],
  ])('is in none of its files as soon as it was told to be %s', async (_, erase) => {
    const file = await inFile();
    const collections = await open(file, true);
    const things = collections.collection<Thing>({ name: 'things', indexes: [['name']] });
    for (let n = 0; n < 40; n++) await things.insert(`id-${n}`, { name: secret(n) });
    expect(await holding(file, secret(7))).not.toEqual([]);
    await erase(things, () => collections.sweep());
    expect(await holding(file, secret(7))).toEqual([]);
  });

  it('is not told to be gone while somebody still reads the old file', async () => {
    const file = await inFile();
    const collections = await open(file, true);
    const things = collections.collection<Thing>({ name: 'things' });
    await things.insert('a', { name: secret(1) });
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM things').get();
    await expect(things.remove('a')).rejects.toMatchObject({ name: 'StoreUnavailable', reason: expect.stringMatching(/still in the log/) as string });
    reader.close();
    await things.remove('a');
    expect(await holding(file, secret(1))).toEqual([]);
  });
});
