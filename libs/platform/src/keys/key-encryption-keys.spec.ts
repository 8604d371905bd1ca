import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workplace } from '../testing/temporary-folder.js';
import { loadKeyEncryptionKeys, UnusableKeys, type KeyOptions } from './key-encryption-keys.js';

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
    expect(new Set([made.archive.id, made.connector.id, made.admin.id]).size).toBe(3);
    for (const { key: bytes } of [made.archive, made.connector, made.admin]) expect(bytes).toHaveLength(32);
  });

  it('are the same at the next, and are not made again', async () => {
    const { dataFolder, keys } = await inFolder();
    const made = await loadKeyEncryptionKeys({ env: {}, dataFolder });
    const text = await readFile(keys, 'utf8');
    const again = await loadKeyEncryptionKeys({ env: {}, dataFolder });
    expect(again.madeAt).toBeUndefined();
    expect([again.archive, again.connector, again.admin]).toEqual([made.archive, made.connector, made.admin]);
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
    'are refused from a file that does not hold three keys: %s',
    async (text) => {
      const { dataFolder, keys } = await inFolder();
      await writeFile(keys, text, { mode: 0o600 });
      await refused({ env: {}, dataFolder }, keys);
      expect(await readFile(keys, 'utf8')).toBe(text);
    },
  );
});

describe('the key-encryption keys of the environment', () => {
  const env = (): Record<string, string> => ({ GERES_KEK_ARCHIVE: key(), GERES_KEK_CONNECTOR: key(), GERES_KEK_ADMIN: key() });

  it('are taken all three, and no file is made', async () => {
    const { dataFolder, keys } = await inFolder();
    const given = env();
    const loaded = await loadKeyEncryptionKeys({ env: given, dataFolder });
    expect(loaded.admin.key.toString('base64')).toBe(given['GERES_KEK_ADMIN']);
    expect(loaded.madeAt).toBeUndefined();
    await expect(stat(keys)).rejects.toThrow();
  });

  it.each(['GERES_KEK_ARCHIVE', 'GERES_KEK_CONNECTOR', 'GERES_KEK_ADMIN'])('are refused without %s: all or none', async (missing) => {
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
