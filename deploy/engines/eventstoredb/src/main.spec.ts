import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const compiled = existsSync(program);

describe.skipIf(!compiled)(`the command${compiled ? '' : ': needs its dist (npm run build)'}`, () => {
  const run = (...args: string[]): ReturnType<typeof spawn> => spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

  it('explains itself, as a stand-in', async () => {
    const child = run('--help');
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    expect(line).toMatch(/NON è EventStoreDB/);
  });

  it('refuses to start without a folder, in one line', async () => {
    const child = run('--port', '0');
    const [line] = (await once(createInterface({ input: child.stderr! }), 'line')) as [string];
    expect(line).toMatch(/--data/);
    expect((await once(child, 'close'))[0]).toBe(2);
  });

  it('serves a client, says where, and keeps what was appended through a kill', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'geres-stand-in-'));
    const served = async (expectedRevision: 'no_stream' | bigint): Promise<void> => {
      const child = run('--data', folder);
      const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
      expect(line).toMatch(/non è EventStoreDB/);
      const client = EventStoreDBClient.connectionString(/esdb:\S+/.exec(line)![0]);
      await client.appendToStream('a', jsonEvent({ type: 't', data: {} }), { expectedRevision });
      child.kill('SIGKILL');
      await once(child, 'close');
      await client.dispose();
    };
    await served('no_stream');
    await served(0n);
    await rm(folder, { recursive: true });
  });
});
