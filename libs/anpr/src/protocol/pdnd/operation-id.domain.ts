/**
 * `idOperazioneClient`: a decimal of at most 19 digits that only grows, which both regimes of ANPR accept. The last digit counts the calls of one lookup, so
 * that a further call needs nobody's leave for its id.
 */
const SHAPE = /^\d{1,19}$/;
const CALLS = 10n;

/** The id of a lookup's first call: from the clock, and never below the last one. */
export function firstOperationId(now: Date, last?: string): string {
  const clock = BigInt(now.getTime()) * 1000n;
  const after = last === undefined ? 0n : (BigInt(last) / CALLS + 1n) * CALLS;
  return String(after > clock ? after : clock);
}

/** The id of call number `call`, from 2 to 10, of the lookup whose first call had `first`. */
export const furtherOperationId = (first: string, call: number): string => String((BigInt(first) / CALLS) * CALLS + BigInt(call - 1));

export const isOperationId = (id: string): boolean => SHAPE.test(id);
