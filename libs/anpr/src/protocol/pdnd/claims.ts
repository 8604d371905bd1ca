import { accessTokenHash, hexDigest, type Compact } from './jws.js';

/** Seconds by which our tokens are older than they are: clocks of ANPR were seen up to 13 s behind, and 5 s ahead are forgiven. */
export const BACKDATE_S = 5;
const EVIDENCE_S = 600;
const SIGNATURE_S = 300;
const ASSERTION_S = 120;

/** One token: when it is made, under which id that no other has. */
export interface Stamp {
  readonly at: Date;
  readonly jti: string;
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);
const times = (at: Date, life: number) => {
  const iat = seconds(at) - BACKDATE_S;
  return { iat, exp: iat + life };
};

/** Whose request it is, as the audit of ANPR keeps it: opaque ids, never a codice fiscale. */
export interface Evidenced {
  readonly clientId: string;
  readonly audience: string;
  readonly purposeId: string;
  readonly userId: string;
  readonly userLocation: string;
  readonly loa: string;
}

/** `Agid-JWT-TrackingEvidence` (AUDIT_REST_02). `dnonce`: 13 digits. */
export function trackingEvidence({ clientId, audience, purposeId, userId, userLocation, loa }: Evidenced, { at, jti }: Stamp, dnonce: string) {
  return { iss: clientId, aud: audience, ...times(at, EVIDENCE_S), jti, purposeId, userID: userId, userLocation, LoA: loa, dnonce };
}

/** Client assertion bound to a TrackingEvidence. A closed set of claims: PDND in strict mode refuses any other, `nbf` first of all. */
export function clientAssertion({ clientId, assertionAudience, purposeId }: { readonly clientId: string; readonly assertionAudience: string; readonly purposeId: string }, { at, jti }: Stamp, evidence: Compact) {
  return { iss: clientId, sub: clientId, aud: assertionAudience, jti, ...times(at, ASSERTION_S), purposeId, digest: { alg: 'SHA256', value: hexDigest(evidence) } };
}

/** One media type for header and signature: ANPR compares them with their parameters. */
export const CONTENT_TYPE = 'application/json';

/** `Agid-JWT-Signature` (INTEGRITY_REST_02): one per call. */
export function integritySignature({ clientId, audience }: Pick<Evidenced, 'clientId' | 'audience'>, { at, jti }: Stamp, digest: string) {
  return { iss: clientId, sub: clientId, aud: audience, ...times(at, SIGNATURE_S), jti, signed_headers: [{ digest }, { 'content-type': CONTENT_TYPE }] };
}

/** DPoP proof (RFC 9449) for the token endpoint; with the token that it goes with, for a resource. */
export function dpopProof({ method, url }: { readonly method: string; readonly url: string }, { at, jti }: Stamp, token?: Compact) {
  return { htm: method, htu: url, iat: seconds(at), jti, ...(token === undefined ? {} : { ath: accessTokenHash(token) }) };
}
