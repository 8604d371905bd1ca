import { gunzipSync } from 'node:zlib';
import { RispostaIllegibile, treeOf, type Node } from '../protocol/soap/tree.js';
import { plainCode } from './tables.js';

/** Tables that answers are decoded by. */
export const DECODED_BY = ['1', '5', '6', '15', '25', '28'] as const;

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The codes of a table in the files of service 7001. How they are written inside is not public: XML, also compressed, was seen. What is read is any element
 * that has a code and a description among its children, whatever else it has. Errors: `RispostaIllegibile`.
 */
export function tableIn(files: readonly Uint8Array[]): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const file of files) collect(treeOf(decoded(inflated(file))), table);
  if (table.size === 0) throw new RispostaIllegibile('no codes in the table');
  return table;
}

function inflated(file: Uint8Array): Uint8Array {
  if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
  try {
    return gunzipSync(file, { maxOutputLength: MAX_BYTES });
  } catch {
    throw new RispostaIllegibile('table not compressed as gzip, or too large');
  }
}

/** In the charset that its XML declaration names, else in UTF-8. */
function decoded(file: Uint8Array): string {
  const prolog = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 200)).toString('latin1');
  const charset = /^\s*<\?xml[^>]*\sencoding=["']([A-Za-z0-9._-]{1,40})["']/.exec(prolog)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true }).decode(file);
  } catch {
    throw new RispostaIllegibile('charset of the table');
  }
}

/** Columns by the names that the published tables have, then by how such names begin. */
const CODE = [/^(?:codice|cod|id)$/i, /^(?:cod|id)/i];
const TEXT = [/^(?:descrizione|denominazione)$/i, /^(?:desc|denom)/i];

function collect(node: Node, table: Map<string, string>): void {
  const leaves = node.children.filter(({ children }) => children.length === 0);
  const code = plainCode(valueOf(leaves, CODE));
  const text = valueOf(leaves, TEXT)?.replace(/\s+/g, ' ');
  if (code !== undefined && /^[0-9A-Za-z]{1,10}$/.test(code) && text !== undefined && text.length <= 300) table.set(code, text);
  for (const child of node.children) collect(child, table);
}

const valueOf = (leaves: readonly Node[], names: readonly RegExp[]): string | undefined =>
  names.map((name) => leaves.find((leaf) => name.test(leaf.name) && leaf.text.trim() !== '')?.text.trim()).find((value) => value !== undefined);
