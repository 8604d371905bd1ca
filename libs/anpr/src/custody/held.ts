import { createPublicKey, sign, type KeyObject, type X509Certificate } from 'node:crypto';
import { thumbprint, type RsaJwk } from '../protocol/pdnd/index.js';
import { HASH_OF } from '../protocol/wss/algorithms.js';
import { CannotSign } from '../protocol/wss/index.js';
import type { HeldKey } from './keys.js';

/** The public half of an RSA key, and the name by which PDND and our events know it. */
export function publicPart(key: KeyObject): { readonly jwk: RsaJwk; readonly kid: string } {
  const { n, e } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  const jwk = { kty: 'RSA', n: n!, e: e! } as const;
  return { jwk, kid: thumbprint(jwk) };
}

/** A key in the memory of this process, with its certificate first in `chain`. It signs on the thread pool. */
export function heldKey(key: KeyObject, chain: readonly X509Certificate[]): HeldKey {
  const [certificate, ...issuers] = chain;
  return {
    ...publicPart(key),
    ...(certificate ? { certificate } : {}),
    issuers,
    sign: (data, algorithm) =>
      new Promise((resolve, reject) => {
        sign(HASH_OF[algorithm], data, key, (error, signature) => (error ? reject(new CannotSign('firma', { cause: error })) : resolve(signature)));
      }),
  };
}
