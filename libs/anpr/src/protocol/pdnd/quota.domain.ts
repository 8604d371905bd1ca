import { nextRomeMidnight, romeDay } from '@geres/contracts';

/** Calls of one client to one e-service on one day of Rome. Every call counts, also one that failed. */
export interface Ledger {
  readonly day: string;
  readonly used: number;
  /** What ANPR said the limit is, once it has. */
  readonly limit?: number;
  /** ANPR has refused one for it: none passes before midnight. */
  readonly closed?: true;
}

export type Taken = { readonly ledger: Ledger; readonly taken: true } | { readonly ledger: Ledger; readonly taken: false; readonly retryAt: Date };

const today = (ledger: Ledger | undefined, now: Date): Ledger => {
  const day = romeDay(now);
  return ledger?.day === day ? ledger : { day, used: 0 };
};

/** One call more, if there is room: the lower of the quota of the profile and the limit that ANPR told. */
export function take(ledger: Ledger | undefined, now: Date, quota: number): Taken {
  const current = today(ledger, now);
  if (current.closed || current.used >= Math.min(quota, current.limit ?? quota)) return { ledger: current, taken: false, retryAt: nextRomeMidnight(now) };
  return { ledger: { ...current, used: current.used + 1 }, taken: true };
}

/** `X-RateLimit-Limit` and `X-RateLimit-Remaining` of an answer. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
}

/** What ANPR counted, where it counted more than we did: other processes of the client, or we before a restart. It never gives calls back. */
export function reconcile(ledger: Ledger | undefined, now: Date, { limit, remaining }: RateLimit): Ledger {
  const current = today(ledger, now);
  return { ...current, limit, used: Math.max(current.used, limit - remaining) };
}

/** After a 429 for the quota. */
export const close = (ledger: Ledger | undefined, now: Date): Ledger => ({ ...today(ledger, now), closed: true });

/** The two headers of an answer, if both are sound. */
export function rateLimitOf(header: (name: string) => string | undefined): RateLimit | undefined {
  const [limit, remaining] = ['x-ratelimit-limit', 'x-ratelimit-remaining'].map((name) => (/^\d{1,10}$/.test(header(name) ?? '') ? Number(header(name)) : undefined));
  return limit === undefined || remaining === undefined || remaining > limit ? undefined : { limit, remaining };
}
