import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../lib/root.mjs';

/** Links of the documents that lead nowhere, and source files that they name and that are not there any more. */
export function brokenReferences() {
  const sources = globSync('{apps,libs,scripts}/**/*.{ts,mjs}', { cwd: root, exclude: (path) => /(?:^|[\\/])(?:node_modules|dist)(?:[\\/]|$)/.test(path) }).map((path) => `/${path.replaceAll('\\', '/')}`);
  const isThere = (name) => (/^(?:apps|libs|scripts|docs|deploy|k8s)\//.test(name) ? existsSync(join(root, name)) : sources.some((path) => path.endsWith(`/${name}`)));
  return globSync(['*.md', 'docs/**/*.md'], { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path).filter((path) => !existsSync(join(root, dirname(file), path)));
    const names = [...text.matchAll(/`([\w./-]+\/[\w./-]*|[\w.-]+\.(?:ts|mjs))`/g)].map(([, name]) => name).filter((name) => (/\.(?:ts|mjs)$/.test(name) || /^(?:apps|libs|scripts|docs)\//.test(name)) && !isThere(name));
    return [...links, ...names].map((name) => `${file}: ${name}`);
  });
}
