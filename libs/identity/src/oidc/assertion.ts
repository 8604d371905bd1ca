import type { PublicJwk } from '@geres/contracts';
import { compactVerify, decodeProtectedHeader, importJWK, type JWK, type ProtectedHeaderParameters } from 'jose';
import { z } from 'zod';

/** Longest life of an assertion, and how far the clocks may differ, in seconds. */
export const ASSERTION_MAX_S = 300;
export const CLOCK_TOLERANCE_S = 15;

/** An assertion that is not accepted. `reason` is recorded, `message` (Italian) is told. */
export class AssertionRefused extends Error {
  override readonly name = 'AssertionRefused';
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Assertion {
  readonly login: string;
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(200),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  iat: z.number(),
  nbf: z.number().optional(),
  jti: z.string().min(1).max(128),
});

const refuse = (reason: string, message: string): never => {
  throw new AssertionRefused(reason, message);
};

function headerOf(assertion: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(assertion);
  } catch {
    return refuse('asserzione-illeggibile', 'L’asserzione non è un JWT firmato.');
  }
}

/** By `kid`; without one, the only key that the application has. */
function keyFor({ kid }: ProtectedHeaderParameters, keys: readonly PublicJwk[]): PublicJwk {
  const key = kid === undefined ? (keys.length === 1 ? keys[0] : undefined) : keys.find((known) => known.kid === kid);
  return key ?? refuse('chiave-sconosciuta', 'La chiave (kid) dell’asserzione non è fra quelle dell’applicazione.');
}

export interface AssertionChecks {
  readonly clientId: string;
  readonly keys: readonly PublicJwk[];
  /** Issuer and token endpoint. */
  readonly audiences: readonly string[];
  readonly now: Date;
}

/** RFC 7523 §3 with our own bounds. Whether its `jti` was used before is for the caller. */
export async function readAssertion(assertion: string, { clientId, keys, audiences, now }: AssertionChecks): Promise<Assertion> {
  const header = headerOf(assertion);
  if (header.alg !== 'RS256' && header.alg !== 'ES256') return refuse('algoritmo-non-ammesso', 'L’asserzione va firmata con RS256 o ES256.');
  const key = keyFor(header, keys);
  if (key.alg !== header.alg) return refuse('algoritmo-non-ammesso', 'L’algoritmo dell’asserzione non è quello della chiave.');
  const payload = await verified(assertion, key);
  const parsed = Claims.safeParse(payload);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'contenuto'))].join(', ');
    return refuse('dichiarazioni-mancanti', `Nell’asserzione mancano o non sono validi: ${names}.`);
  }
  const { iss, sub, aud, exp, iat, nbf, jti } = parsed.data;
  const seconds = now.getTime() / 1000;
  if (iss !== clientId) return refuse('emittente-diverso', 'iss non è l’identificativo dell’applicazione.');
  if (![aud].flat().some((one) => audiences.includes(one))) return refuse('destinatario-diverso', 'aud non è l’indirizzo di questo servizio.');
  if (exp <= seconds - CLOCK_TOLERANCE_S) return refuse('asserzione-scaduta', 'L’asserzione è scaduta.');
  if (iat > seconds + CLOCK_TOLERANCE_S || (nbf !== undefined && nbf > seconds + CLOCK_TOLERANCE_S)) return refuse('asserzione-futura', 'L’asserzione è di un momento futuro.');
  if (exp > seconds + ASSERTION_MAX_S + CLOCK_TOLERANCE_S || exp - iat > ASSERTION_MAX_S) return refuse('durata-eccessiva', 'L’asserzione dura più di 5 minuti.');
  return { login: sub, jti, exp };
}

async function verified(assertion: string, key: PublicJwk): Promise<unknown> {
  try {
    const { payload } = await compactVerify(assertion, await importJWK(key as JWK, key.alg), { algorithms: [key.alg] });
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown;
  } catch {
    return refuse('firma-non-valida', 'La firma dell’asserzione non è valida.');
  }
}
