import type { Environment } from '@geres/kernel';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ulid } from 'ulid';
import { z } from 'zod';
import { syncFolder } from '../durably.js';
import { parsedJson } from '../json.js';
import type { Installation } from '../installation.js';

const FORMAT = 1;
const Stored = z.strictObject({ format: z.literal(FORMAT), id: z.string(), incarnation: z.string(), environment: z.enum(['test', 'produzione']), createdAt: z.string() });

/** A data folder of another environment, or one that this release cannot read. The message is for whoever starts the process. */
export class WrongInstallation extends Error {
  override readonly name = 'WrongInstallation';
}

const fileOf = (folder: string): string => join(folder, 'installation.json');

/** What the data folder says it is; `undefined` in a new one. */
export async function readInstallation(folder: string): Promise<Installation | undefined> {
  const text = await readFile(fileOf(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const stored = Stored.safeParse(parsedJson(text));
  if (!stored.success) throw new WrongInstallation(`${fileOf(folder)} non è leggibile da questa versione di GeRes`);
  const { id, incarnation, environment } = stored.data;
  return { id, incarnation, environment };
}

/** What the data folder says it is, of that environment; `undefined` in a new one. Errors: `WrongInstallation`. */
export async function installationIn(folder: string, environment: Environment): Promise<Installation | undefined> {
  const known = await readInstallation(folder);
  if (known && known.environment !== environment) {
    throw new WrongInstallation(`la cartella dei dati ${folder} è dell’ambiente «${known.environment}»: non si può avviare in «${environment}»`);
  }
  return known;
}

/** The installation of the folder, made now if the folder is new. Errors: `WrongInstallation` for a folder of another environment. */
export async function installationOf(folder: string, environment: Environment, now: Date): Promise<Installation> {
  const known = await installationIn(folder, environment);
  return known ?? writeInstallation(folder, { id: ulid(now.getTime()), incarnation: ulid(now.getTime()), environment }, now);
}

/** Whole or not at all. */
export async function writeInstallation(folder: string, installation: Installation, now: Date): Promise<Installation> {
  const { id, incarnation, environment } = installation;
  await writeDurably(fileOf(folder), JSON.stringify({ format: FORMAT, id, incarnation, environment, createdAt: now.toISOString() }, null, 2));
  return installation;
}

/** Whole or not at all: a new file, flushed, takes the place of the old one. */
export async function writeDurably(file: string, text: string, mode = 0o600): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  await syncFolder(dirname(file));
}
