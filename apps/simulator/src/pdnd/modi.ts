import { createHash } from 'node:crypto';
import { compactVerify, decodeJwt, decodeProtectedHeader, type CryptoKey, type JWTPayload, type ProtectedHeaderParameters } from 'jose';
import type { World } from '../world.js';
import { checkProof, type Dpop } from './dpop.js';
import type { Purpose } from './registry.js';
import { audienceOf, eserviceOf, PRODUCER, VOUCHER_ISSUER, type CasoUso } from './catalogue.js';

/** One call as it came: header names in lower case, the body's bytes untouched. */
export interface Call {
  readonly casoUso: CasoUso;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The URL at which this simulator was reached, and by which ANPR itself would be. */
  readonly urls: readonly string[];
}

/** A check that failed: what goes on the wire, and the diagnostic id of pdnd.md §9.6 that does not. */
export interface Refusal {
  readonly title: string;
  readonly codice: string;
  readonly atteso?: string;
  readonly ricevuto?: string;
}

/** At a resource a proof is good for as long as at PDND's own API. */
const PROOF_SECONDS = 90;
const PROFILE = 'InteroperabilityInvalidRequest';
const refusal = (title: string, codice: string, atteso?: unknown, ricevuto?: unknown): Refusal => ({ title, codice, ...(atteso === undefined ? {} : { atteso: words(atteso) }), ...(ricevuto === undefined ? {} : { ricevuto: words(ricevuto) }) });
const words = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200);
const HASHES = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;

export interface Voucher extends JWTPayload {
  readonly client_id: string;
  readonly purposeId: string;
}

/** Checks 2 to 5: the voucher is PDND's, in time, and for this e-service. */
export async function checkVoucher(received: Call, world: World, purposeOf: (id: string) => Pick<Purpose, 'clientId' | 'casoUso' | 'dpop'> | undefined): Promise<{ readonly voucher: Voucher } | Refusal> {
  const { headers, casoUso } = received;
  const [, scheme, compact] = /^(Bearer|DPoP) ([^ ]+)$/.exec(headers['authorization'] ?? '') ?? [];
  if (compact === undefined) return refusal('TokenAuthenticationRequired', 'TOKEN_MISSING');
  const read = decoded(compact);
  const key = read && (await world.issuer.key(read.header.kid ?? ''));
  if (!read || !key || !(await signedBy(compact, key))) return refusal('TokenAuthenticationFailed', 'TOKEN_INVALID', 'firma di PDND (collaudo)');
  const { payload } = read;
  if (payload.iss !== VOUCHER_ISSUER) return refusal('TokenAuthenticationFailed', 'TOKEN_INVALID', VOUCHER_ISSUER, payload.iss);
  const now = seconds(world);
  if ((payload.exp ?? 0) <= now) return refusal('TokenExpired', 'TOKEN_EXPIRED', now, payload.exp);
  if ((payload.nbf ?? 0) > now + world.pdnd.knobs.iatFuturoSecondi) return refusal('TokenNotBefore', 'TOKEN_NBF', now, payload.nbf);
  if ((payload.iat ?? 0) > now + world.pdnd.knobs.iatFuturoSecondi) return refusal('TokenInTheFuture', 'TOKEN_FUTURE', now, payload.iat);
  const audiences = [payload.aud ?? []].flat().flatMap((aud) => aud.split(','));
  const purpose = purposeOf(words(payload['purposeId'] ?? ''));
  if (!audiences.includes(audienceOf(casoUso)) || purpose?.casoUso !== casoUso || purpose.clientId !== payload['client_id']) return refusal('AuthorizationTokenDeny', 'TOKEN_DENY', audienceOf(casoUso), audiences.join(','));
  const unproven = await checkPossession({ ...received, bound: scheme === 'DPoP', compact, payload, mode: purpose.dpop ?? world.pdnd.knobs.dpop }, world);
  return unproven ?? { voucher: payload as Voucher };
}

