import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/root.mjs';
import { become, main, say } from './lib/run.mjs';

main(() => {
  install(say);
  build(say);
  become([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)]);
});
