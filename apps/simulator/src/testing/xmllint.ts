import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
export const FOLDER = process.env['GERES_ANPR_XSD'] ?? resolve(REPOSITORY, '../shared/anpr/wsdl');

/** Why documents cannot be validated here, or `undefined` when they can. */
export function missing(): string | undefined {
  if (!existsSync(join(FOLDER, '3000consultazione.xsd'))) return 'needs the XSD of ANPR (GERES_ANPR_XSD)';
  if (spawnSync('xmllint', ['--version']).status !== 0) return 'needs xmllint';
  return undefined;
}

/** For each document whether it is valid, and what xmllint said about all of them. */
export async function validate(schema: '3000consultazione.xsd' | '7001scaricoTabelle.xsd' | 'connessione.xsd', documents: readonly string[]): Promise<{ readonly valid: readonly boolean[]; readonly said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-xsd-'));
  try {
    const files = documents.map((_, index) => join(folder, `${String(index)}.xml`));
    await Promise.all(files.map((file, index) => writeFile(file, documents[index] ?? '')));
    const { stderr } = spawnSync('xmllint', ['--nonet', '--noout', '--schema', join(FOLDER, schema), ...files], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return { valid: files.map((file) => stderr.includes(`${file} validates`)), said: stderr };
  } finally {
    await rm(folder, { recursive: true });
  }
}
