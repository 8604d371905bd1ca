import { join } from 'node:path';
import { bootAndLookUp } from './boot.mjs';
import { checkImage } from './image.mjs';
import { checkManifests } from './manifests.mjs';
import { brokenReferences } from './documents.mjs';
import { undeclaredImports, wrongReferences } from './references.mjs';
import { lintsBlindToConfiguration, violationsNotFound } from './violations.mjs';
import { root } from '../lib/root.mjs';
import { main, npmRun, runNode, say } from '../lib/run.mjs';

/** Fails with the list, if there is one. */
const none = (faults) => {
  if (faults.length > 0) throw new Error(faults.join('\n'));
};

const STEPS = [
  ['tsconfig e package.json dicono le stesse dipendenze', () => none(wrongReferences())],
  ['ogni pacchetto importato è dichiarato', async () => none(await undeclaredImports())],
  ['lint', () => npmRun('lint')],
  ['il lint dipende dalla configurazione comune', () => none(lintsBlindToConfiguration())],
  ['il lint trova una violazione piantata di ogni genere', () => none(violationsNotFound())],
  ['ciò che i documenti nominano esiste', () => none(brokenReferences())],
  ['i documenti generati sono aggiornati', () => npmRun('docs', '--check')],
  ['ciò con cui si distribuisce è ben formato', checkManifests],
  ['l’immagine di ogni servizio si può costruire e si avvia', checkImage],
  ['il sistema compilato si avvia e risponde a una richiesta', bootAndLookUp],
  ['il comando geres si avvia', () => npmRun('geres', '--help')],
];
const TESTS = ['test', () => runNode('test', [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run'])];

main(async () => {
  const steps = process.argv.includes('--no-tests') ? STEPS : [...STEPS, TESTS];
  const failed = [];
  for (const [name, run] of steps) {
    say(`\n▸ ${name}`);
    const began = Date.now();
    try {
      await run();
      say(`  ✓ ${name} (${Math.round((Date.now() - began) / 1000)} s)`);
    } catch (error) {
      say(`  ✗ ${name}\n${error.message}`);
      failed.push(name);
    }
  }
  say(failed.length > 0 ? `\nNon va: ${failed.join('; ')}\n` : '\nTutto a posto.\n');
  console.log(`${steps.length - failed.length} passed, ${failed.length} failed, 0 skipped`);
  process.exitCode = failed.length > 0 ? 1 : 0;
});
