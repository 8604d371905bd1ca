import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workplace } from '../testing/temporary-folder.js';
import { loadKeyEncryptionKeys, succeedingKeys, type KeyOptions } from './key-encryption-keys.js';
import { UnusableKeys } from './unusable-keys.js';

const { folder } = workplace();
const inFolder = async (): Promise<{ readonly dataFolder: string; readonly keys: string }> => {
  const where = await folder();
  return { dataFolder: join(where, 'data'), keys: join(where, 'data.keys') };
};
const key = (): string => randomBytes(32).toString('base64');
const refused = async (options: KeyOptions, ...words: readonly string[]): Promise<void> => {
  const error: unknown = await loadKeyEncryptionKeys(options).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(UnusableKeys);
  for (const word of words) expect((error as UnusableKeys).message).toContain(word);
};

describe('the key-encryption keys of an installation that was not given any', () => {
  it('are made at the first start, in a file beside the data folder that its owner alone reads', async () => {
    const { dataFolder, keys } = await inFolder();
    const made = await loadKeyEncryptionKeys({ env: {}, dataFolder });
    expect(made.madeAt).toBe(keys);
    expect((await stat(keys)).mode & 0o777).toBe(0o600);
    expect(new Set([made.archive.id, made.connector.id, made.certificates.id, made.admin.id]).size).toBe(4);
    for (const { key: bytes } of [made.archive, made.connector, made.certificates, made.admin]) expect(bytes).toHaveLength(32);
  });

  it('are the same at the next, and are not made again', async () => {
    const { dataFolder, keys } = await inFolder();
    const made = await loadKeyEncryptionKeys({ env: {}, dataFolder });
    const text = await readFile(keys, 'utf8');
    const again = await loadKeyEncryptionKeys({ env: {}, dataFolder });
    expect(again.madeAt).toBeUndefined();
    expect([again.archive, again.connector, again.certificates, again.admin]).toEqual([made.archive, made.connector, made.certificates, made.admin]);
    expect(await readFile(keys, 'utf8')).toBe(text);
  });

  it('may be in a file of another place, never inside the data folder', async () => {
    const { dataFolder } = await inFolder();
    await mkdir(dataFolder);
    const file = `${dataFolder}-elsewhere.json`;
    expect((await loadKeyEncryptionKeys({ env: {}, dataFolder, file })).madeAt).toBe(file);
    for (const inside of [join(dataFolder, 'keys'), join(dataFolder, 'a', '..', 'b', 'keys'), dataFolder]) await refused({ env: {}, dataFolder, file: inside }, 'non può stare nella cartella dei dati');
  });

  it('are not made where what they open is there already', async () => {
    const { dataFolder, keys } = await inFolder();
    await refused({ env: {}, dataFolder, mustExist: true }, keys);
    await expect(stat(keys)).rejects.toThrow();
  });

  it('are refused from a file that others may read', async () => {
    const { dataFolder, keys } = await inFolder();
    await loadKeyEncryptionKeys({ env: {}, dataFolder });
    for (const mode of [0o640, 0o604, 0o660]) {
      await chmod(keys, mode);
      await refused({ env: {}, dataFolder }, keys, 'chmod 600');
    }
  });

  it.each(['', 'not json', '{}', '[]', JSON.stringify({ archive: key(), connector: key() }), JSON.stringify({ archive: key(), connector: key(), admin: 'AAAA' }), JSON.stringify({ archive: key(), connector: key(), admin: key(), more: key() })])(
    'are refused from a file that does not hold the keys: %s',
    async (text) => {
      const { dataFolder, keys } = await inFolder();
      await writeFile(keys, text, { mode: 0o600 });
      await refused({ env: {}, dataFolder }, keys);
      expect(await readFile(keys, 'utf8')).toBe(text);
    },
  );
});

