import { randomBytes } from 'node:crypto';
import { relative, resolve } from 'node:path';
import { completeKeyFile, makeKeyFile, nextKeyFile, readKeyFile, takeOver, WrappingKey, type EncodedKeys } from './key-encryption-key-file.js';
import { CUSTODIES, keyEncryptionKey, type KeyEncryptionKey, type KeyStores } from './key-store.js';
import { UnusableKeys } from './unusable-keys.js';


export interface KeyOptions {
  /** `GERES_KEK_ARCHIVE`, `GERES_KEK_CONNECTOR`, `GERES_KEK_CERTIFICATES`, `GERES_KEK_ADMIN`: 32 bytes, base64. All or none. */
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
  /** The file of an earlier release to which what it lacked was added now: the copy that is kept safe is to be renewed. */
  readonly completedAt?: string;
};

/** From the environment, else from a file readable by its owner alone, made at the first start. Errors: `UnusableKeys`. */
export async function loadKeyEncryptionKeys({ env, dataFolder, file, mustExist = false }: KeyOptions): Promise<KeyEncryptionKeys> {
  const given = CUSTODIES.filter((custody) => env[variable(custody)] !== undefined);
  if (given.length === CUSTODIES.length) return keysOf(encoded((custody) => fromEnvironment(env, custody)));
  if (given.length > 0) {
    const missing = CUSTODIES.filter((custody) => !given.includes(custody)).map(variable);
    throw new UnusableKeys(`manca ${missing.join(', ')}: le chiavi si danno tutte o nessuna (openssl rand -base64 32 ne fa una)`);
  }
  const path = resolve(file ?? `${dataFolder}.keys`);
  if (!relative(resolve(dataFolder), path).startsWith('..')) throw new UnusableKeys(`il file delle chiavi ${path} non può stare nella cartella dei dati`);
  const made = !mustExist && (await makeKeyFile(path, encoded(newKey)));
  const { keys, lacks } = await readKeyFile(path, CUSTODIES);
  if (lacks.length === 0) return { ...keysOf(keys), ...(made ? { madeAt: path } : {}) };
  return { ...keysOf(await completeKeyFile(path, CUSTODIES, newKey)), completedAt: path };
}

/**
 * New keys for an installation that keeps its own in a file. What its secrets are under now comes first; `takeOver` puts the new ones in the place of the old, once
 * every secret is under them. Errors: `UnusableKeys`.
 */
export async function succeedingKeys({ dataFolder, file }: KeyOptions): Promise<{ readonly from: KeyEncryptionKeys; readonly to: KeyEncryptionKeys; takeOver(now: Date): Promise<{ readonly file: string; readonly kept: string }> }> {
  const from = await loadKeyEncryptionKeys({ env: {}, dataFolder, file, mustExist: true });
  const path = resolve(file ?? `${dataFolder}.keys`);
  const to = keysOf(await nextKeyFile(path, encoded(newKey), CUSTODIES));
  return { from, to, takeOver: async (now) => ({ file: path, kept: await takeOver(path, now) }) };
}

const variable = (custody: string): string => `GERES_KEK_${custody.toUpperCase()}`;
const newKey = (): string => randomBytes(32).toString('base64');
const encoded = (keyOf: (custody: string) => string): EncodedKeys => Object.fromEntries(CUSTODIES.map((custody) => [custody, keyOf(custody)]));

function fromEnvironment(env: KeyOptions['env'], custody: string): string {
  const key = WrappingKey.safeParse(env[variable(custody)]);
  if (!key.success) throw new UnusableKeys(`${variable(custody)} non è una chiave di 32 byte in base64`);
  return key.data;
}

const keysOf = (keys: EncodedKeys): KeyEncryptionKeys => {
  const of = (custody: keyof KeyStores): KeyEncryptionKey => keyEncryptionKey(Buffer.from(keys[custody]!, 'base64'));
  return { archive: of('archive'), connector: of('connector'), certificates: of('certificates'), admin: of('admin') };
};
