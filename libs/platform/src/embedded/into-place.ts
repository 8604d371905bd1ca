import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFile, syncFolder } from '../durably.js';
import { lockDataFolder } from '../event-store/index.js';
import { UnusableBackup } from './backup.js';

const STAGE = '.in-preparazione';
const INSTALLATION = 'installation.json';
/** The lock, its journal, the id of its process. */
const isLock = (name: string): boolean => /^lock(?:$|[.-])/.test(name);

/**
 * Makes the content of a new data folder beside its place, then moves it there, `installation.json` last: a folder without that file does not start. When `make`
 * fails the folder is as it was; what a killed process left is removed by the next attempt. Errors: `UnusableBackup` when the folder is not empty,
 * `DataFolderInUse`, and those of `make`.
 */
export async function intoPlace<T>(folder: string, make: (stage: string) => Promise<T>): Promise<T> {
  const madeNow = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
  if ((await contentOf(folder)).length > 0) throw new UnusableBackup(`la cartella dei dati ${folder} non è vuota`);
  const lock = await lockDataFolder(folder);
  const stage = join(folder, STAGE);
  try {
    if ((await contentOf(folder)).length > 0) throw new UnusableBackup(`la cartella dei dati ${folder} non è vuota`);
    await rm(stage, { recursive: true, force: true });
    await mkdir(stage, { mode: 0o700 });
    const made = await make(stage);
    const files = (await readdir(stage)).filter((file) => !isLock(file));
    for (const file of files) await syncFile(join(stage, file));
    for (const file of [...files.filter((name) => name !== INSTALLATION), INSTALLATION]) await rename(join(stage, file), join(folder, file));
    await syncFolder(folder);
    await rm(stage, { recursive: true, force: true });
    await lock.release();
    return made;
  } catch (error) {
    await rm(stage, { recursive: true, force: true });
    await lock.release();
    if ((await contentOf(folder)).length === 0) await clear(folder, madeNow);
    throw error;
  }
}

const contentOf = async (folder: string): Promise<readonly string[]> => (await readdir(folder)).filter((name) => name !== STAGE && !isLock(name));

async function clear(folder: string, madeNow: boolean): Promise<void> {
  for (const file of (await readdir(folder)).filter(isLock)) await rm(join(folder, file), { force: true });
  if (madeNow) await rmdir(folder).catch(() => undefined);
}
