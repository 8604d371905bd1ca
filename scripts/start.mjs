import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { become, main, say } from './lib/run.mjs';

const HELP = `npm start                     avvia GeRes in ambiente test, con il simulatore di ANPR
npm run start:production      avvia GeRes in ambiente produzione
npm run start:distributed     avvia la forma distribuita: motori, un processo per servizio, simulatore

Installa e compila ciò che serve. Impostazioni: npm run geres -- config --help`;

main(() => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return console.log(HELP);
  const unknown = args.find((arg) => !['--production', '--distributed'].includes(arg));
  if (unknown) throw new Error(`argomento sconosciuto: ${unknown}\n\n${HELP}`);
  install(say);
  build(say);
  const standalone = join(root, 'apps', 'standalone');
  // How Node keeps memory small: without it the heap grows with what the machine has, not with what GeRes needs.
  const lean = JSON.parse(readFileSync(join(standalone, 'node.json'), 'utf8'));
  if (args.includes('--distributed')) return become(['--disable-warning=TimeoutNegativeWarning', join(standalone, 'dist', 'distributed', 'main.js')], { GERES_DATA: process.env.GERES_DATA || '.geres-distributed' });
  become([...lean.args, join(standalone, 'dist', 'main.js')], { ...lean.env, ...(args.includes('--production') ? { GERES_ENVIRONMENT: 'produzione' } : {}) });
});
