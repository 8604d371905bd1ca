import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { main, runNode, say } from './lib/run.mjs';

const HELP = `npm run docs               scrive i documenti che nascono dal codice: eventi, problemi, impostazioni, OpenAPI, persone del simulatore
npm run docs -- --check    dice se corrispondono al codice`;

main(() => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return console.log(HELP);
  const unknown = args.find((arg) => arg !== '--check');
  if (unknown) throw new Error(`argomento sconosciuto: ${unknown}\n\n${HELP}`);
  install(say);
  build(() => {});
  // The simulator reads nothing of the product: its people are its own page.
  for (const app of ['standalone', 'simulator']) runNode('documenti', [join(root, 'apps', app, 'dist', 'docs', 'main.js'), join(root, 'docs'), ...args]);
});
