import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testPeople } from '../people/list.js';

/** Writes the list of test people into a folder; with `--check` only tells, by its exit code, whether it is there as it should be. */
const [folder, check] = process.argv.slice(2);
if (folder === undefined || (check !== undefined && check !== '--check')) throw new Error('usage: main.js FOLDER [--check]');
const file = join(folder, 'test-people.md');
const text = testPeople();
if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) {
  if (check) {
    process.stderr.write('test-people.md non corrisponde al codice\n');
    process.exitCode = 1;
  } else {
    await writeFile(file, text);
  }
}
