import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guarded } from './guarded.mjs';

/**
 * Starts one engine; throws with the end of its log when it does not come up. `data` is where it keeps its data, also for a later start; without it, a folder that
 * is removed at the end. `ports` are those of an earlier start.
 */
export async function startEngine(engine, { data, ports } = {}) {
  const why = engine.missing();
  if (why) throw new Error(`${engine.title}: ${why}`);
  const built = await engine.prepare();
  const folder = data ?? mkdtempSync(join(tmpdir(), `geres-${engine.name}-`));
  mkdirSync(folder, { recursive: true });
  // An engine that runs as another user finds its way through.
  chmodSync(folder, 0o711);
  const log = join(folder, 'engine.log');
  const servers = [];
  const stop = async () => {
    for (const server of [...servers].reverse()) await server.stop();
    if (!data) rmSync(folder, { recursive: true, force: true });
  };
  const run = async (command, args, options) => {
    const server = await guarded(log, command, args, options);
    servers.push(server);
    return server;
  };
  try {
    const said = await engine.start({ built, folder, run, ports });
    // The last one started is the one that others talk to.
    return { said: { ...said, pid: servers.at(-1).pid, log }, ended: Promise.race(servers.map(({ ended }) => ended)), stop };
  } catch (error) {
    error.message = `${engine.title}: ${error.message}`;
    await stop();
    throw error;
  }
}
