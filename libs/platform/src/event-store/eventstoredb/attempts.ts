import { StoreUnavailable } from '@geres/kernel';
import type { CommandError, ErrorType } from '@eventstore/db-client';
import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** Worth another attempt: the server refused, went away, took too long to replicate, or knows of no leader while one is being elected (`unknown`). */
const PASSING: ReadonlySet<string> = new Set<`${ErrorType}`>(['not-leader', 'unavailable', 'cancelled', 'timeout', 'unknown']);
/** What the caller must decide on. */
const MEANT: ReadonlySet<string> = new Set<`${ErrorType}`>(['wrong-expected-version', 'stream-not-found', 'maximum-append-size-exceeded']);
/** Trying again is of no use until somebody changes something. */
const LASTING: ReadonlySet<string> = new Set<`${ErrorType}`>(['access-denied', 'invalid-argument', 'unsupported']);

export const isCommandError = (error: unknown): error is CommandError => error instanceof Error && 'type' in error && typeof error.type === 'string';
export const isOfType = (error: unknown, type: 'wrong-expected-version' | 'stream-not-found' | 'stream-deleted' | 'maximum-append-size-exceeded'): boolean => isCommandError(error) && (error.type as string) === type;
export const isLasting = (error: unknown): boolean => (isCommandError(error) && LASTING.has(error.type)) || (error instanceof StoreUnavailable && error.damaged);

/** Safe to log: the kind of error, never what was sent. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  if (!isCommandError(error)) return new StoreUnavailable('the server cannot be reached', { cause: error });
  return new StoreUnavailable(`the server answered ${error.type}`, { cause: error, damaged: isOfType(error, 'stream-deleted') });
}

/**
 * Does it within `ms`, repeated where the trouble is one that passes: whatever is repeated must be safe to repeat. `work` is given what is left.
 * Errors: those of the client that the caller must decide on, else `StoreUnavailable`.
 */
export async function attempted<T>(ms: number, work: (leftMs: number) => Promise<T>): Promise<T> {
  const until = performance.now() + ms;
  // Says more than that there was no time left for one attempt more.
  let refusal: CommandError | undefined;
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const left = Math.max(1, until - performance.now());
    try {
      return await within(left, work(left));
    } catch (error) {
      if (isCommandError(error) && MEANT.has(error.type)) throw error;
      const passing = isCommandError(error) ? PASSING.has(error.type) : !(error instanceof StoreUnavailable);
      if (passing && isCommandError(error)) refusal = error;
      if (!passing || performance.now() + wait >= until) throw unavailable(error instanceof Late ? (refusal ?? error) : error);
    }
    await pause(wait);
  }
}

class Late extends StoreUnavailable {}

/** The client's own deadlines do not cover what comes before a call: finding the leader, asking what the server can do. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late(`no answer within ${Math.round(ms)} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // Nobody waits any more for what was too late.
    work.catch(() => undefined);
  }
}
