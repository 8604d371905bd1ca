import { hexDigest, payloadOf, type Compact } from './jws.js';

/** What a voucher must say to be of use for a call. */
export interface Expected {
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string;
  readonly purposeId: string;
  /** Of the catalogue, where the Comune wrote it down. */
  readonly eserviceId?: string | undefined;
  /** The TrackingEvidence that the voucher was asked with. */
  readonly evidence: Compact;
  /** Thumbprint of the key of the DPoP proof, where one was sent. */
  readonly jkt?: string | undefined;
  readonly now: Date;
}

/** Seconds that a voucher must still be good for. */
export const REMAINING_S = 60;
const AHEAD_S = 15;

/** The first thing that is wrong with a voucher, in our words: ANPR would only say that it is not conform. `undefined`: nothing. */
export function voucherFault(voucher: Compact, { issuer, audience, clientId, purposeId, eserviceId, evidence, jkt, now }: Expected): string | undefined {
  const claims = payloadOf(voucher);
  if (!claims) return 'voucher-non-jwt';
  const digest = member(claims, 'digest');
  const at = now.getTime() / 1000;
  const checks: readonly (readonly [boolean, string])[] = [
    [claims['iss'] === issuer, 'voucher-emittente'],
    // Several audiences come in one string.
    [typeof claims['aud'] === 'string' && claims['aud'].split(',').includes(audience), 'voucher-audience'],
    [claims['client_id'] === clientId, 'voucher-client'],
    [claims['purposeId'] === purposeId, 'voucher-finalita'],
    [eserviceId === undefined || claims['eserviceId'] === eserviceId, 'voucher-e-service'],
    [digest?.['alg'] === 'SHA256', 'voucher-senza-digest'],
    [typeof digest?.['value'] === 'string' && digest['value'].toLowerCase() === hexDigest(evidence), 'voucher-digest'],
    [jkt === undefined || member(claims, 'cnf')?.['jkt'] === jkt, 'voucher-dpop'],
    [(num(claims, 'nbf') ?? 0) <= at + AHEAD_S && (num(claims, 'iat') ?? 0) <= at + AHEAD_S, 'voucher-nel-futuro'],
    [(num(claims, 'exp') ?? 0) >= at + REMAINING_S, 'voucher-in-scadenza'],
  ];
  return checks.find(([holds]) => !holds)?.[1];
}

const num = (claims: Readonly<Record<string, unknown>>, name: string): number | undefined => (typeof claims[name] === 'number' ? claims[name] : undefined);
const member = (claims: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> | undefined =>
  typeof claims[name] === 'object' && claims[name] !== null ? (claims[name] as Record<string, unknown>) : undefined;
