import { createRemoteJWKSet, errors } from 'jose';
import { KeyObject } from 'node:crypto';

/** Public keys of the issuer, by kid. */
export interface Jwks {
  /** `undefined` for a kid that the issuer does not have. Errors: `IssuerUnreachable`. */
  key(kid: string): Promise<KeyObject | undefined>;
}

export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';
}

export interface JwksOptions {
  /** An unknown kid makes the issuer be asked again, but not more often than this. */
  readonly cooldownMs?: number;
  /** A key that the issuer has withdrawn is accepted no longer than this. */
  readonly maxAgeMs?: number;
  readonly timeoutMs?: number;
}

/** Keys fetched when first needed and when a new kid appears. Only P-256 keys for ES256 are taken. */
export function remoteJwks(url: () => string, { cooldownMs = 5_000, maxAgeMs = 300_000, timeoutMs = 3_000 }: JwksOptions = {}): Jwks {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return {
    async key(kid) {
      keys ??= createRemoteJWKSet(new URL(url()), { cooldownDuration: cooldownMs, cacheMaxAge: maxAgeMs, timeoutDuration: timeoutMs });
      try {
        return KeyObject.from(await keys({ alg: 'ES256', kid }));
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) return undefined;
        throw new IssuerUnreachable('the keys of the issuer cannot be had', { cause: error });
      }
    },
  };
}
