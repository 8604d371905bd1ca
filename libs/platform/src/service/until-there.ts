import { setTimeout as pause } from 'node:timers/promises';

export interface UntilThere {
  /** Told of each attempt that failed. */
  readonly onFailure: (error: unknown, attempt: number) => void;
  readonly signal: AbortSignal;
  /** For errors that another attempt does not mend: wrong credentials, another environment. */
  readonly isFinal?: (error: unknown) => boolean;
}

const FIRST_MS = 250;
const LONGEST_MS = 5000;

/** Opens something that may not be up yet, again and again with growing pauses, until it is there or this process stops. Errors: what is final, and the signal's reason. */
export async function untilThere<T>(open: () => Promise<T>, { onFailure, signal, isFinal = () => false }: UntilThere): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      if (signal.aborted || isFinal(error)) throw error;
      onFailure(error, attempt);
      await pause(Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1)), undefined, { signal });
    }
  }
}
