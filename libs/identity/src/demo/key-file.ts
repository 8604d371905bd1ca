import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair) as unknown as (type: string, options: object) => Promise<{ privateKey: KeyObject }>;

const newKey = async (kind: 'RSA' | 'EC'): Promise<string> => {
  const { privateKey } = await (kind === 'RSA' ? generate('rsa', { modulusLength: 2048 }) : generate('ec', { namedCurve: 'P-256' }));
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
};

/** The public key (PEM) of the private key in `file`, which is made, readable by its owner alone, if it is not there. */
export async function publicKeyOf(file: string, kind: 'RSA' | 'EC'): Promise<string> {
  const pem = (await stored(file)) ?? (await made(file, kind));
  return createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;
}

async function stored(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function made(file: string, kind: 'RSA' | 'EC'): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const pem = await newKey(kind);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(pem);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return pem;
}
