import { CONTENT_TYPE } from './claims.js';
import { digestHeader, hexDigest, payloadOf, type Compact } from './jws.js';

/** One call as it is about to leave. */
export interface Departing {
  readonly voucher: Compact;
  readonly evidence: Compact;
  readonly signature: Compact;
  readonly digest: string;
  readonly body: Uint8Array;
  readonly now: Date;
}

/** Seconds that ANPR forgives a token from the future, and the age at which it refuses one. */
const AHEAD_S = 5;
const OLD_S = 600;

/**
 * What ANPR would refuse a call for without saying why (checks 9 to 16 of its ModI profile), looked at on our side. The first fault, `undefined` if there is
 * none. Signatures are not verified: the key that signs and the `kid` that names it are one object.
 */
export function departureFault({ voucher, evidence, signature, digest, body, now }: Departing): string | undefined {
  if (digest !== digestHeader(body)) return 'digest-del-corpo';
  const granted = payloadOf(voucher);
  const signed = payloadOf(signature);
  const tracked = payloadOf(evidence);
  if (!granted) return 'voucher-non-jwt';
  if (!signed) return 'firma-non-jwt';
  if (!tracked) return 'evidenza-non-jwt';
  const audiences = typeof granted['aud'] === 'string' ? granted['aud'].split(',') : [];
  return (
    standingFault('firma', signed, audiences, now) ??
    (JSON.stringify(signed['signed_headers']) === JSON.stringify([{ digest }, { 'content-type': CONTENT_TYPE }]) ? undefined : 'firma-intestazioni') ??
    standingFault('evidenza', tracked, audiences, now) ??
    (filled(tracked['userID']) ? undefined : 'evidenza-utente') ??
    (filled(tracked['userLocation']) ? undefined : 'evidenza-postazione') ??
    (tracked['purposeId'] !== undefined && tracked['purposeId'] === granted['purposeId'] ? undefined : 'evidenza-finalita') ??
    (digestOf(granted) === hexDigest(evidence) ? undefined : 'evidenza-non-legata')
  );
}

function standingFault(whose: string, claims: Readonly<Record<string, unknown>>, audiences: readonly string[], now: Date): string | undefined {
  const { aud, iat, exp } = claims;
  const at = now.getTime() / 1000;
  if (typeof aud !== 'string' || !audiences.includes(aud)) return `${whose}-audience`;
  if (typeof iat !== 'number' || iat > at + AHEAD_S) return `${whose}-nel-futuro`;
  if (iat < at - OLD_S) return `${whose}-vecchia`;
  return typeof exp === 'number' && exp > at ? undefined : `${whose}-scaduta`;
}

const filled = (value: unknown): boolean => typeof value === 'string' && value !== '';
const digestOf = ({ digest }: Readonly<Record<string, unknown>>): unknown => (typeof digest === 'object' && digest !== null && 'value' in digest && typeof digest.value === 'string' ? digest.value.toLowerCase() : undefined);
