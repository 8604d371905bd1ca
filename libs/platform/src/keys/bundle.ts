import { calculateJwkThumbprint, CompactEncrypt, compactDecrypt, type JWK } from 'jose';
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CUSTODIES, type KeyStores } from './key-store.js';

/** Where the secrets of an installation may travel to: an EC P-256 or an RSA key of at least 2048 bits. */
export interface TransportKey {
  readonly key: KeyObject;
  /** RFC 7638 thumbprint of its public half. */
  readonly id: string;
}

/** A key that is not one for secrets, or a bundle that it does not open. The message is for whoever asked and quotes nothing. */
export class UnusableTransportKey extends Error {
  override readonly name = 'UnusableTransportKey';
}

const TYPE = 'geres-segreti';
const ALGORITHMS = ['ECDH-ES', 'RSA-OAEP-256'];
/** Secrets in one bundle, and bytes of them: a line of some 100 KiB, or a little more than 256 where keys with their certificates are among them. */
const MOST = 1000;
const MOST_BYTES = 128 * 1024;

const Bundle = z.array(z.strictObject({ custodia: z.enum(CUSTODIES), id: z.string().min(1), segreto: z.base64().min(1).optional() }));
type Bundle = z.infer<typeof Bundle>;

const generate = promisify(generateKeyPair) as unknown as (type: 'ec', options: object) => Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>;

/** A new pair of PEM texts: the public one travels, the private one opens what comes back. */
export async function newTransportKey(): Promise<{ readonly publicPem: string; readonly privatePem: string; readonly id: string }> {
  const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  return { publicPem, privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, id: (await publicTransportKey(publicPem)).id };
}

/** Of a PEM text. Errors: `UnusableTransportKey`, also for a private key: that one must not travel. */
export async function publicTransportKey(pem: string): Promise<TransportKey> {
  if (pem.includes('PRIVATE KEY')) throw new UnusableTransportKey('questa è una chiave privata: serve la pubblica');
  return transportKey(() => createPublicKey(pem));
}

/** Of a PEM text. Errors: `UnusableTransportKey`. */
export const privateTransportKey = (pem: string): Promise<TransportKey> => transportKey(() => createPrivateKey(pem));

async function transportKey(read: () => KeyObject): Promise<TransportKey> {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new UnusableTransportKey('la chiave non si legge: serve un file PEM');
  }
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key;
  const fits = (kind === 'ec' && details?.namedCurve === 'prime256v1') || (kind === 'rsa' && (details?.modulusLength ?? 0) >= 2048);
  if (!fits) throw new UnusableTransportKey('la chiave deve essere EC P-256 o RSA di almeno 2048 bit');
  const publicHalf = key.type === 'private' ? createPublicKey(key) : key;
  return { key, id: await calculateJwkThumbprint(publicHalf.export({ format: 'jwk' }) as JWK) };
}

/** Every secret of an installation, sealed to `to`: compact JWE texts of a bounded length. Errors: `WrongKeyEncryptionKey`. */
export async function* sealSecrets(stores: KeyStores, to: TransportKey): AsyncIterable<string> {
  let waiting: Bundle = [];
  let bytes = 0;
  for (const custody of CUSTODIES) {
    for await (const { id, secret } of stores[custody].secrets()) {
      waiting.push({ custodia: custody, id, ...(secret ? { segreto: secret.toString('base64') } : {}) });
      bytes += secret?.length ?? 0;
      if (waiting.length < MOST && bytes < MOST_BYTES) continue;
      yield await seal(waiting, to);
      waiting = [];
      bytes = 0;
    }
  }
  if (waiting.length > 0) yield await seal(waiting, to);
}

const seal = (bundle: Bundle, { key, id }: TransportKey): Promise<string> =>
  new CompactEncrypt(Buffer.from(JSON.stringify(bundle)))
    .setProtectedHeader({ alg: key.asymmetricKeyType === 'rsa' ? 'RSA-OAEP-256' : 'ECDH-ES', enc: 'A256GCM', typ: TYPE, kid: id })
    .encrypt(key);

/** Opens a bundle without taking anything from it. Errors: `UnusableTransportKey`. */
export async function openBundle(jwe: string, { key }: TransportKey): Promise<Bundle> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, key, { keyManagementAlgorithms: ALGORITHMS, contentEncryptionAlgorithms: ['A256GCM'] });
    if (protectedHeader['typ'] === TYPE) return Bundle.parse(JSON.parse(new TextDecoder().decode(plaintext)));
  } catch {
    // told below, whatever it was
  }
  throw new UnusableTransportKey('questa chiave privata non apre i segreti del file');
}

/** Puts the secrets of a bundle under this installation's key-encryption keys. Errors: `UnusableTransportKey`, also when another secret has the place of one. */
export async function adoptBundle(stores: KeyStores, jwe: string, key: TransportKey): Promise<number> {
  const bundle = await openBundle(jwe, key);
  for (const { custodia, id, segreto } of bundle) {
    const adopted = await stores[custodia].adopt({ id, ...(segreto === undefined ? {} : { secret: Buffer.from(segreto, 'base64') }) });
    if (!adopted) throw new UnusableTransportKey('l’installazione ha già altri segreti al posto di quelli del file');
  }
  return bundle.length;
}
