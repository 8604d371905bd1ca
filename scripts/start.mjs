import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { become, main, say } from './lib/run.mjs';

const HELP = `npm start                     avvia GeRes in ambiente test, con il simulatore di ANPR
npm run start:production      avvia GeRes in ambiente produzione

Installa e compila ciò che serve. Impostazioni: npm run geres -- config --help`;

main(() => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return console.log(HELP);
  const unknown = args.find((arg) => arg !== '--production');
  if (unknown) throw new Error(`argomento sconosciuto: ${unknown}\n\n${HELP}`);
  install(say);
  build(say);
  become([join(root, 'apps', 'standalone', 'dist', 'main.js')], args.includes('--production') ? { GERES_ENVIRONMENT: 'produzione' } : {});
});
