import { AlreadyThere, type Collection, type CollectionStore } from '@geres/kernel';
import type { Sealed } from '@geres/contracts';
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

/** The keys of the OpenID Provider, kept sealed: made at first start, several at a time while they rotate. */
export class OidcSecrets {
  private readonly rows: Collection<OidcSecretRow>;

  constructor(
    collections: CollectionStore,
    private readonly keys: KeyStore,
    private readonly clock: Clock,
  ) {
    this.rows = collections.collection<OidcSecretRow>({ name: 'oidc-secrets' });
  }

  /** Newest first: the first one signs, all are published. */
  async signing(): Promise<readonly SigningKey[]> {
    const known = await this.list();
    if (known.length === 0) {
      await this.insert('signing-000001', await newSigningKey());
      return this.signing();
    }
    const box = await this.keys.box('oidc');
    return known.map(({ id, row }) => box.open(row.sealed, id) as SigningKey);
  }

  /** A further key, which signs from the next start on; the older ones stay published until `retire`. */
  async rotate(): Promise<SigningKey> {
    for (;;) {
      const newest = (await this.list())[0]?.id.slice(-6) ?? '000000';
      const key = await newSigningKey();
      if (await this.insert(`signing-${String(Number(newest) + 1).padStart(6, '0')}`, key)) return key;
    }
  }

  /** No token signed by it is accepted any more. False when there was no such key, or it is the only one. */
  async retire(kid: string): Promise<boolean> {
    const known = await this.list();
    const row = known.find((candidate) => candidate.row.kid === kid);
    return row !== undefined && known.length > 1 && this.rows.remove(row.id);
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

  private async list(): Promise<readonly { readonly id: string; readonly row: OidcSecretRow }[]> {
    const { rows } = await this.rows.find({ limit: 1000 });
    return rows.filter(({ id }) => id.startsWith('signing-')).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** False when another process was first. */
  private async insert<S extends { readonly kid: string }>(id: string, secret: S): Promise<boolean> {
    const box = await this.keys.box('oidc');
    try {
      await this.rows.insert(id, { kid: secret.kid, sealed: box.seal(secret, id), madeAt: this.clock().toISOString() });
      return true;
    } catch (error) {
      if (error instanceof AlreadyThere) return false;
      throw error;
    }
  }
}

async function newSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' };
}