/** A voucher that is bound to a key goes with a fresh proof of it; one that is not, as bearer, where that is enough. */
async function checkPossession({ headers, urls, bound, compact, payload, mode }: Call & { readonly bound: boolean; readonly compact: string; readonly payload: JWTPayload; readonly mode: Dpop }, world: World): Promise<Refusal | undefined> {
  const jkt = (payload['cnf'] as { readonly jkt?: unknown } | undefined)?.jkt;
  if (typeof jkt !== 'string') {
    if (bound) return refusal('TokenAuthenticationFailed', 'DPOP-0023', 'cnf.jkt nel voucher');
    return mode === 'richiesto' ? refusal('TokenAuthenticationFailed', 'DPOP_REQUIRED', 'voucher legato a una chiave') : undefined;
  }
  if (!bound) return refusal('TokenAuthenticationFailed', 'DPOP_SCHEME', 'Authorization: DPoP', 'Bearer');
  const proof = headers['dpop'];
  if (proof === undefined) return refusal('TokenAuthenticationFailed', 'DPOP_MISSING', 'campo DPoP');
  const checked = await checkProof(proof, { htu: urls, now: seconds(world), validSeconds: PROOF_SECONDS, token: { compact, jkt } }, world.pdnd.proofs);
  return typeof checked === 'string' ? undefined : { title: 'TokenAuthenticationFailed', ...checked };
}

/** Checks 8 to 16: what the ModI profile asks of the message; behind one and the same answer. */
export async function checkModi(call: Call, voucher: Voucher, world: World): Promise<Refusal | undefined> {
  const { headers, body, casoUso } = call;
  const { eserviceId, descriptorId } = eserviceOf(casoUso);
  if (voucher['producerId'] !== PRODUCER || voucher['eserviceId'] !== eserviceId || voucher['descriptorId'] !== descriptorId) return refusal(PROFILE, 'TOKEN_ESERVICE', eserviceId, voucher['eserviceId']);
  const digest = headers['digest'];
  if (digest === undefined) return refusal(PROFILE, 'DIGEST_MISSING');
  const [, algorithm, value] = /^(SHA-256|SHA-384|SHA-512)=([A-Za-z0-9+/]+={0,2})$/.exec(digest) ?? [];
  if (algorithm === undefined || value === undefined) return refusal(PROFILE, 'DIGEST_FORMAT', 'SHA-256=<base64>', digest);
  const computed = createHash(HASHES[algorithm as keyof typeof HASHES]).update(body).digest('base64');
  if (computed !== value) return refusal(PROFILE, 'DIGEST_MISMATCH', `${algorithm}=${computed}`, digest);
  const signature = await checkToken(headers['agid-jwt-signature'], 'SIG', call, voucher, world);
  if ('codice' in signature) return signature;
  const signedHeaders = checkSignedHeaders(signature.payload['signed_headers'], headers);
  if (signedHeaders) return signedHeaders;
  const audit = await checkToken(headers['agid-jwt-trackingevidence'], 'AUD', call, voucher, world);
  if ('codice' in audit) return audit;
  const evidence = audit.payload;
  if (!filled(evidence['userID'])) return refusal(PROFILE, 'AUD_USERID', 'stringa', evidence['userID']);
  if (!filled(evidence['userLocation'])) return refusal(PROFILE, 'AUD_LOCATION', 'stringa', evidence['userLocation']);
  if (evidence['LoA'] !== undefined && typeof evidence['LoA'] !== 'string') return refusal(PROFILE, 'AUD_LOA', 'stringa', evidence['LoA']);
  if (!filled(evidence['purposeId'])) return refusal(PROFILE, 'AUD_PURPOSE_MISSING');
  if (evidence['purposeId'] !== voucher.purposeId) return refusal(PROFILE, 'AUD_PURPOSE_DIFF', voucher.purposeId, evidence['purposeId']);
  const bound = voucher['digest'] as { readonly alg?: unknown; readonly value?: unknown } | undefined;
  if (bound?.alg !== 'SHA256' || typeof bound.value !== 'string') return refusal(PROFILE, 'BIND_NO_DIGEST', 'digest nel voucher', bound);
  const evidenceHash = createHash('sha256').update(headers['agid-jwt-trackingevidence'] ?? '').digest('hex');
  return bound.value.toLowerCase() === evidenceHash ? undefined : refusal(PROFILE, 'BIND_MISMATCH', evidenceHash, bound.value);
}

