import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';
import { engine, engineScript } from './engines.js';
import { workplace } from './temporary-folder.js';

const server = await engine('mongodb');
const { folder } = workplace();

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A process that keeps an engine for itself, and the pid of the engine. */
async function keeper(data: string): Promise<{ readonly keeper: ReturnType<typeof spawn>; readonly pid: number }> {
  const started = spawn(process.execPath, [engineScript, 'run', 'mongodb', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { value } = await createInterface({ input: started.stdout })[Symbol.asyncIterator]().next();
  return { keeper: started, pid: (JSON.parse(value as string) as { readonly pid: number }).pid };
}

describe.skipIf(!server.there || server.pid === undefined)('an engine for tests', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('ends with its starter, also by %s', async (signal) => {
    const one = await keeper(await folder());
    expect(lives(one.pid)).toBe(true);
    one.keeper.kill(signal);
    await once(one.keeper, 'exit');
    await vi.waitFor(() => expect(lives(one.pid)).toBe(false), { timeout: 10_000 });
  });
});
