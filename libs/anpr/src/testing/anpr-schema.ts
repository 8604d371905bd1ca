import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';

/** ANPR's own documents are not part of this repository: where they are beside it, specs compare with them. */
const SHARED = resolve(import.meta.dirname, '../../../../../shared/anpr');
const SCHEMAS = process.env['GERES_ANPR_XSD'] ?? join(SHARED, 'wsdl');
const TABLES = join(SHARED, 'tabelle');

const suite = (missing: string | undefined) => (name: string, specs: () => void) => (missing === undefined ? describe(name, specs) : describe.skip(`${name}: ${missing}`, specs));

const withoutSchemas = (): string | undefined => {
  if (!existsSync(join(SCHEMAS, '3000consultazione.xsd'))) return 'needs the XSD of ANPR (GERES_ANPR_XSD)';
  return spawnSync('xmllint', ['--version']).status === 0 ? undefined : 'needs xmllint';
};

/** Specs that need ANPR's XSD and xmllint: skipped by name where they are not. */
export const describeWithSchemas = suite(withoutSchemas());
/** Specs that need the code tables that ANPR publishes. */
export const describeWithTables = suite(existsSync(TABLES) ? undefined : 'needs the tables of ANPR');
/** Specs that need the written protocol. */
export const describeWithProtocol = suite(existsSync(join(SHARED, 'soap.md')) ? undefined : 'needs the written protocol');

/** Of the web services, or of the e-services. */
export const protocol = (of: 'soap' | 'pdnd' = 'soap'): string => readFileSync(join(SHARED, `${of}.md`), 'utf8');

/** The documents that the schema does not accept, with what xmllint said. */
export async function invalid(schema: '3000consultazione.xsd' | 'connessione.xsd' | '7001scaricoTabelle.xsd', documents: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-xsd-'));
  try {
    const files = documents.map((_, index) => join(folder, `${String(index)}.xml`));
    await Promise.all(files.map((file, index) => writeFile(file, documents[index]!)));
    const { stderr } = spawnSync('xmllint', ['--nonet', '--noout', '--schema', join(SCHEMAS, schema), ...files], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return files.flatMap((file, index) => (stderr.includes(`${file} validates`) ? [] : [`${documents[index]!}\n${stderr.split('\n').filter((line) => line.startsWith(file)).join('\n')}`]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The rows of a table, without its heading: code first. */
export function table(file: string): readonly (readonly string[])[] {
  const cell = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  return readFileSync(join(TABLES, file), 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => [...line.matchAll(cell)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''));
}
