import type { Environment } from '@geres/kernel';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbedded, type Embedded } from '../embedded/index.js';
import { keyEncryptionKey, type KeyEncryptionKey, type KeyStores } from '../keys/index.js';

export type KeyEncryptionKeysOf = Readonly<Record<keyof KeyStores, KeyEncryptionKey>>;

/** Key-encryption keys of an installation, one for each custody. */
export const newKeks = (): KeyEncryptionKeysOf => {
  const kek = (): KeyEncryptionKey => keyEncryptionKey(randomBytes(32));
  return { archive: kek(), connector: kek(), certificates: kek(), admin: kek() };
};

export const openInstallation = (folder: string, keyEncryptionKeys: KeyEncryptionKeysOf, environment: Environment = 'test'): Promise<Embedded> => openEmbedded({ folder, environment, keyEncryptionKeys, clock: () => new Date() });

/** The files of a folder, and of those in it, that hold any of these bytes. */
export async function filesHolding(folder: string, ...sought: readonly (string | Buffer)[]): Promise<readonly string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const found = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file);
      return sought.some((one) => bytes.includes(one)) ? [file] : [];
    }),
  );
  return found.flat();
}
