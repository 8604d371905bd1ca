import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';

/** Runs `task` `total` times, `callers` at once, who begin one after the other within `overMs`; resolves with what each returned and how long all took, in milliseconds. */
export async function concurrently<T>(total: number, callers: number, task: (index: number) => Promise<T>, overMs = 0): Promise<{ readonly results: readonly T[]; readonly ms: number }> {
  const results = new Array<T>(total);
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(callers, total) }, async (_, caller) => {
      if (overMs > 0) await pause((overMs * caller) / callers);
      while (next < total) {
        const index = next++;
        results[index] = await task(index);
      }
    }),
  );
  return { results, ms: performance.now() - started };
}

export interface Timed {
  readonly ms: number;
  readonly status: number;
  /** Type of the problem, where it was none of the answers that are measured. */
  readonly problem?: string;
}

/** A client of one origin with so many connections. */
export function client(origin: string, connections: number) {
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 120_000, bodyTimeout: 120_000 });
  return {
    /** One POST, timed to the last byte of its answer. */
    async post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Timed> {
      const started = performance.now();
      const response = await pool.request({ method: 'POST', path, headers, body });
      if (response.statusCode === 200) {
        await response.body.dump();
        return { ms: performance.now() - started, status: 200 };
      }
      const problem = /"type":"([^"]+)"/.exec(await response.body.text())?.[1];
      return { ms: performance.now() - started, status: response.statusCode, ...(problem === undefined ? {} : { problem }) };
    },
    close: () => pool.close(),
  };
}

/** Errors: a question that was answered with anything but 200: its time is no figure. */
export function mustHaveSucceeded(what: string, results: readonly Timed[]): void {
  const failed = results.find(({ status }) => status !== 200);
  if (failed) throw new Error(`${what}: ${failed.status} ${failed.problem ?? ''}`);
}
