import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, decodeJwt, decodeProtectedHeader, EmbeddedJWK, errors, type JWTPayload, type ProtectedHeaderParameters } from 'jose';
import type { Cause } from '../diagnostics.js';
import { cause } from './assertion.js';

export const DPOP = ['spento', 'accettato', 'richiesto'] as const;
/** Whether a client may, or must, prove possession of a key for an e-service; where it is off proofs are not looked at. */
export type Dpop = (typeof DPOP)[number];

/** What a proof must be about (pdnd.md §7). */
export interface Proven {
  /** The request's URL; also by the name of the environment that this simulator stands for. */
  readonly htu: readonly string[];
  readonly now: number;
  readonly validSeconds: number;
  /** At an e-service: the token that goes with the proof, and the thumbprint of the key that it is bound to. */
  readonly token?: { readonly compact: string; readonly jkt: string };
}

const ALGORITHMS = ['RS256', 'ES256'];
const FUTURE_SECONDS = 10;

/** Proofs that were used, until they would not be good any more anyway. */
export type UsedProofs = Map<string, number>;

const wrong = (code: string, name: string, atteso?: string, ricevuto?: unknown): Cause => cause(`DPOP-${code}`, name, atteso, ricevuto);

/** The thumbprint of the key that a proof was made with, or the first thing that is wrong with it, as PDND's `dpop-validation` names it. */
export async function checkProof(proof: string, wanted: Proven, used: UsedProofs): Promise<string | Cause> {
  if (proof.includes(',')) return wrong('0022', 'multipleDPoPProofsError', 'una prova');
  if (proof.split('.').length !== 3) return wrong('0002', 'invalidDPoPProofFormat');
  let header: ProtectedHeaderParameters;
  let payload: JWTPayload;
  try {
    header = decodeProtectedHeader(proof);
    payload = decodeJwt(proof);
  } catch {
    return wrong('0003', 'unexpectedDPoPProofError');
  }
  const problem = headerProblem(header) ?? payloadProblem(payload, wanted);
  if (problem) return problem;
  const unsigned = await signatureProblem(proof);
  if (unsigned) return unsigned;
  const jkt = await calculateJwkThumbprint(header.jwk ?? {});
  if (wanted.token && wanted.token.jkt !== jkt) return wrong('0023', 'dpopTokenBindingMismatch', wanted.token.jkt, jkt);
  const { jti = '' } = payload;
  for (const [old, until] of used) if (until <= wanted.now) used.delete(old);
  if (used.has(jti)) return wrong('0005', 'dpopJtiAlreadyCached', 'jti mai usato', jti);
  used.set(jti, wanted.now + wanted.validSeconds + FUTURE_SECONDS);
  return jkt;
}

function headerProblem({ typ, alg, jwk, ...rest }: ProtectedHeaderParameters): Cause | undefined {
  if (typ === undefined) return wrong('0007', 'dpopTypNotFound');
  if (typ !== 'dpop+jwt') return wrong('0008', 'invalidDPoPTyp', 'dpop+jwt', typ);
  if (alg === undefined) return wrong('0016', 'dpopAlgorithmNotFound');
  if (!ALGORITHMS.includes(alg)) return wrong('0017', 'dpopAlgorithmNotAllowed', ALGORITHMS.join(', '), alg);
  if (typeof jwk !== 'object') return wrong('0009', 'dpopJwkNotFound');
  const surplus = [...Object.keys(rest), ...('d' in jwk ? ['jwk.d'] : [])];
  return surplus.length > 0 ? wrong('0018', 'dpopProofInvalidClaims', 'typ, alg, jwk (chiave pubblica)', surplus.join(', ')) : undefined;
}

function payloadProblem({ htm, htu, iat, jti, ath, ...rest }: JWTPayload, { htu: urls, now, validSeconds, token }: Proven): Cause | undefined {
  if (htm === undefined) return wrong('0010', 'dpopHtmNotFound');
  if (htm !== 'POST') return wrong('0011', 'invalidDPoPHtm', 'POST', htm);
  if (htu === undefined) return wrong('0012', 'dpopHtuNotFound');
  if (typeof htu !== 'string' || !urls.includes(htu)) return wrong('0013', 'invalidDPoPHtu', urls[0], htu);
  if (typeof iat !== 'number') return wrong('0006', 'dpopIatNotFound');
  if (typeof jti !== 'string' || jti === '') return wrong('0004', 'dpopJtiNotFound');
  if (token && ath === undefined) return wrong('0024', 'dpopAthNotFound');
  const hash = token && createHash('sha256').update(token.compact).digest('base64url');
  if (token && ath !== hash) return wrong('0025', 'invalidDPoPAth', hash, ath);
  const surplus = [...Object.keys(rest), ...(!token && ath !== undefined ? ['ath'] : [])];
  if (surplus.length > 0) return wrong('0018', 'dpopProofInvalidClaims', 'solo htm, htu, iat, jti e con un voucher ath', surplus.join(', '));
  if (iat > now + FUTURE_SECONDS) return wrong('0021', 'notYetValidDPoPProof', String(now), String(iat));
  return iat + validSeconds < now ? wrong('0020', 'expiredDPoPProof', String(now - validSeconds), String(iat)) : undefined;
}

async function signatureProblem(proof: string): Promise<Cause | undefined> {
  try {
    await compactVerify(proof, EmbeddedJWK, { algorithms: ALGORITHMS });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return wrong('0014', 'dpopProofSignatureVerificationError');
    if (error instanceof errors.JWSInvalid) return wrong('0019', 'invalidDPoPSignature');
    return error instanceof errors.JOSEError ? wrong('0015', 'invalidDPoPJwt', undefined, error.code) : wrong('0001', 'unexpectedDPoPProofSignatureVerificationError');
  }
}
