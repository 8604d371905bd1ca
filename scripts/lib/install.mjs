import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root } from './root.mjs';

const STAMP = join(root, 'node_modules', '.geres-installed');

/** What decides which packages are installed, and on what machine. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Installs the packages unless they are there already. `say` is told what takes time. */
export function install(say) {
  const wanted = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20) throw new Error(`serve Node 20 o successivo; questo è ${process.version}`);
  say('installo i pacchetti (la prima volta circa un minuto)');
  const began = Date.now();
  const { status, error } = spawnSync(npm, ['ci', '--include=dev', '--loglevel=error', '--no-progress'], { cwd: root, stdio: ['ignore', process.stderr, process.stderr], shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`npm ci non è riuscito${error ? `: ${error.message}` : ''}. Serve la rete verso il registro npm; ripetere lo stesso comando.`);
  writeFileSync(STAMP, wanted);
  say(`pacchetti installati in ${Math.round((Date.now() - began) / 1000)} s`);
}
