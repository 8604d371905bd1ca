import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { PdndProfile, PdndSettings } from '@geres/contracts';
import { compactVerify, createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { request, type Dispatcher } from 'undici';
import { clientAssertion, dpopProof, payloadOf, thumbprint, trackingEvidence, voucherFault, type Compact, type Evidenced } from '../../protocol/pdnd/index.js';
import { RETRY_MS } from '../post.js';
import { exchange, failed, type Failed } from './exchange.js';
import { proof, signed, type Signer } from './signer.js';
import { throttleOf } from './throttle.js';

/** A TrackingEvidence and the voucher that goes with it: neither is of any use with another. */
export interface Grant {
  readonly kind: 'grant';
  readonly evidence: Compact;
  readonly voucher: Compact;
  /** The last instant at which a call may leave with it. */
  readonly until: number;
}

export interface VoucherRequest {
  readonly settings: PdndSettings;
  readonly profile: PdndProfile;
  readonly signer: Signer;
  readonly who: Evidenced;
  readonly dispatcher: Dispatcher;
  readonly clock: () => Date;
}

/** ANPR looks at the age of an evidence too. */
const LIFE_MS = 540_000;
/** A voucher is left alone in the last minute of its life. */
const LAST_MS = 60_000;
const TOKEN_TIMEOUT_MS = 10_000;

/** Signs an evidence, gets the voucher bound to it and checks that it is what was asked for. Errors: `CannotSign`. */
export async function obtain(asked: VoucherRequest, keys: JWTVerifyGetKey): Promise<Grant | Failed> {
  const { settings, profile, signer, who, clock } = asked;
  const start = clock();
  const dnonce = String(randomInt(10 ** 13)).padStart(13, '0');
  const evidence = await signed(signer, trackingEvidence(who, { at: start, jti: randomUUID() }, dnonce));
  const voucher = await requested(asked, evidence);
  if (typeof voucher !== 'string') return voucher;
  const jkt = profile.dpop ? thumbprint(signer.jwk) : undefined;
  const { issuer, clientId } = settings;
  const { audience, purposeId, eserviceId } = profile;
  const fault = voucherFault(voucher, { issuer, audience, clientId, purposeId, eserviceId, evidence, jkt, now: clock() }) ?? (await signatureFault(voucher, keys));
  if (fault !== undefined) return failed('connessione-non-attiva', fault);
  const exp = payloadOf(voucher)!['exp'] as number;
  return { kind: 'grant', evidence, voucher, until: Math.min(start.getTime() + LIFE_MS, exp * 1000 - LAST_MS) };
}

/** The token endpoint is asked twice at most, with an assertion of its own each time. */
async function requested(asked: VoucherRequest, evidence: Compact): Promise<Compact | Failed> {
  const first = await requestedOnce(asked, evidence);
  if (typeof first === 'string' || first.kind === 'failed') return first as Compact | Failed;
  await pause(RETRY_MS);
  const second = await requestedOnce(asked, evidence);
  return typeof second === 'string' ? second : second.kind === 'again' ? second.failed : second;
}

async function requestedOnce({ settings, profile, signer, dispatcher, clock }: VoucherRequest, evidence: Compact): Promise<Compact | Failed | { readonly kind: 'again'; readonly failed: Failed }> {
  const { clientId, assertionAudience, tokenEndpoint } = settings;
  const at = clock();
  const assertion = await signed(signer, clientAssertion({ clientId, assertionAudience, purposeId: profile.purposeId }, { at, jti: randomUUID() }, evidence));
  const form = new URLSearchParams({ client_id: clientId, client_assertion: assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', grant_type: 'client_credentials' });
  const dpop = profile.dpop ? { dpop: await proof(signer, dpopProof({ method: 'POST', url: tokenEndpoint }, { at, jti: randomUUID() })) } : {};
  const exchanged = await exchange({
    dispatcher,
    url: tokenEndpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...dpop },
    body: Buffer.from(form.toString()),
    timeoutMs: TOKEN_TIMEOUT_MS,
  });
  if (exchanged.kind === 'lost') {
    const { problem, detail = '' } = exchanged.failed;
    const told = failed(problem, `pdnd ${detail}`);
    return exchanged.mayGoAgain ? { kind: 'again', failed: told } : told;
  }
  const answer = json(exchanged.body);
  if (exchanged.status === 200) return typeof answer?.['access_token'] === 'string' ? answer['access_token'] : failed('anpr-non-disponibile', 'pdnd senza voucher');
  const refusal = refused(exchanged.status, answer);
  return exchanged.status === 429 ? { ...refusal, ...throttleOf(exchanged.header, clock()) } : refusal;
}

/** PDND says nothing of what is wrong with an assertion, a key, a purpose: its code is all there is. */
function refused(status: number, answer: Readonly<Record<string, unknown>> | undefined): Failed {
  const errors: unknown = answer?.['errors'];
  const code: unknown = Array.isArray(errors) ? (errors[0] as { readonly code?: unknown } | undefined)?.code : undefined;
  const detail = ['pdnd', status, ...(typeof code === 'string' && /^[\d-]{1,12}$/.test(code) ? [code] : [])].join(' ');
  return failed(status === 429 || status >= 500 ? 'anpr-non-disponibile' : 'connessione-non-attiva', detail);
}

function json(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

async function signatureFault(voucher: Compact, keys: JWTVerifyGetKey): Promise<string | undefined> {
  try {
    await compactVerify(voucher, keys, { algorithms: ['RS256'] });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'voucher-chiave-ignota';
    return error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed ? 'voucher-firma' : 'jwks-non-disponibile';
  }
}

/** Keys of PDND: kept, and fetched again when a voucher names one that is not among them. */
export const pdndKeys = (jwksUrl: string, dispatcher: Dispatcher): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(jwksUrl), {
    [customFetch]: async (url, { signal }) => {
      const { statusCode, body } = await request(url, { dispatcher, signal });
      return new Response(await body.text(), { status: statusCode });
    },
  });
