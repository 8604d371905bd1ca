import type { Sealed } from '@geres/contracts';
import { AlreadyThere, type Collection, type CollectionStore } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { KeyStore } from '@geres/platform/keys';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { randomBytes } from 'node:crypto';

interface OidcSecretRow {
  readonly kid: string;
  readonly sealed: Sealed;
  readonly madeAt: string;
}

/** A private P-256 key that signs tokens (ES256). */
export interface SigningKey extends JWK {
  readonly kid: string;
}

const HOUR_MS = 3600_000;
/** A key signs so long, then a new one follows it. */
export const ROTATE_AFTER_MS = 90 * 24 * HOUR_MS;
/** A key is published so long before it signs, that every service knows it by then. */
export const PUBLISHED_BEFORE_MS = HOUR_MS;
/** A key stays published so long after the next one took over: longer than any token that it signed. */
export const PUBLISHED_AFTER_MS = 48 * HOUR_MS;

interface Kept {
  readonly id: string;
  readonly row: OidcSecretRow;
}

/** The keys of the OpenID Provider, kept sealed: made at first start, several at a time while they rotate. */
export class OidcSecrets {
  private readonly rows: Collection<OidcSecretRow>;

  constructor(
    durable: CollectionStore,
    private readonly keys: KeyStore,
    private readonly clock: Clock,
  ) {
    this.rows = durable.collection<OidcSecretRow>({ name: 'oidc-secrets' });
  }

  /** The one that signs comes first; all are published. An old key is followed by a new one here, and one that signed long ago is forgotten. */
  async signing(): Promise<readonly SigningKey[]> {
    const known = await this.list();
    const [newest] = known;
    if (!newest || this.age(newest) > ROTATE_AFTER_MS) {
      await this.insert(`signing-${String(Number(newest?.id.slice(-6) ?? 0) + 1).padStart(6, '0')}`, await newSigningKey());
      return this.signing();
    }
    const at = known.findIndex((key) => this.age(key) >= PUBLISHED_BEFORE_MS);
    const signer = at === -1 ? known.length - 1 : at;
    // Whoever took over did so once it had been published for long enough.
    const over = this.age(known[signer]!) > PUBLISHED_BEFORE_MS + PUBLISHED_AFTER_MS ? known.slice(signer + 1) : [];
    for (const { id } of over) await this.rows.remove(id);
    const kept = known.filter((key) => !over.includes(key));
    const box = await this.keys.box('oidc');
    return [known[signer]!, ...kept.filter((key) => key !== known[signer])].map(({ id, row }) => box.open(row.sealed, id) as SigningKey);
  }

  /** Signs the cookies of the sign-in pages. */
  async cookieKey(): Promise<string> {
    const row = await this.rows.get('cookies');
    if (!row) {
      await this.insert('cookies', { kid: 'cookies', secret: randomBytes(32).toString('base64url') });
      return this.cookieKey();
    }
    const { secret } = (await this.keys.box('oidc')).open(row.sealed, 'cookies') as { secret: string };
    return secret;
  }

  private age({ row }: Kept): number {
    return this.clock().getTime() - Date.parse(row.madeAt);
  }

  /** Newest first. */
  private async list(): Promise<readonly Kept[]> {
    const { rows } = await this.rows.find({ limit: 1000 });
    return rows.filter(({ id }) => id.startsWith('signing-')).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** Nothing happens when another process was first. */
  private async insert<S extends { readonly kid: string }>(id: string, secret: S): Promise<void> {
    const box = await this.keys.box('oidc');
    try {
      await this.rows.insert(id, { kid: secret.kid, sealed: box.seal(secret, id), madeAt: this.clock().toISOString() });
    } catch (error) {
      if (!(error instanceof AlreadyThere)) throw error;
    }
  }
}

async function newSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' };
}
