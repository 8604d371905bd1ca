import { decodeJwt, decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from 'jose';
import type { Cause } from '../diagnostics.js';
import { ASSERTION_AUDIENCE } from './catalogue.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEADER = new Set(['kid', 'alg', 'typ']);
const PAYLOAD = new Set(['sub', 'jti', 'iat', 'iss', 'aud', 'exp', 'digest', 'purposeId']);

export interface Assertion {
  readonly compact: string;
  readonly kid: string;
  readonly clientId: string;
  readonly purposeId: string;
  readonly exp: number;
  readonly nbf: number | undefined;
  readonly digest: unknown;
}

export const cause = (codice: string, nome: string, atteso?: string, ricevuto?: unknown): Cause => ({
  codice, nome, ...(atteso === undefined ? {} : { atteso }), ...(ricevuto === undefined ? {} : { ricevuto: (typeof ricevuto === 'string' ? ricevuto : JSON.stringify(ricevuto)).slice(0, 200) }),
});

/** Everything that is wrong with the claims of a client assertion, all at once, as PDND collects it (pdnd.md §8.2); or what the rest needs of it. */
export function readAssertion(compact: string, clientId: string | undefined, strict: boolean): Assertion | readonly Cause[] {
  let header: ProtectedHeaderParameters;
  let payload: JWTPayload;
  if (compact.split('.').length !== 3) return [cause('0006', 'invalidClientAssertionFormat')];
  try {
    header = decodeProtectedHeader(compact);
    payload = decodeJwt(compact);
  } catch {
    return [cause('0007', 'unexpectedClientAssertion')];
  }
  const wrong = [...headerProblems(header), ...payloadProblems(payload, clientId)];
  const surplus = strict ? [...Object.keys(header).filter((name) => !HEADER.has(name)), ...Object.keys(payload).filter((name) => !PAYLOAD.has(name))] : [];
  if (surplus.length > 0) wrong.push(cause('0032', 'clientAssertionInvalidClaims', 'solo i campi ammessi', surplus.join(', ')));
  if (wrong.length > 0) return wrong;
  return { compact, kid: header.kid ?? '', clientId: payload.sub ?? '', purposeId: String(payload['purposeId']), exp: payload.exp ?? 0, nbf: payload.nbf, digest: payload['digest'] };
}

function headerProblems({ alg, kid }: ProtectedHeaderParameters): Cause[] {
  const wrong: Cause[] = [];
  if (alg === undefined || alg === '') wrong.push(cause('0028', 'algorithmNotFound'));
  else if (alg !== 'RS256') wrong.push(cause('0029', 'algorithmNotAllowed', 'RS256', alg));
  if (kid === undefined || kid === '') wrong.push(cause('0015', 'kidNotFound'));
  else if (!/^[a-zA-Z0-9_-]{43}$/.test(kid)) wrong.push(cause('0031', 'invalidKidFormat', undefined, kid));
  return wrong;
}

function payloadProblems({ aud, jti, iat, exp, iss, sub, ...rest }: JWTPayload, clientId: string | undefined): Cause[] {
  const wrong: Cause[] = [];
  if (aud === undefined) wrong.push(cause('0005', 'audienceNotFound'));
  else if (![aud].flat().includes(ASSERTION_AUDIENCE)) wrong.push(cause('0004', 'invalidAudience', ASSERTION_AUDIENCE, aud));
  if (!jti) wrong.push(cause('0008', 'jtiNotFound'));
  if (!iat) wrong.push(cause('0009', 'issuedAtNotFound'));
  if (exp === undefined) wrong.push(cause('0010', 'expNotFound'));
  if (!iss) wrong.push(cause('0011', 'issuerNotFound'));
  if (clientId !== undefined && !UUID.test(clientId)) wrong.push(cause('0023', 'invalidClientIdFormat', undefined, clientId));
  if (!sub) wrong.push(cause('0012', 'subjectNotFound'));
  else if (!UUID.test(sub)) wrong.push(cause('0024', 'invalidSubjectFormat', undefined, sub));
  else if (clientId !== undefined && clientId !== sub) wrong.push(cause('0013', 'invalidSubject', clientId, sub));
  const { purposeId, digest } = rest as { readonly purposeId?: unknown; readonly digest?: unknown };
  if (purposeId === undefined) wrong.push(cause('0030', 'purposeIdNotProvided'));
  else if (typeof purposeId !== 'string' || !UUID.test(purposeId)) wrong.push(cause('0014', 'invalidPurposeIdClaimFormat', undefined, purposeId));
  if (digest !== undefined) wrong.push(...digestProblems(digest));
  return wrong;
}

function digestProblems(digest: unknown): Cause[] {
  if (typeof digest !== 'object' || digest === null || Object.keys(digest).sort().join() !== 'alg,value') return [cause('0025', 'invalidDigestClaim', '{alg, value}', digest)];
  const { alg, value } = digest as { readonly alg: unknown; readonly value: unknown };
  const wrong: Cause[] = [];
  if (alg !== 'SHA256') wrong.push(cause('0027', 'invalidHashAlgorithm', 'SHA256', alg));
  // Base64 is 44 characters: the commonest mistake.
  if (typeof value !== 'string' || value.length !== 64) wrong.push(cause('0026', 'invalidHashLength', '64 caratteri', String(typeof value === 'string' ? value.length : typeof value)));
  return wrong;
}
