import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { become, main, say } from './lib/run.mjs';

main(() => {
  install(say);
  build(() => {});
  // kafkajs counts a pause from the epoch now and then.
  become(['--disable-warning=TimeoutNegativeWarning', join(root, 'apps', 'e2e', 'dist', 'bench', 'main.js'), ...process.argv.slice(2)]);
});
