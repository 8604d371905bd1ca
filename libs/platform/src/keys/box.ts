import type { Sealed, Tag } from '@geres/contracts';
import { canonical } from '@geres/kernel';
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

/** What is done with one secret: seal, open, tag, digest. `context` is bound to what is sealed (e.g. the lookup's id): it does not open in another place. */
export interface Box {
  seal(value: unknown, context: string): Sealed;
  /** Errors: `CannotOpen`. */
  open(sealed: Sealed, context: string): unknown;
  /** Keyed digest of something that is searched without being stored: 128 bits, hex. `kind` separates what may look alike. */
  tag(kind: string, value: string): Tag;
  /** Keyed digest of a content, under another key than tags. */
  digest(value: string): Tag;
}

/** Another key, another context, or altered. Nothing is said of the content. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen';
  constructor() {
    super('what is sealed cannot be opened with this key in this place');
  }
}

/** A `KeyObject`: Node prepares a key that is given as bytes anew at each use, which costs more than the use itself. */
const derived = (secret: Buffer, purpose: string): KeyObject => createSecretKey(Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `geres/${purpose}/1`, 32)));

/** AES-256-GCM with a random nonce of 96 bits: safe for 2³² values of one secret (NIST SP 800-38D), a month of a Comune holds far fewer. */
export function encrypt(key: Buffer | KeyObject, plain: Buffer, context: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Errors: `CannotOpen`. */
export function decrypt(key: Buffer | KeyObject, sealed: Buffer, context: string): Buffer {
  if (sealed.length < 28) throw new CannotOpen();
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
  } catch {
    throw new CannotOpen();
  }
}

export function boxOf(secret: Buffer): Box {
  const data = derived(secret, 'data');
  const tags = derived(secret, 'tag');
  const digests = derived(secret, 'digest');
  const keyed = (key: KeyObject, text: string): Tag => createHmac('sha256', key).update(text).digest('hex').slice(0, 32) as Tag;
  return {
    seal: (value, context) => `s1.${encrypt(data, Buffer.from(canonical(value)), context).toString('base64url')}` as Sealed,
    open(sealed, context) {
      if (!sealed.startsWith('s1.')) throw new CannotOpen();
      return JSON.parse(decrypt(data, Buffer.from(sealed.slice(3), 'base64url'), context).toString('utf8')) as unknown;
    },
    tag: (kind, value) => keyed(tags, `${kind}\0${value}`),
    digest: (value) => keyed(digests, value),
  };
}
