import type { Sign } from './breaker.domain.js';
import type { Departure, Turn } from './bulkhead.js';
import type { ChannelOutcome } from './channel.js';

/** Failures of ours that carry ANPR’s name because the caller is to come again. */
const OURS: ReadonlySet<string> = new Set(['errore-interno', 'operazione-superata', 'ulteriore-chiamata']);

/** What an outcome says of ANPR: answers and refusals are life, a technical failure is none, and what never left says nothing. */
export function signOf(outcome: ChannelOutcome): Sign {
  if (outcome.kind === 'answered' || outcome.throttled) return 'life';
  const { problem, detail = '', anprMs } = outcome;
  switch (problem) {
    case 'anpr-non-disponibile':
    case 'anpr-tempo-scaduto':
      return OURS.has(detail) ? 'nothing' : 'failure';
    case 'anpr-ha-rifiutato':
    case 'risposta-non-coerente':
    case 'quota-superata':
      return anprMs === undefined ? 'nothing' : 'life';
    default:
      return 'nothing';
  }
}

/** Tells the bulkhead what came of a question that left. */
export const tellOf = (outcome: ChannelOutcome, departure: Departure): void => departure.came(signOf(outcome), outcome.kind === 'failed' ? { less: outcome.throttled } : {});

/** The outcome of a question whose turn it is not to leave. */
export function turnedAway(turn: Exclude<Turn, { readonly kind: 'leave' }>): ChannelOutcome | { readonly kind: 'cut' } {
  switch (turn.kind) {
    case 'circuit-open':
      return { kind: 'failed', problem: 'anpr-non-disponibile', detail: 'circuito-aperto', retryAfter: secondsOf(turn.retryInMs) };
    case 'late':
      return { kind: 'failed', problem: 'scaduta', detail: 'in-coda', ...(turn.retryInMs > 0 ? { retryAfter: secondsOf(turn.retryInMs) } : {}) };
    case 'stopped':
      return { kind: 'cut' };
    default:
      return turn satisfies never;
  }
}

const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
