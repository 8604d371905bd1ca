import type { PublicJwk } from '@geres/contracts';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { failApplication } from './application.problems.js';

function keyOf(text: string): KeyObject {
  if (text.includes('-----BEGIN CERTIFICATE-----')) return new X509Certificate(text).publicKey;
  // createPublicKey would take a private key and keep its public half: a private key must not travel at all.
  if (text.includes('PRIVATE KEY')) throw new TypeError('a private key');
  if (!text.startsWith('{')) return createPublicKey(text);
  const jwk = JSON.parse(text) as JWK;
  if (jwk.d !== undefined || jwk.k !== undefined) throw new TypeError('a private key');
  return createPublicKey({ key: jwk as Record<string, unknown>, format: 'jwk' });
}

/**
 * A public key as PEM (SPKI), X.509 certificate or JWK text. `kid`: the caller's, the JWK's, or its thumbprint (RFC 7638).
 * Problem `chiave-non-leggibile`; whether the key is strong enough is the application's rule.
 */
export async function publicJwk(text: string, kid?: string): Promise<PublicJwk> {
  try {
    const trimmed = text.trim();
    const key = keyOf(trimmed);
    const jwk = key.export({ format: 'jwk' }) as JWK;
    const named = kid ?? (trimmed.startsWith('{') ? (JSON.parse(trimmed) as JWK).kid : undefined) ?? (await calculateJwkThumbprint(jwk));
    if (jwk.kty === 'RSA') return { kty: 'RSA', kid: named, alg: 'RS256', n: jwk.n!, e: jwk.e! };
    if (jwk.kty === 'EC' && jwk.crv === 'P-256') return { kty: 'EC', kid: named, alg: 'ES256', crv: 'P-256', x: jwk.x!, y: jwk.y! };
  } catch {
    throw failApplication('chiave-non-leggibile');
  }
  throw failApplication('chiave-debole');
}
