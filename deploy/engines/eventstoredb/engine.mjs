import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, listens, until } from '../../../scripts/lib/engines/tools.mjs';

const program = join(dirname(fileURLToPath(import.meta.url)), 'dist', 'main.js');

export const engine = {
  name: 'eventstoredb',
  title: 'sostituto di EventStoreDB (non è EventStoreDB)',
  variable: 'GERES_EVENTSTORE_URL',

  missing: () => (existsSync(program) ? undefined : 'va compilato (npm run build)'),

  /** It is built with the rest of the repository. */
  prepare: async () => dirname(program),

  /** One node, and a port for faults on demand. */
  async start({ folder, run, ports }) {
    const [port, control] = ports ?? [await freePort(), await freePort()];
    const server = await run(process.execPath, [program, '--data', join(folder, 'data'), '--port', String(port), '--control-port', String(control)]);
    await until('il sostituto di EventStoreDB', () => listens(control), server.alive);
    return { address: `esdb://127.0.0.1:${port}?tls=false`, control: `http://127.0.0.1:${control}`, ports: [port, control], standIn: true };
  },
};
