import type { Answer, Command } from '@geres/kernel';
import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { decodeProtectedHeader, type CompactJWEHeaderParameters } from 'jose';

/** Messages of one family are sealed under one key, which those who may write them hold, and no one else. */
export type Family = 'lookups' | 'connections' | 'settling';

/** By family, 32 bytes each: the first seals, all open, so that a key can be turned over. */
export type BusKeys = { readonly [F in Family]?: readonly Buffer[] };

const FAMILIES: readonly (readonly [prefix: string, family: Family])[] = [
  ['anpr.lookup.settle', 'settling'],
  ['anpr.lookup.', 'lookups'],
  ['anpr.connection.', 'connections'],
];

/** The family of a type of message. */
export const familyOf = (type: string): Family | undefined => FAMILIES.find(([prefix]) => type.startsWith(prefix))?.[1];

/** The message is not what one of those who hold the key has written for this topic. `reason` says what is wrong, and nothing of the content. */
export class MessageNotOpened extends Error {
  override readonly name = 'MessageNotOpened';
  constructor(readonly reason: string) {
    super(`a message cannot be opened: ${reason}`);
  }
}

interface Bound {
  readonly topic: string;
  readonly type: string;
  /** Of the command, or of the one that is answered. */
  readonly id: string;
  readonly issued: string;
  readonly expires: string;
}

/** A key seals so many messages with random nonces, and not more (NIST SP 800-38D allows 2³²). */
const MOST_SEALED = 2 ** 30;
const MOST_KEYS = 1000;
const ALGORITHMS = { alg: 'dir', enc: 'A256GCM' } as const;
const CIPHER = 'aes-256-gcm';
const [NONCE_BYTES, TAG_BYTES] = [12, 16];

/**
 * Seals and opens: compact JWE, `dir`, A256GCM. The protected header binds type, id, times and topic, so that a message means nothing in another place. Each process
 * seals under a key of its own, derived from the family's and a salt that the header carries: no two of them can use one nonce with one key.
 *
 * By `node:crypto` where it is called: `jose` hands each message to another thread and back, which took a tenth of all that a lookup costs, and waits where others work.
 */
export class Seal {
  private readonly opening = new Map<string, KeyObject>();
  private readonly sealing = new Map<Family, { readonly kid: string; readonly salt: string; readonly key: KeyObject; sealed: number }>();

  constructor(
    private readonly keys: BusKeys,
    private readonly family: (type: string) => Family | undefined = familyOf,
  ) {}

  /** Rejects when this process may not write such a message. */
  async seal(topic: string, message: Command | Answer): Promise<string> {
    const family = this.family(message.type);
    const secret = family && this.keys[family]?.[0];
    if (!secret) throw new TypeError(`this process has no key for messages of type ${message.type}`);
    const own = this.own(family, secret);
    own.sealed += 1;
    const header = Buffer.from(JSON.stringify({ ...ALGORITHMS, kid: own.kid, salt: own.salt, ...boundOf(topic, message) })).toString('base64url');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, own.key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(header, 'ascii'));
    const content = Buffer.concat([cipher.update(JSON.stringify(message), 'utf8'), cipher.final()]);
    return [header, '', ...[nonce, content, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
  }

  /** Errors: `MessageNotOpened`. */
  async open(topic: string, sealed: string): Promise<unknown> {
    const header = headerOf(sealed);
    const family = this.family(header.type);
    const secret = family && this.keys[family]?.find((one) => kidOf(family, one) === header.kid);
    if (!secret) throw new MessageNotOpened('no key of this process is that of its type');
    if (header.topic !== topic) throw new MessageNotOpened('it was written for another topic');
    const message = this.decrypted(sealed, this.derived(secret, header.salt));
    if (!sameBound(boundOf(topic, message), header)) throw new MessageNotOpened('its header is not that of its content');
    return message;
  }

  private decrypted(sealed: string, key: KeyObject): Command | Answer {
    const [header, encryptedKey, ...parts] = sealed.split('.') as [string, string, ...string[]];
    const [nonce, content, tag] = parts.map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer, Buffer];
    if (parts.length !== 3 || encryptedKey !== '' || nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw new MessageNotOpened('it is not sealed');
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(header, 'ascii')).setAuthTag(tag);
      const text = Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8');
      return JSON.parse(text) as Command | Answer;
    } catch {
      throw new MessageNotOpened('it was altered, or sealed with another key');
    }
  }

  private own(family: Family, secret: Buffer) {
    const known = this.sealing.get(family);
    if (known && known.sealed < MOST_SEALED) return known;
    const salt = randomBytes(16).toString('base64url');
    const made = { kid: kidOf(family, secret), salt, key: this.derived(secret, salt), sealed: 0 };
    this.sealing.set(family, made);
    return made;
  }

  private derived(secret: Buffer, salt: string): KeyObject {
    const name = `${secret.toString('base64')} ${salt}`;
    const known = this.opening.get(name);
    if (known) return known;
    if (this.opening.size >= MOST_KEYS) this.opening.delete(this.opening.keys().next().value!);
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, Buffer.from(salt, 'base64url'), 'geres/bus/1', 32)));
    this.opening.set(name, key);
    return key;
  }
}

const kidOf = (family: Family, secret: Buffer): string => `${family}.${createHash('sha256').update('geres/bus').update(secret).digest('hex').slice(0, 16)}`;

const boundOf = (topic: string, message: Command | Answer): Bound => ({
  topic,
  type: message.type,
  id: 'id' in message ? message.id : message.to,
  issued: message.issuedAt,
  expires: message.expiresAt,
});

const sameBound = (one: Bound, other: Bound): boolean => (['topic', 'type', 'id', 'issued', 'expires'] as const).every((member) => one[member] === other[member]);

function headerOf(sealed: string): Bound & { readonly kid: string; readonly salt: string } {
  let header: CompactJWEHeaderParameters;
  try {
    header = decodeProtectedHeader(sealed) as CompactJWEHeaderParameters;
  } catch {
    throw new MessageNotOpened('it is not sealed');
  }
  if (header.alg !== ALGORITHMS.alg || header.enc !== ALGORITHMS.enc || header.crit !== undefined || header['zip'] !== undefined) throw new MessageNotOpened('it is sealed in another way');
  const members = ['kid', 'salt', 'topic', 'type', 'id', 'issued', 'expires'] as const;
  if (!members.every((member) => typeof header[member] === 'string')) throw new MessageNotOpened('its header is not whole');
  return header as unknown as Bound & { readonly kid: string; readonly salt: string };
}
