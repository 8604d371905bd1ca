import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { become, main, say } from './lib/run.mjs';

const HELP = 'npm run check [-- --no-tests]   tutto ciò che deve valere prima che una modifica sia accolta; --no-tests: salvo i test';

main(() => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return console.log(HELP);
  const unknown = args.find((arg) => arg !== '--no-tests');
  if (unknown) throw new Error(`argomento sconosciuto: ${unknown}\n\n${HELP}`);
  install(say);
  build(say);
  become([join(root, 'scripts', 'check', 'main.mjs'), ...args]);
});
