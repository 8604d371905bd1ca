import { SaxesParser } from 'saxes';

/** ANPR's answer cannot be read. `reason` is ours, and never holds what was sent. */
export class RispostaIllegibile extends Error {
  override readonly name = 'RispostaIllegibile';
  constructor(readonly reason: string) {
    super(`the answer of ANPR cannot be read: ${reason}`);
  }
}

/** An element by its local name; what ANPR adds in a later release is simply one more child. */
export interface Node {
  readonly name: string;
  readonly children: Node[];
  text: string;
  /** Of an `xop:Include` alone: the binary that belongs in its place (`cid:…`). Other attributes say nothing that is read. */
  readonly href?: string;
}

const MAX_DEPTH = 40;
const MAX_ELEMENTS = 200_000;
const MAX_CHARACTERS = 8 * 1024 * 1024;
const MAX_ATTRIBUTES = 20_000;

/** The document element. No DTD, no entities but XML's five, bounded size, depth and number. Errors: `RispostaIllegibile`. */
export function treeOf(xml: string): Node {
  if (xml.length > MAX_CHARACTERS) throw new RispostaIllegibile('too large');
  // saxes works for every handler that is there: these are all that is needed.
  const parser = new SaxesParser({ fragment: false, position: false });
  const root: Node = { name: '', children: [], text: '' };
  const open: Node[] = [root];
  let elements = 0;
  let attributes = 0;
  parser.on('error', () => {
    throw new RispostaIllegibile('not well-formed');
  });
  parser.on('doctype', () => {
    throw new RispostaIllegibile('document type declaration');
  });
  parser.on('attribute', () => {
    if (++attributes > MAX_ATTRIBUTES) throw new RispostaIllegibile('too many attributes');
  });
  parser.on('opentag', ({ name, attributes: { href } }) => {
    if (open.length > MAX_DEPTH) throw new RispostaIllegibile('too deep');
    if (++elements > MAX_ELEMENTS) throw new RispostaIllegibile('too many elements');
    const local = name.slice(name.indexOf(':') + 1);
    const node: Node = { name: local, children: [], text: '', ...(local === 'Include' && typeof href === 'string' ? { href } : {}) };
    open.at(-1)!.children.push(node);
    open.push(node);
  });
  const add = (text: string): void => {
    open.at(-1)!.text += text;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    open.pop();
  });
  try {
    parser.write(xml).close();
  } catch (error) {
    throw error instanceof RispostaIllegibile ? error : new RispostaIllegibile('not well-formed');
  }
  const document = root.children[0];
  if (!document) throw new RispostaIllegibile('empty');
  return document;
}

export const child = (node: Node | undefined, name: string): Node | undefined => node?.children.find((one) => one.name === name);
export const childrenOf = (node: Node | undefined, name: string): readonly Node[] => node?.children.filter((one) => one.name === name) ?? [];
export const text = (node: Node | undefined, name: string): string | undefined => child(node, name)?.text.trim() || undefined;
/** The lexical date part: offsets are never applied, they would move the day. */
export const date = (node: Node | undefined, name: string): string | undefined => /^\d{4}-\d{2}-\d{2}/.exec(text(node, name) ?? '')?.[0];
export function at(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  let found = node;
  for (const name of path) found = child(found, name);
  return found;
}
