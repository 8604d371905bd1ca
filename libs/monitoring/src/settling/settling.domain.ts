/** A lookup without outcome, as far as the sweep needs to know it. */
export interface OpenLookup {
  readonly lookup: string;
  readonly comune: string;
  /** Milliseconds of the epoch. */
  readonly askBy: number;
}

/** How often a lookup was reported already, and when it may be again. */
export interface Reported {
  readonly times: number;
  readonly nextAt: number;
}

export interface SettlingTimes {
  /** ANPR's longest silence. */
  readonly anprTimeoutMs: number;
  /** Time for whoever holds an outcome to record it. */
  readonly graceMs: number;
  /** Before a lookup is reported a second time; doubles up to `longestMs`. */
  readonly retryMs: number;
  readonly longestMs: number;
}

export const SETTLING_TIMES: SettlingTimes = { anprTimeoutMs: 120_000, graceMs: 30_000, retryMs: 60_000, longestMs: 3_600_000 };

/** Past every deadline: nobody will give it an outcome any more. */
export const isOverdue = ({ askBy }: OpenLookup, now: number, { anprTimeoutMs, graceMs }: SettlingTimes): boolean => askBy + anprTimeoutMs + graceMs <= now;

export const mayReport = (reported: Reported | undefined, now: number): boolean => reported === undefined || reported.nextAt <= now;

export function reportedAgain(reported: Reported | undefined, now: number, { retryMs, longestMs }: SettlingTimes): Reported {
  const times = (reported?.times ?? 0) + 1;
  return { times, nextAt: now + Math.min(longestMs, retryMs * 2 ** (times - 1)) };
}