/** One of the two ModI tokens: signed with a key that PDND has for this client, for this e-service, in time. */
async function checkToken(compact: string | undefined, prefix: 'SIG' | 'AUD', { casoUso }: Call, voucher: Voucher, world: World): Promise<{ readonly payload: JWTPayload } | Refusal> {
  const fail = (what: string, atteso?: unknown, ricevuto?: unknown): Refusal => refusal(PROFILE, `${prefix}_${what}`, atteso, ricevuto);
  const { knobs, keys, jtis } = world.pdnd;
  if (!compact) return fail('MISSING');
  const read = decoded(compact);
  if (!read) return fail('BAD');
  const { kid } = read.header;
  if (kid === undefined) return fail('KID');
  const key = keys.get(kid);
  const revoked = key?.revokedAt !== undefined && world.now() >= key.revokedAt + knobs.ritardoRevocaSecondi * 1_000;
  if (!key || revoked || key.clientId !== voucher.client_id) return fail('KEY', `chiave del client ${voucher.client_id}`, kid);
  if (!(await signedBy(compact, key.key))) return fail('BAD');
  const { aud, iat, exp, nbf, jti } = read.payload;
  if (![aud ?? []].flat().includes(audienceOf(casoUso))) return fail('AUD', audienceOf(casoUso), aud ?? '');
  if (typeof iat !== 'number') return fail('IAT_MISSING');
  const now = seconds(world);
  if (iat > now + knobs.iatFuturoSecondi) return fail('FUTURE', now, iat);
  if (iat < now - knobs.etaIatSecondi) return fail('OLD', now - knobs.etaIatSecondi, iat);
  if (typeof exp !== 'number' || exp + knobs.expTolleranzaSecondi <= now) return fail('EXPIRED', now, exp ?? '');
  if (nbf !== undefined && nbf > now + knobs.iatFuturoSecondi) return fail('NBF', now, nbf);
  if (knobs.filtroJti && prefix === 'SIG') {
    if (jti === undefined || jtis.has(jti)) return { ...fail('JTI', 'jti mai usato', jti ?? ''), title: 'Conflict' };
    jtis.add(jti);
  }
  return { payload: read.payload };
}

function checkSignedHeaders(signed: unknown, headers: Call['headers']): Refusal | undefined {
  const entries = Array.isArray(signed) ? signed.map((one: unknown) => (typeof one === 'object' && one !== null ? Object.entries(one) : [])) : [];
  if (!Array.isArray(signed) || entries.some(({ length }) => length !== 1)) return refusal(PROFILE, 'SH_FORMAT', 'elenco di oggetti con un campo', signed ?? '');
  const pairs = entries.flat().map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  if (!pairs.some(([name]) => name === 'digest')) return refusal(PROFILE, 'SH_NO_DIGEST');
  for (const [name, value] of pairs) {
    const there = headers[name];
    if (there === undefined) return refusal(PROFILE, 'SH_NOT_FOUND', name);
    const same = name === 'content-type' ? there.replace(/\s/g, '') === value.replace(/\s/g, '') : there === value;
    if (!same) return refusal(PROFILE, 'SH_VALUE', `${name}: ${there}`, value);
  }
  return undefined;
}

function decoded(compact: string): { readonly header: ProtectedHeaderParameters; readonly payload: JWTPayload } | undefined {
  try {
    return { header: decodeProtectedHeader(compact), payload: decodeJwt(compact) };
  } catch {
    return undefined;
  }
}

async function signedBy(compact: string, key: CryptoKey): Promise<boolean> {
  return compactVerify(compact, key, { algorithms: ['RS256'] }).then(() => true, () => false);
}

function filled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** By ANPR's clock. */
function seconds({ now, pdnd }: World): number {
  return Math.floor(now() / 1_000) + pdnd.knobs.scartoErogatoreSecondi;
}
