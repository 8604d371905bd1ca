import { randomUUID } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import type { Cause } from '../diagnostics.js';
import type { World } from '../world.js';
import { cause, readAssertion, type Assertion } from './assertion.js';
import { audienceOf, eserviceOf, PRODUCER, TOKEN_ENDPOINT, VOUCHER_ISSUER, VOUCHER_SECONDS } from './catalogue.js';
import { checkProof } from './dpop.js';
import type { Purpose } from './registry.js';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const MASK = { type: 'about:blank', status: 400, title: 'The request contains bad syntax or cannot be fulfilled.', detail: 'Bad request', code: '015-0008', said: 'Unable to generate a token for the given request' } as const;
const INTERNAL = { type: 'internalServerError', status: 500, title: "The request couldn't be fulfilled due to an internal error", detail: 'Internal server error', code: '015-0000', said: 'Unable to generate a token for the given request due to an internal error' } as const;
const PROOF_SECONDS = 60;
const BODY = { type: 'about:blank', status: 400, title: 'Bad request', detail: 'Incorrect value for body', code: '007-9999' } as const;

export interface TokenRequest {
  readonly form: Readonly<Record<string, string>>;
  /** The `DPoP` header, two of them joined by a comma. */
  readonly proof: string | undefined;
  /** The URL at which this simulator was reached. */
  readonly url: string;
}

export interface TokenReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `POST /token.oauth2` in the order of PDND (pdnd.md §5). Whatever is wrong, the caller sees `015-0008`; `worldOf` a client is where the cause is kept. */
export async function token({ form, proof, url }: TokenRequest, worldOf: (clientId: string) => World): Promise<TokenReply> {
  const clientId = form['client_id'];
  const compact = form['client_assertion'] ?? '';
  const missing = ['client_assertion', 'client_assertion_type', 'grant_type'].filter((name) => !form[name]);
  if (missing.length > 0) return refused(worldOf(clientId ?? ''), BODY, [cause('0001', 'clientAssertionRequestValidationFailed', missing.join(', '))], missing.map((name) => `${name}: Required`));
  if (form['grant_type'] !== 'client_credentials') return refused(worldOf(clientId ?? ''), BODY, [cause('0003', 'invalidGrantType', 'client_credentials', form['grant_type'])], ['grant_type: Invalid value']);
  if (form['client_assertion_type'] !== TYPE) return masked(worldOf(clientId ?? ''), [cause('0002', 'invalidAssertionType', TYPE, form['client_assertion_type'])]);
  const strictWorld = worldOf(clientId ?? '');
  if (strictWorld.pdnd.knobs.tokenErroreInterno) return refused(strictWorld, INTERNAL, [cause('0004', 'kafkaAuditingFailed')], [INTERNAL.said]);
  const assertion = readAssertion(compact, clientId, strictWorld.pdnd.knobs.assertionStretta);
  if (!('kid' in assertion)) return masked(strictWorld, assertion);
  const world = worldOf(assertion.clientId);
  const purpose = await admitted(assertion, world);
  if ('codice' in purpose) return masked(world, [purpose]);
  const possession = await proven(proof, purpose, url, world);
  if (typeof possession === 'object') return masked(world, [possession]);
  const limits = counted(world);
  if (limits.over) return { ...refused(world, { type: 'about:blank', status: 429, title: 'Too Many Requests', detail: `Requests limit exceeded for organization ${PRODUCER}`, code: '007-10004' }, [cause('RATE', 'limite al secondo')]), headers: limits.headers };
  return { status: 200, headers: { ...limits.headers, 'cache-control': 'no-cache, no-store' }, body: { access_token: await voucher(assertion, purpose, possession, world), token_type: possession === undefined ? 'Bearer' : 'DPoP', expires_in: VOUCHER_SECONDS } };
}

