import { Risposta } from '@geres/contracts';
import { z } from 'zod';
import { EXIT, Ended, refused } from '../outcome.js';
import { problemIn } from '../problem.js';
import { jsonOf, reach } from '../reach.js';
import { table } from './table.js';

const UnderWay = z.object({ id: z.string(), stato: z.literal('in-corso') });

export interface Asking {
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal;
  /** Absent: what was asked before is picked up. */
  readonly body?: object;
  readonly idempotencyKey?: string;
  /** Seconds. 0: the answer is picked up later. */
  readonly wait?: number;
}

/** What came of a lookup, as JSON and in words. */
export interface Came {
  readonly json: unknown;
  readonly words: string;
  /** It is not an answer: what to end with. */
  readonly ended?: Ended;
}

/** Errors: `Ended` (unreachable). */
export async function ask({ url, token, signal, body, idempotencyKey, wait }: Asking): Promise<Came> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json, application/problem+json',
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    ...(wait === undefined ? {} : { prefer: wait === 0 ? 'respond-async' : `wait=${wait}` }),
  };
  const response = await reach(url, { signal, headers, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) });
  const json = await jsonOf(response);
  if (response.status === 200) {
    const answer = Risposta.safeParse(json);
    return { json, words: answer.success ? table(answer.data) : JSON.stringify(json, null, 2) };
  }
  const underWay = UnderWay.safeParse(json);
  if (underWay.success) return { json, words: '', ended: new Ended(EXIT.pending, `la richiesta ${underWay.data.id} è registrata e non ha ancora un esito; per ritirarlo: --ritira ${underWay.data.id}`) };
  return { json, words: '', ended: refused(problemIn(json, response.status)) };
}
