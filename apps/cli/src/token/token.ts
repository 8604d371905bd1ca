import { issuerOf, JWT_BEARER } from '@geres/contracts';
import { calculateJwkThumbprint, SignJWT, type JWK } from 'jose';
import { createPrivateKey, createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { refused, wrongUse } from '../outcome.js';
import { jsonOf, reach } from '../reach.js';
import type { Signer } from './signer.js';

export interface TokenEndpoint {
  /** Where GeRes is reached. */
  readonly url: string;
  readonly environment: string;
  readonly signal: AbortSignal;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

const LASTS_S = 120;
const Discovery = z.object({ issuer: z.string().min(1) });
const Granted = z.object({ access_token: z.string().min(1), expires_in: z.number() });
const Refused = z.object({ error: z.string(), error_description: z.string().optional() });

/** An access token for the operator, against a signed assertion (RFC 7523). Errors: `Ended`. */
export async function obtainToken({ client, pem, user, kid }: Signer, { url, environment, signal }: TokenEndpoint): Promise<AccessToken> {
  const base = issuerOf(url, environment);
  const discovery = Discovery.safeParse(await jsonOf(await reach(`${base}/.well-known/openid-configuration`, { signal })));
  if (!discovery.success) throw refused(`su ${base} non risponde GeRes, o risponde un altro ambiente`);
  const key = privateKey(pem);
  const assertion = await signAssertion({ client, user, audience: discovery.data.issuer, key, ...(kid === undefined ? {} : { kid }) });
  const response = await reach(`${base}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: JWT_BEARER, client_id: client, assertion }), signal });
  const body = await jsonOf(response);
  const granted = Granted.safeParse(body);
  if (response.ok && granted.success) return { token: granted.data.access_token, expiresAt: new Date(Date.now() + granted.data.expires_in * 1000) };
  const { data } = Refused.safeParse(body);
  throw refused(`token rifiutato: ${data ? `${data.error_description ?? ''} (${data.error})`.trim() : `HTTP ${response.status}`}`);
}

/** The assertion alone: whose, for whom, once, for two minutes. */
async function signAssertion({ client, user, audience, key, ...named }: { readonly client: string; readonly user: string; readonly audience: string; readonly key: KeyObject; readonly kid?: string }): Promise<string> {
  const kid = named.kid ?? (await calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as JWK));
  return new SignJWT({})
    .setProtectedHeader({ alg: key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256', kid })
    .setIssuer(client)
    .setSubject(user)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${LASTS_S} s`)
    .setJti(randomUUID())
    .sign(key);
}

/** Errors: `Ended` (wrong use). */
export function privateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw wrongUse('la chiave dell’applicazione non si legge: serve una chiave privata PEM senza password');
  }
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key;
  if (kind === 'rsa' || (kind === 'ec' && details?.namedCurve === 'prime256v1')) return key;
  throw wrongUse('la chiave dell’applicazione deve essere RSA o EC P-256');
}
