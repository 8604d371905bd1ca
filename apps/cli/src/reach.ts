import { unreachable } from './outcome.js';

/** One HTTP request. Errors: `Ended` (unreachable) when nobody answers. */
export async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'error', ...init });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw unreachable(`GeRes non risponde su ${new URL(url).origin} (${reasonOf(error)}): è in funzione?`);
  }
}

function reasonOf(error: unknown): string {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as NodeJS.ErrnoException;
    if (code !== undefined) return code;
    if (one instanceof AggregateError && one.errors.length > 0) return reasonOf(one.errors[0]);
  }
  return 'collegamento non riuscito';
}

/** The body as JSON; `undefined` when it is something else. */
export async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