/** The key by (client, kid, purpose) in one look, so that these three cannot be told apart; then signature, times, states. */
async function admitted({ compact, kid, clientId, purposeId, exp, nbf }: Assertion, { pdnd, now }: World): Promise<Purpose | Cause> {
  const key = pdnd.keys.get(kid);
  const purpose = pdnd.purposes.get(purposeId);
  if (key?.clientId !== clientId || key.revokedAt !== undefined || purpose?.clientId !== clientId) return cause('0006', 'tokenGenerationStatesEntryNotFound', 'chiave attiva e finalità di questo client', `${clientId} ${kid} ${purposeId}`);
  try {
    await compactVerify(compact, key.key, { algorithms: ['RS256'] });
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return cause('0016', 'clientAssertionSignatureVerificationError');
    if (error instanceof errors.JWSInvalid) return cause('0033', 'invalidSignature');
    return error instanceof errors.JOSEError ? cause('0018', 'jsonWebTokenError', undefined, error.code) : cause('0001', 'unexpectedClientAssertionSignatureVerificationError');
  }
  const seconds = now() / 1_000;
  if (exp <= seconds) return cause('0017', 'tokenExpiredError', `dopo ${new Date(now()).toISOString()}`, new Date(exp * 1_000).toISOString());
  if (nbf !== undefined && nbf > seconds) return cause('0019', 'notBeforeError', new Date(now()).toISOString(), new Date(nbf * 1_000).toISOString());
  if (purpose.finalita !== 'attiva') return cause('0020', 'invalidPurposeState', 'attiva', purpose.finalita);
  if (purpose.richiesta !== 'attiva') return cause('0021', 'invalidAgreementState', 'attiva', purpose.richiesta);
  if (purpose.descrittore !== 'attiva') return cause('0022', 'invalidEServiceState', 'attiva', purpose.descrittore);
  return purpose;
}

/** The key that the voucher is to be bound to, where a proof of it came and is looked at. */
async function proven(proof: string | undefined, { dpop }: Purpose, url: string, { pdnd, now }: World): Promise<string | Cause | undefined> {
  const mode = dpop ?? pdnd.knobs.dpop;
  if (mode === 'spento') return undefined;
  if (proof === undefined) return mode === 'richiesto' ? cause('0009', 'dpopProofValidationFailed', 'una prova nel campo DPoP') : undefined;
  return checkProof(proof, { htu: [TOKEN_ENDPOINT, url], now: Math.floor(now() / 1_000), validSeconds: PROOF_SECONDS }, pdnd.proofs);
}

function counted({ pdnd, now }: World): { readonly over: boolean; readonly headers: Record<string, string> } {
  const { seconds, knobs } = pdnd;
  const second = Math.floor(now() / 1_000);
  if (seconds.at !== second) Object.assign(seconds, { at: second, count: 0 });
  seconds.count += 1;
  const remaining = Math.max(0, knobs.tokenAlSecondo - seconds.count);
  return { over: seconds.count > knobs.tokenAlSecondo, headers: { 'x-rate-limit-limit': String(knobs.tokenAlSecondo), 'x-rate-limit-interval': '1000', 'x-rate-limit-remaining': String(remaining) } };
}

function voucher({ clientId, digest }: Assertion, { purposeId, casoUso }: Purpose, jkt: string | undefined, { now, issuer, consumerId }: World): Promise<string> {
  const iat = Math.floor(now() / 1_000);
  return issuer.sign({
    jti: randomUUID(), iss: VOUCHER_ISSUER, aud: audienceOf(casoUso), client_id: clientId, sub: clientId, iat, nbf: iat, exp: iat + VOUCHER_SECONDS, purposeId,
    ...(digest === undefined ? {} : { digest }), ...(jkt === undefined ? {} : { cnf: { jkt } }), producerId: PRODUCER, consumerId, ...eserviceOf(casoUso),
  });
}

function masked(world: World, causes: readonly Cause[]): TokenReply {
  return refused(world, MASK, causes, [MASK.said]);
}

function refused({ diagnostics, now }: World, { code, ...problem }: { readonly type: string; readonly status: number; readonly title: string; readonly detail: string; readonly code: string }, causes: readonly Cause[], said: readonly string[] = [problem.detail]): TokenReply {
  const correlationId = diagnostics.add('pdnd-token', `${String(problem.status)} ${code}`, causes, now());
  const { type, status, title, detail } = problem;
  return { status, body: { type, status, title, detail, errors: said.map((one) => ({ code, detail: one })), correlationId } };
}
