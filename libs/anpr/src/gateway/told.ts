import { IdempotencyKey, type Limits, type RichiestaInCorso } from '@geres/contracts';
import { Problem } from '@geres/kernel';
import { failHttp } from '@geres/platform/http';
import type { FastifyReply } from 'fastify';
import type { Told } from './pending.js';

/** Seconds after which a lookup that is under way is worth asking for again. */
const RETRY_AFTER = 1;

/** `Idempotency-Key` as sent. Errors: `richiesta-non-valida`. */
export function idempotencyKeyOf(header: string): string {
  const key = IdempotencyKey.safeParse(header);
  if (!key.success) throw failHttp('richiesta-non-valida', { errori: [{ campo: 'Idempotency-Key', messaggio: 'da 1 a 128 caratteri ASCII visibili' }] });
  return key.data;
}

/** Turns what was heard into the response: the body, or a problem thrown. Sets status and headers on `reply`. */
export function told(heard: Told, comune: string, reply: FastifyReply): object {
  if (heard.kind === 'recorded') return underWay(comune, heard.lookup, reply);
  const { outcome } = heard;
  if (outcome.kind === 'pending') return underWay(comune, outcome.lookup, reply);
  if (outcome.limits) rateLimit(outcome.limits, reply);
  if (outcome.kind === 'answered') return outcome.risposta;
  const { code, status, title, detail, params, retryAfter } = outcome.problem;
  throw new Problem(code, status, title, detail, { ...params, richiesta: outcome.lookup }, retryAfter);
}

function underWay(comune: string, lookup: string, reply: FastifyReply): RichiestaInCorso {
  void reply
    .status(202)
    .header('Location', `/api/v1/comuni/${comune}/richieste/${lookup}`)
    .header('Retry-After', String(RETRY_AFTER));
  return { id: lookup, stato: 'in-corso' };
}

function rateLimit({ limit, remaining, reset }: Limits, reply: FastifyReply): void {
  void reply.header('X-RateLimit-Limit', String(limit)).header('X-RateLimit-Remaining', String(remaining)).header('X-RateLimit-Reset', String(reset));
}
