import { createHash, createPrivateKey, createPublicKey, pbkdf2Sync, sign, verify, type KeyObject } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import forge from 'node-forge';

/*
 * Reads one key file and ends. A thread of its own: what a file asks for (iterations of its password, nesting) takes the time and memory of this thread, which is
 * ended when it takes too long. Imports node: modules and one package alone.
 */

type KeyFile = { readonly pkcs12: string; readonly password: string } | { readonly pem: string; readonly password?: string };

/** Why a file is not read: from a closed list, never a text of a library. */
class Unreadable extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

const NO_KEY = 'non contiene una chiave';
const SEVERAL_KEYS = 'contiene più chiavi';
const WRONG_PASSWORD = 'la password è errata';

const bytesOf = (binary: string): Buffer => Buffer.from(binary, 'latin1');
const derOf = (node: forge.asn1.Asn1): Buffer => bytesOf(forge.asn1.toDer(node).getBytes());

/*
 * Hashing and PBKDF2 are Node's: by itself forge computes them in JavaScript, ten times slower, and programs write files with hundreds of thousands of iterations. RFC 7292
 * wants the password in UTF-16 for its own ciphers, which forge does; those of PKCS#5 take it in UTF-8, which forge leaves to its caller.
 */
interface Digest {
  readonly algorithm: string;
  readonly blockLength: number;
  readonly digestLength: number;
  start(): Digest;
  update(bytes: string): Digest;
  digest(): forge.util.ByteStringBuffer;
}

function digestOf(algorithm: string, blockLength: number, digestLength: number): Digest {
  let hash = createHash(algorithm);
  const digest: Digest = {
    algorithm,
    blockLength,
    digestLength,
    start() {
      hash = createHash(algorithm);
      return digest;
    },
    update(bytes) {
      hash.update(bytes, 'latin1');
      return digest;
    },
    digest: () => forge.util.createBuffer(hash.digest().toString('latin1')),
  };
  return digest;
}

const ours = forge as unknown as {
  readonly md: Record<string, { create(): Digest }>;
  readonly pkcs5: { pbkdf2(password: string, salt: string, iterations: number, length: number, digest: Digest): string };
};
for (const [algorithm, blockLength, digestLength] of [['sha1', 64, 20], ['sha256', 64, 32], ['sha384', 128, 48], ['sha512', 128, 64]] as const) {
  ours.md[algorithm]!.create = () => digestOf(algorithm, blockLength, digestLength);
}
ours.pkcs5.pbkdf2 = (password, salt, iterations, length, { algorithm }) => pbkdf2Sync(password, bytesOf(salt), iterations, length, algorithm).toString('latin1');

function readPkcs12(encoded: string, password: string): { readonly key: KeyObject; readonly certificates: readonly Buffer[] } {
  const store = openPkcs12(encoded, password);
  const bags = store.safeContents.flatMap(({ safeBags }) => safeBags);
  const { pkcs8ShroudedKeyBag, keyBag, certBag } = forge.pki.oids;
  const keys = bags.filter(({ type }) => type === pkcs8ShroudedKeyBag || type === keyBag);
  const [bag] = keys;
  if (!bag) throw new Unreadable(NO_KEY);
  if (keys.length > 1) throw new Unreadable(SEVERAL_KEYS);
  const der = bag.key ? derOf(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))) : derOf(bag.asn1);
  return {
    key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
    certificates: bags.filter(({ type }) => type === certBag).map(({ cert, asn1 }) => derOf(cert ? forge.pki.certificateToAsn1(cert) : asn1)),
  };
}

function openPkcs12(encoded: string, password: string): forge.pkcs12.Pkcs12Pfx {
  let file: forge.asn1.Asn1;
  try {
    file = forge.asn1.fromDer(Buffer.from(encoded, 'base64').toString('latin1'));
  } catch {
    throw new Unreadable('non è un PKCS#12');
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(file, password);
  } catch (error) {
    const { message } = error as Error;
    if (/^Cannot read PKCS#12 PFX|version other than 3/.test(message)) throw new Unreadable('non è un PKCS#12');
    if (/MAC could not be verified|^Failed to decrypt|^Unable to decrypt/.test(message)) throw new Unreadable(WRONG_PASSWORD);
    if (/unsupported|Only PKCS#12 PFX in password/i.test(message)) throw new Unreadable('è protetto in un modo che non è previsto');
    throw new Unreadable('è danneggiato');
  }
}

const PRIVATE = /-----BEGIN ((?:RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY)-----[^]+?-----END \1-----/g;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;

function readPem(pem: string, password: string | undefined): { readonly key: KeyObject; readonly certificates: readonly Buffer[] } {
  const keys = [...pem.matchAll(PRIVATE)].map(([text]) => text);
  const [text] = keys;
  if (text === undefined) throw new Unreadable(NO_KEY);
  if (keys.length > 1) throw new Unreadable(SEVERAL_KEYS);
  const encrypted = /ENCRYPTED/.test(text);
  if (encrypted && !password) throw new Unreadable('è protetta da una password, che manca');
  try {
    return { key: createPrivateKey({ key: text, format: 'pem', ...(encrypted ? { passphrase: password! } : {}) }), certificates: [...pem.matchAll(CERTIFICATE)].map(([, body]) => Buffer.from(body!, 'base64')) };
  } catch {
    throw new Unreadable(encrypted ? WRONG_PASSWORD : 'è danneggiata');
  }
}

/** A key that does not sign what its public half verifies has numbers that do not go together. */
function whole(key: KeyObject): boolean {
  const proof = Buffer.from('geres');
  try {
    return verify('sha256', proof, createPublicKey(key), sign('sha256', proof, key));
  } catch {
    return false;
  }
}

function read(file: KeyFile): object {
  try {
    const { key, certificates } = 'pkcs12' in file ? readPkcs12(file.pkcs12, file.password) : readPem(file.pem, file.password);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (key.asymmetricKeyType !== 'rsa' || bits < 2048 || bits > 8192) return { refused: 'chiave-non-ammessa' };
    if (!whole(key)) return { unreadable: 'è danneggiata' };
    return { key: key.export({ type: 'pkcs8', format: 'der' }), certificates };
  } catch (error) {
    return { unreadable: error instanceof Unreadable ? error.reason : 'è danneggiata' };
  }
}

parentPort!.postMessage(read(workerData as KeyFile));
