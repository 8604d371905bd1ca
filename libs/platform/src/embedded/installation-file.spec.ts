import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newKeks, openInstallation } from '../testing/installation.js';
import { workplace } from '../testing/temporary-folder.js';
import { installationOf, readInstallation, WrongInstallation, writeInstallation } from './installation-file.js';

const { folder } = workplace();
const now = new Date('2026-11-23T09:00:00.000Z');

describe('what a data folder says it is', () => {
  it('is fixed at its first start', async () => {
    const where = await folder();
    expect(await readInstallation(where)).toBeUndefined();
    const made = await installationOf(where, 'test', now);
    expect(made).toEqual({ id: expect.stringMatching(/^[0-9A-Z]{26}$/) as string, incarnation: expect.stringMatching(/^[0-9A-Z]{26}$/) as string, environment: 'test' });
    expect(made.id).not.toBe(made.incarnation);
    expect(await installationOf(where, 'test', new Date('2027-01-01T00:00:00.000Z'))).toEqual(made);
    expect(await readInstallation(where)).toEqual(made);
    expect((await stat(join(where, 'installation.json'))).mode & 0o777).toBe(0o600);
  });

  it('is another for every folder', async () => {
    const [one, other] = [await installationOf(await folder(), 'test', now), await installationOf(await folder(), 'test', now)];
    expect(new Set([one.id, one.incarnation, other.id, other.incarnation]).size).toBe(4);
  });

  it.each([
    ['test', 'produzione'],
    ['produzione', 'test'],
  ] as const)('keeps a folder of %s from starting in %s', async (is, asked) => {
    const where = await folder();
    const made = await installationOf(where, is, now);
    await expect(installationOf(where, asked, now)).rejects.toMatchObject({ name: 'WrongInstallation', message: `la cartella dei dati ${where} è dell’ambiente «${is}»: non si può avviare in «${asked}»` });
    expect(await readInstallation(where)).toEqual(made);
  });

  it('keeps the engines of another environment shut, and its folder free', async () => {
    const where = await folder();
    const keks = newKeks();
    await (await openInstallation(where, keks, 'test')).close();
    await expect(openInstallation(where, keks, 'produzione')).rejects.toBeInstanceOf(WrongInstallation);
    await (await openInstallation(where, keks, 'test')).close();
  });

  it.each(['', '{', '[]', 'null', '{"format":2}', '{"format":1,"id":"a","incarnation":"b","environment":"collaudo","createdAt":"x"}', '{"format":1,"id":"a","incarnation":"b","environment":"test","createdAt":"x","more":1}', '\u0000\u0000'])(
    'is not made anew over a file that cannot be read: %j',
    async (text) => {
      const where = await folder();
      const file = join(where, 'installation.json');
      await writeFile(file, text);
      for (const reading of [() => readInstallation(where), () => installationOf(where, 'test', now), () => openInstallation(where, newKeks())]) {
        await expect(reading()).rejects.toMatchObject({ name: 'WrongInstallation', message: `${file} non è leggibile da questa versione di GeRes` });
      }
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );

  it('is replaced whole: what a killed process left beside it does not matter', async () => {
    const where = await folder();
    const made = await installationOf(where, 'test', now);
    await writeFile(join(where, 'installation.json.new'), '{"format":1,"id"');
    expect(await readInstallation(where)).toEqual(made);
    await writeInstallation(where, { ...made, incarnation: 'another' }, now);
    expect(await readInstallation(where)).toEqual({ ...made, incarnation: 'another' });
  });
});
