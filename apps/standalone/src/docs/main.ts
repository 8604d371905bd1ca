import 'reflect-metadata';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { documents } from './documents.js';

/** Writes the generated documents into a folder; with `--check` only tells, by its exit code, whether they are there as they should be. */
const [folder, check] = process.argv.slice(2);
if (folder === undefined || (check !== undefined && check !== '--check')) throw new Error('usage: main.js FOLDER [--check]');

const drifted: string[] = [];
for (const [path, text] of await documents()) {
  const file = join(folder, path);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept === text) continue;
  drifted.push(path);
  if (check) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

if (check && drifted.length > 0) {
  process.stderr.write(`non corrispondono al codice (npm run docs li riscrive): ${drifted.join(', ')}\n`);
  process.exitCode = 1;
} else {
  process.stderr.write(drifted.length > 0 ? `scritti: ${drifted.join(', ')}\n` : 'aggiornati\n');
}
