import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import { syncFolder } from '../durably.js';
import { parsedJson } from '../json.js';
import { keyEncryptionKey, type KeyEncryptionKey, type KeyStores } from './key-store.js';

export const CUSTODIES = ['archive', 'connector', 'admin'] as const satisfies readonly (keyof KeyStores)[];
const Key = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);
const KeyFile = z.strictObject({ archive: Key, connector: Key, admin: Key });

/** Something about the key-encryption keys is wrong. The message is for whoever starts the process and never holds a key. */
export class UnusableKeys extends Error {
  override readonly name = 'UnusableKeys';
}

export interface KeyOptions {
  /** `GERES_KEK_ARCHIVE`, `GERES_KEK_CONNECTOR`, `GERES_KEK_ADMIN`: 32 bytes, base64. All or none. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataFolder: string;
  /** Default: `<dataFolder>.keys`, beside the data folder and never inside. */
  readonly file?: string | undefined;
  /** What the keys open is there already: they are not made. */
  readonly mustExist?: boolean;
}

export type KeyEncryptionKeys = Readonly<Record<keyof KeyStores, KeyEncryptionKey>> & {
  /** The file that was made now, to be kept safe. */
  readonly madeAt?: string;
};

/** From the environment, else from a file readable by its owner alone, made at the first start. Errors: `UnusableKeys`. */
export async function loadKeyEncryptionKeys({ env, dataFolder, file, mustExist = false }: KeyOptions): Promise<KeyEncryptionKeys> {
  const given = CUSTODIES.filter((custody) => env[variable(custody)] !== undefined);
  if (given.length === CUSTODIES.length) return keysOf(Object.fromEntries(CUSTODIES.map((custody) => [custody, fromEnvironment(env, custody)])));
  if (given.length > 0) throw new UnusableKeys(`manca ${CUSTODIES.filter((custody) => !given.includes(custody)).map(variable).join(', ')}: le chiavi si danno tutte o nessuna`);
  const path = resolve(file ?? `${dataFolder}.keys`);
  if (!relative(resolve(dataFolder), path).startsWith('..')) throw new UnusableKeys(`il file delle chiavi ${path} non può stare nella cartella dei dati`);
  const made = !mustExist && (await make(path));
  return { ...(await read(path)), ...(made ? { madeAt: path } : {}) };
}

const variable = (custody: string): string => `GERES_KEK_${custody.toUpperCase()}`;

function fromEnvironment(env: KeyOptions['env'], custody: string): string {
  const key = Key.safeParse(env[variable(custody)]);
  if (!key.success) throw new UnusableKeys(`${variable(custody)} non è una chiave di 32 byte in base64`);
  return key.data;
}

const keysOf = (encoded: Readonly<Record<string, string>>): KeyEncryptionKeys => {
  const of = (custody: keyof KeyStores): KeyEncryptionKey => keyEncryptionKey(Buffer.from(encoded[custody]!, 'base64'));
  return { archive: of('archive'), connector: of('connector'), admin: of('admin') };
};

async function make(path: string): Promise<boolean> {
  const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw new UnusableKeys(`il file delle chiavi ${path} non si può creare: ${error.code ?? error.name}`);
  });
  if (!handle) return false;
  try {
    await handle.writeFile(`${JSON.stringify(Object.fromEntries(CUSTODIES.map((custody) => [custody, randomBytes(32).toString('base64')])), null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(path));
  return true;
}

async function read(path: string): Promise<KeyEncryptionKeys> {
  const { mode } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UnusableKeys(`il file delle chiavi ${path} ${error.code === 'ENOENT' ? 'non c’è: serve quello con cui i segreti sono stati protetti (GERES_KEYS_FILE)' : `non si legge (${error.code ?? error.name})`}`);
  });
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new UnusableKeys(`il file delle chiavi ${path} è leggibile da altri: chmod 600 ${path}`);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UnusableKeys(`il file delle chiavi ${path} non si legge (${error.code ?? error.name})`);
  });
  const keys = KeyFile.safeParse(parsedJson(text));
  if (!keys.success) throw new UnusableKeys(`il file delle chiavi ${path} non contiene tre chiavi di 32 byte in base64`);
  return keysOf(keys.data);
}