describe('a file of key-encryption keys that an earlier release has made', () => {
  const earlier = async (): Promise<{ readonly dataFolder: string; readonly keys: string; readonly held: Readonly<Record<string, string>> }> => {
    const { dataFolder, keys } = await inFolder();
    const held = { archive: key(), connector: key(), admin: key() };
    await writeFile(keys, JSON.stringify(held), { mode: 0o600 });
    return { dataFolder, keys, held };
  };
  const stored = async (keys: string): Promise<Readonly<Record<string, string>>> => JSON.parse(await readFile(keys, 'utf8')) as Record<string, string>;

  it('gets the one it lacks, keeps the others and stays its owner’s alone, and it is said', async () => {
    const { dataFolder, keys, held } = await earlier();
    const loaded = await loadKeyEncryptionKeys({ env: {}, dataFolder, mustExist: true });
    expect(loaded).toMatchObject({ completedAt: keys });
    expect(loaded.madeAt).toBeUndefined();
    expect(await stored(keys)).toEqual({ ...held, certificates: loaded.certificates.key.toString('base64') });
    expect((await stat(keys)).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(keys))).toEqual(['data.keys']);
    const again = await loadKeyEncryptionKeys({ env: {}, dataFolder });
    expect(again.certificates).toEqual(loaded.certificates);
    expect(again.completedAt).toBeUndefined();
  });

  it('is completed once, however many do so together', async () => {
    const { dataFolder, keys, held } = await earlier();
    const all = await Promise.all(Array.from({ length: 12 }, () => loadKeyEncryptionKeys({ env: {}, dataFolder })));
    expect(new Set(all.map(({ certificates }) => certificates.id)).size).toBe(1);
    expect(await stored(keys)).toEqual({ ...held, certificates: all[0]!.certificates.key.toString('base64') });
    expect(await readdir(dirname(keys))).toEqual(['data.keys']);
  });

  it('is completed as a start that was cut had begun to', async () => {
    const { dataFolder, keys, held } = await earlier();
    const begun = { ...held, certificates: key() };
    await writeFile(`${keys}.next`, JSON.stringify(begun), { mode: 0o600 });
    expect((await loadKeyEncryptionKeys({ env: {}, dataFolder })).certificates.key.toString('base64')).toBe(begun.certificates);
    expect(await stored(keys)).toEqual(begun);
  });

  it('is left as it is where it cannot be completed', async () => {
    const { dataFolder, keys } = await earlier();
    const text = await readFile(keys, 'utf8');
    await mkdir(`${keys}.next`);
    await refused({ env: {}, dataFolder }, keys, 'versione precedente');
    expect(await readFile(keys, 'utf8')).toBe(text);
  });
});

describe('the key-encryption keys of the environment', () => {
  const env = (): Record<string, string> => ({ GERES_KEK_ARCHIVE: key(), GERES_KEK_CONNECTOR: key(), GERES_KEK_CERTIFICATES: key(), GERES_KEK_ADMIN: key() });

  it('are taken all, and no file is made', async () => {
    const { dataFolder, keys } = await inFolder();
    const given = env();
    const loaded = await loadKeyEncryptionKeys({ env: given, dataFolder });
    expect(loaded.admin.key.toString('base64')).toBe(given['GERES_KEK_ADMIN']);
    expect(loaded.madeAt).toBeUndefined();
    await expect(stat(keys)).rejects.toThrow();
  });

  it.each(['GERES_KEK_ARCHIVE', 'GERES_KEK_CONNECTOR', 'GERES_KEK_CERTIFICATES', 'GERES_KEK_ADMIN'])('are refused without %s: all or none', async (missing) => {
    const { dataFolder } = await inFolder();
    const { [missing]: _, ...given } = env();
    await refused({ env: given, dataFolder }, missing);
  });

  it.each(['short', '', 'A'.repeat(44), `${'A'.repeat(42)}é=`, Buffer.alloc(33).toString('base64')])('are refused when one is not 32 bytes in base64, and it is not repeated: %j', async (wrong) => {
    const { dataFolder } = await inFolder();
    const given = { ...env(), GERES_KEK_CONNECTOR: wrong };
    await refused({ env: given, dataFolder }, 'GERES_KEK_CONNECTOR');
    if (wrong.length > 5) expect(String(await loadKeyEncryptionKeys({ env: given, dataFolder }).catch((error: unknown) => error))).not.toContain(wrong);
  });
});

describe('keys of a file that others take the place of', () => {
  it('are kept beside, for the copies that were made under them, and the new ones are read from then on', async () => {
    const { dataFolder, keys } = await inFolder();
    const before = await loadKeyEncryptionKeys({ env: {}, dataFolder });
    const { from, to, takeOver } = await succeedingKeys({ env: {}, dataFolder });
    expect([from.archive, from.admin]).toEqual([before.archive, before.admin]);
    expect(to.archive.id).not.toBe(before.archive.id);
    // Until then nothing has changed for who starts.
    expect((await loadKeyEncryptionKeys({ env: {}, dataFolder })).archive).toEqual(before.archive);
    const { file, kept } = await takeOver(new Date('2026-11-25T09:00:00.000Z'));
    expect([file, kept]).toEqual([keys, `${keys}.fino-al-20261125T090000Z`]);
    expect((await loadKeyEncryptionKeys({ env: {}, dataFolder })).certificates).toEqual(to.certificates);
    expect((await loadKeyEncryptionKeys({ env: {}, dataFolder, file: kept })).archive).toEqual(before.archive);
    for (const one of [keys, kept]) expect((await stat(one)).mode & 0o777).toBe(0o600);
  });

  it('are followed by the same new ones after an attempt that was cut', async () => {
    const { dataFolder } = await inFolder();
    await loadKeyEncryptionKeys({ env: {}, dataFolder });
    const [first, second] = [await succeedingKeys({ env: {}, dataFolder }), await succeedingKeys({ env: {}, dataFolder })];
    expect(second.to.archive).toEqual(first.to.archive);
  });

  it('must be there', async () => {
    const { dataFolder } = await inFolder();
    await expect(succeedingKeys({ env: {}, dataFolder })).rejects.toBeInstanceOf(UnusableKeys);
  });
});
