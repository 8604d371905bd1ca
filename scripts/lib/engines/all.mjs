import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../root.mjs';

const DEFINITIONS = join(root, 'deploy', 'engines');

/** Every engine that `deploy/engines/` defines, each in the `engine.mjs` of its folder. */
export async function engines() {
  const folders = readdirSync(DEFINITIONS).filter((name) => existsSync(join(DEFINITIONS, name, 'engine.mjs')));
  return Promise.all(folders.sort().map(async (name) => (await import(pathToFileURL(join(DEFINITIONS, name, 'engine.mjs')).href)).engine));
}

/** Those named; all of them when none is. */
export async function chosen(names) {
  const all = await engines();
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown) throw new Error(`motore sconosciuto: ${unknown} (ci sono: ${all.map(({ name }) => name).join(', ')})`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
