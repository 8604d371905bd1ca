import { LOOKUP_ANSWERS, type Limits, type LookupAnswer, type LookupOutcome } from '@geres/contracts';
import type { Answer, CommandBus } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import { failLookup, isLookupProblem, type LookupProblem } from './lookup.problems.js';

/** An answer that nobody has fetched from the bus by then is of no use to anybody. */
const ANSWER_MS = 10 * 60_000;

/** Tells every gateway what came of a command. Never throws: whoever misses it asks again. */
export class Answers {
  constructor(
    private readonly bus: CommandBus,
    private readonly clock: Clock,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  async tell(to: string, data: LookupOutcome): Promise<void> {
    const now = this.clock();
    const answer: LookupAnswer & Answer = { type: 'anpr.lookup.answer', to, issuedAt: now.toISOString(), expiresAt: new Date(now.getTime() + ANSWER_MS).toISOString(), data };
    await this.bus.answer(LOOKUP_ANSWERS, answer).catch(this.onFailure);
  }
}

/** A problem as it travels. Codes that this release does not know are told as `richiesta-interrotta`. */
export function problemAnswer(lookup: string, code: string, options: { readonly retryAfter?: number; readonly limits?: Limits } = {}): LookupOutcome {
  const known: LookupProblem = isLookupProblem(code) ? code : 'richiesta-interrotta';
  const { status, title, detail, retryAfter, params } = failLookup(known, {}, options.retryAfter);
  return {
    kind: 'problem',
    lookup,
    problem: { code: known, status, title, detail, params: { ...params }, ...(retryAfter === undefined ? {} : { retryAfter }) },
    ...(options.limits ? { limits: options.limits } : {}),
  };
}
