import { createHash } from 'node:crypto';

/** A JWS in compact form: `header.payload.signature`. */
export type Compact = string;

/** The public part of an RSA key, as PDND knows it. */
export interface RsaJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');

/** What is signed of a JWS. */
export const signingInput = (header: object, payload: object): string => `${encoded(header)}.${encoded(payload)}`;

export const compact = (input: string, signature: Uint8Array): Compact => `${input}.${Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength).toString('base64url')}`;

/** Header of the three tokens that PDND and ANPR take from us; PDND in strict mode takes no other member. */
export const modiHeader = (kid: string) => ({ alg: 'RS256', typ: 'JWT', kid }) as const;

/** `Digest` of RFC 3230 over the bytes of a body. */
export const digestHeader = (body: Uint8Array): string => `SHA-256=${createHash('sha256').update(body).digest('base64')}`;

/** `digest.value` of assertion and voucher: the whole TrackingEvidence, in 64 hexadecimal characters. PDND refuses base64. */
export const hexDigest = (token: Compact): string => createHash('sha256').update(token, 'ascii').digest('hex');

/** `ath` of a DPoP proof. */
export const accessTokenHash = (token: Compact): string => createHash('sha256').update(token, 'ascii').digest('base64url');

/** `kid` of PDND: the RFC 7638 thumbprint. */
export const thumbprint = ({ e, n }: RsaJwk): string => createHash('sha256').update(`{"e":${JSON.stringify(e)},"kty":"RSA","n":${JSON.stringify(n)}}`).digest('base64url');

/** The payload of a compact JWS, its signature not looked at; `undefined` if it is not one. */
export function payloadOf(token: Compact): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8'));
    return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? (payload as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
