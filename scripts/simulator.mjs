import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { become, main, say } from './lib/run.mjs';

main(() => {
  install(say);
  build(() => {});
  if (!process.argv.includes('--help')) say('Simulatore di ANPR. Come si usa: la pagina all’indirizzo che segue. Impostazioni: npm run simulator -- --help. Per fermare: Ctrl+C');
  become([join(root, 'apps', 'simulator', 'dist', 'main.js'), ...process.argv.slice(2)]);
});
