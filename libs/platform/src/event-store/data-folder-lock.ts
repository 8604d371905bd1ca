import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process works on the data folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  constructor(
    readonly folder: string,
    readonly pid: string | undefined,
  ) {
    super(`la cartella dei dati ${folder} è in uso${pid ? ` dal processo ${pid}` : ''}`);
  }
}

export interface DataFolderLock {
  release(): Promise<void>;
}

/**
 * Keeps every other process off the folder for as long as this one lives: an exclusive transaction on a file of its own, which the operating system ends
 * with the process, however it ends. Errors: `DataFolderInUse`.
 */
export async function lockDataFolder(folder: string): Promise<DataFolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pidFile = join(folder, 'lock.pid');
  const database = new DatabaseSync(join(folder, 'lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS lock (a)');
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test((error as Error).message)) throw error;
    throw new DataFolderInUse(folder, await readFile(pidFile, 'utf8').catch(() => undefined));
  }
  await writeFile(pidFile, String(process.pid));
  return {
    release: () => {
      if (database.isOpen) database.close();
      return Promise.resolve();
    },
  };
}
