import { join } from 'node:path';
import { root } from './root.mjs';
import { runNode } from './run.mjs';

/** Compiles what has changed. */
export function build(say) {
  const began = Date.now();
  say('compilo (la prima volta circa mezzo minuto)');
  runNode('compilazione', [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  say(`compilato in ${Math.round((Date.now() - began) / 1000)} s`);
}
