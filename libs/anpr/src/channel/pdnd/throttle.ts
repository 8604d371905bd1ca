import type { Failed } from './exchange.js';

/**
 * What a 429 that is no quota asks for: nothing for as long as `Retry-After` says, in seconds or as a date, or, at PDND, for the interval of its rate limit, in
 * milliseconds; if it says neither, for how long is whoever waits to decide.
 */
export function throttleOf(header: (name: string) => string | undefined, now: Date): Pick<Failed, 'throttled' | 'retryAfter'> {
  const forMs = after(header('retry-after'), now) ?? digits(header('x-rate-limit-interval'));
  return forMs === undefined ? { throttled: {} } : { throttled: { forMs }, retryAfter: Math.max(1, Math.ceil(forMs / 1000)) };
}

function after(value: string | undefined, now: Date): number | undefined {
  const seconds = digits(value);
  if (seconds !== undefined) return seconds * 1000;
  const at = /^[A-Z][a-z]{2}, /.test(value ?? '') ? Date.parse(value!) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

const digits = (value: string | undefined): number | undefined => (/^\d{1,9}$/.test(value ?? '') ? Number(value) : undefined);
