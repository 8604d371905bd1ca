import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { root } from '../lib/root.mjs';

const json = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const builtin = new Set(builtinModules);

/** Folder and manifest of every workspace, as npm sees them. */
function workspaces() {
  const { workspaces } = json('package.json');
  return globSync(workspaces.map((pattern) => `${pattern}/package.json`), { cwd: root })
    .map((file) => ({ folder: file.replaceAll('\\', '/').replace(/\/package\.json$/, ''), manifest: json(file) }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Where `references` of a tsconfig and the dependencies of its package.json differ: a missing reference compiles all the same, until the order of the build changes. */
export function wrongReferences() {
  const all = workspaces();
  const nameOf = new Map(all.map(({ folder, manifest }) => [folder, manifest.name]));
  const referenced = (file, from) => (existsSync(join(root, file)) ? (json(file).references ?? []).map(({ path }) => relative(root, join(root, from, path)).replaceAll('\\', '/')) : []);
  const wrong = all.flatMap(({ folder, manifest }) => {
    const references = referenced(`${folder}/tsconfig.json`, folder).map((path) => nameOf.get(path) ?? path);
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) => name.startsWith('@geres/'));
    return difference(references, dependencies, `${folder}/tsconfig.json`, `${folder}/package.json`);
  });
  return [...wrong, ...difference(referenced('tsconfig.json', '.'), [...nameOf.keys()], 'tsconfig.json', 'le cartelle dei workspace')];
}

const difference = (one, other, oneName, otherName) => [
  ...one.filter((name) => !other.includes(name)).map((name) => `${name} è in ${oneName} e non in ${otherName}`),
  ...other.filter((name) => !one.includes(name)).map((name) => `${name} è in ${otherName} e non in ${oneName}`),
];

/** Packages that a workspace imports and does not declare: they are found as long as another workspace brings them, and only so long. Specs and their helpers may use what is there for development, in the workspace and at the root; an image has none of it. */
export async function undeclaredImports() {
  const { default: ts } = await import('typescript');
  const { devDependencies: tools } = json('package.json');
  return workspaces().flatMap(({ folder, manifest }) => {
    const runs = new Set([manifest.name, ...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.optionalDependencies ?? {})]);
    const tests = new Set([...runs, ...Object.keys(manifest.devDependencies ?? {}), ...Object.keys(tools)]);
    return globSync(`${folder}/src/**/*.{ts,tsx}`, { cwd: root }).flatMap((file) => {
      const test = /\.spec\.tsx?$|[\\/]testing[\\/]/.test(file);
      const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true);
      const packages = new Set(importedFiles.map(({ fileName }) => fileName).filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !builtin.has(name)).map(packageOf));
      return [...packages].filter((name) => !(test ? tests : runs).has(name)).map((name) => `${file}: ${name} non è in ${folder}/package.json`);
    });
  });
}

const packageOf = (name) => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
