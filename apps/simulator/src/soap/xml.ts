/** An element as it was read: `uri` is empty where it has no namespace; `attributes` are without the namespace declarations. */
export interface Node {
  readonly name: string;
  readonly prefix: string;
  readonly uri: string;
  readonly attributes: readonly Attribute[];
  readonly children: Node[];
  text: string;
  /** Elements and texts in the order in which they were written. */
  readonly content: (Node | string)[];
  /** What prefixes are bound to here; the default namespace is under the empty one. One map for all elements that declare nothing. */
  readonly scope: Scope;
}

export type Scope = Readonly<Record<string, string>>;

export interface Attribute {
  readonly name: string;
  readonly prefix: string;
  readonly uri: string;
  readonly value: string;
}

const SPECIAL = /[&<>"]/;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character) : text;
}

/** `<name>text</name>`, or nothing where there is no text to write. */
export function element(name: string, text: string | undefined): string {
  return text === undefined ? '' : `<${name}>${escaped(text)}</${name}>`;
}

export function child(node: Node | undefined, name: string): Node | undefined {
  return node?.children.find((candidate) => candidate.name === name);
}

export function textOf(node: Node | undefined, name: string): string | undefined {
  return child(node, name)?.text;
}
