import type { AccessClaims } from '@geres/contracts';
import { createHash } from 'node:crypto';

/**
 * Claims of tokens whose signature has been verified, until they expire: a client sends the same token many times, and a signature costs more than all the
 * rest of a request. The tokens used last are kept. Rights are asked at each request all the same.
 */
export class VerifiedTokens {
  private readonly known = new Map<string, AccessClaims>();

  constructor(private readonly most = 10_000) {}

  get(token: string, now: Date): AccessClaims | undefined {
    const key = keyOf(token);
    const claims = this.known.get(key);
    if (claims === undefined) return undefined;
    this.known.delete(key);
    if (claims.exp * 1000 <= now.getTime()) return undefined;
    this.known.set(key, claims);
    return claims;
  }

  put(token: string, claims: AccessClaims): void {
    if (this.known.size >= this.most) this.known.delete(this.known.keys().next().value!);
    this.known.set(keyOf(token), claims);
  }
}

/** The token itself is not kept. */
const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
