import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { syncFolder } from '../durably.js';
import { parsedJson } from '../json.js';
import { UnusableKeys } from './unusable-keys.js';

/** 32 bytes in base64. */
export const WrappingKey = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);
/** By custody. */
export type EncodedKeys = Readonly<Record<string, string>>;

/** Custodies of the first release: a file that has these, and not the others, was made by an earlier one. */
const FIRST = ['archive', 'connector', 'admin'];

/** A new file for its owner alone, durable when it resolves. False where there is one already. Errors: `UnusableKeys`. */
export async function makeKeyFile(path: string, keys: EncodedKeys): Promise<boolean> {
  try {
    await write(path, keys);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new UnusableKeys(`il file delle chiavi ${path} non si può creare: ${codeOf(error)}`);
  }
  await syncFolder(dirname(path));
  return true;
}

/** What a file holds, and which of `custodies` a file of an earlier release lacks. Errors: `UnusableKeys`. */
export async function readKeyFile(path: string, custodies: readonly string[]): Promise<{ readonly keys: EncodedKeys; readonly lacks: readonly string[] }> {
  const { mode } = await stat(path).catch((error: unknown) => {
    throw new UnusableKeys(`il file delle chiavi ${path} ${codeOf(error) === 'ENOENT' ? 'non c’è: serve quello con cui i segreti sono stati protetti (GERES_KEYS_FILE)' : `non si legge (${codeOf(error)})`}`);
  });
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new UnusableKeys(`il file delle chiavi ${path} è leggibile da altri: chmod 600 ${path}`);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UnusableKeys(`il file delle chiavi ${path} non si legge (${codeOf(error)})`);
  });
  const File = z.strictObject(Object.fromEntries(custodies.map((custody) => [custody, FIRST.includes(custody) ? WrappingKey : WrappingKey.optional()])));
  const keys = File.safeParse(parsedJson(text));
  if (!keys.success) throw new UnusableKeys(`il file delle chiavi ${path} non contiene le chiavi ${custodies.join(', ')}, di 32 byte in base64`);
  return { keys: keys.data as EncodedKeys, lacks: custodies.filter((custody) => keys.data[custody] === undefined) };
}

/**
 * Adds what a file of an earlier release lacks; whole or not at all, and durable when it resolves. Processes that do so together, and one that comes after a
 * crash, all end with the same keys: the one who puts `<path>.next` decides, and nobody puts another while it is there. Errors: `UnusableKeys`.
 */
export async function completeKeyFile(path: string, custodies: readonly string[], newKey: () => string): Promise<EncodedKeys> {
  const next = `${path}.next`;
  const { keys } = await readKeyFile(path, custodies);
  try {
    await publish(next, { ...Object.fromEntries(custodies.map((custody) => [custody, keys[custody] ?? newKey()])) });
    // Somebody may have completed it between the reading and the putting; from here on nobody can.
    if ((await readKeyFile(path, custodies)).lacks.length === 0) await rm(next, { force: true });
    else await rename(next, path).catch(unlessAway);
    await syncFolder(dirname(path));
  } catch (error) {
    if (error instanceof UnusableKeys) throw error;
    throw new UnusableKeys(`al file delle chiavi ${path}, di una versione precedente, mancano chiavi che non si possono aggiungere: ${codeOf(error)}`);
  }
  return (await readKeyFile(path, custodies)).keys;
}

/** Keys that are to take the place of those of a file: made beside it, or those that an attempt which was cut had made. Errors: `UnusableKeys`. */
export async function nextKeyFile(path: string, keys: EncodedKeys, custodies: readonly string[]): Promise<EncodedKeys> {
  const next = succeeding(path);
  await makeKeyFile(next, keys);
  return (await readKeyFile(next, custodies)).keys;
}

/** The keys made by `nextKeyFile` take the place of those of the file, which are kept under another name: copies of before need them. Resolves to that name. */
export async function takeOver(path: string, now: Date): Promise<string> {
  const kept = `${path}.fino-al-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  await link(path, kept).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await rename(succeeding(path), path);
  await syncFolder(dirname(path));
  return kept;
}

const succeeding = (path: string): string => `${path}.nuove`;

/** A whole file appears under that name, or the one that is there stays. */
async function publish(path: string, keys: EncodedKeys): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await write(draft, keys);
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function write(path: string, keys: EncodedKeys): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(keys, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const unlessAway = (error: unknown): void => {
  if (codeOf(error) !== 'ENOENT') throw error;
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).name;
