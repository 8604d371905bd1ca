import type { Attribute, Node } from '../soap/xml.js';

interface Options {
  /** Prefixes that are treated as in inclusive canonicalisation (`InclusiveNamespaces`). */
  readonly inclusive?: readonly string[];
  /** A child that is left out: the signature that is inside what it signs. */
  readonly without?: Node | undefined;
}

const NOTHING: Readonly<Record<string, string>> = {};

/**
 * Exclusive XML Canonicalization 1.0 without comments of one element. What it is made of has neither comments, DTD nor processing instructions. Written here because it reads the tree that
 * is there anyway: with a library's own document and its canonical form, a signed message cost several times as much. Proven equal to xml-crypto's and to what xmlsec1 signs.
 */
export function canonical(element: Node, { inclusive = [], without }: Options = {}): string {
  return written(element, NOTHING, inclusive, without);
}

function written(node: Node, rendered: Readonly<Record<string, string>>, inclusive: readonly string[], without: Node | undefined): string {
  const name = node.prefix === '' ? node.name : `${node.prefix}:${node.name}`;
  let here = rendered;
  const declared: string[] = [];
  const declare = (prefix: string, uri: string): void => {
    if (prefix === 'xml' || (here[prefix] ?? '') === uri) return;
    if (here === rendered) here = { ...rendered };
    (here as Record<string, string>)[prefix] = uri;
    declared.push(prefix);
  };
  declare(node.prefix, node.uri);
  for (const { prefix, uri } of node.attributes) if (prefix !== '') declare(prefix, uri);
  for (const prefix of inclusive) {
    const uri = node.scope[prefix];
    if (uri !== undefined) declare(prefix, uri);
  }
  let xml = `<${name}`;
  for (const prefix of declared.length > 1 ? declared.sort() : declared) xml += ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${attributeText(here[prefix] ?? '')}"`;
  for (const { prefix, name: local, value } of node.attributes.length > 1 ? [...node.attributes].sort(byName) : node.attributes) xml += ` ${prefix === '' ? local : `${prefix}:${local}`}="${attributeText(value)}"`;
  xml += '>';
  for (const part of node.content) if (part !== without) xml += typeof part === 'string' ? contentText(part) : written(part, here, inclusive, without);
  return `${xml}</${name}>`;
}

/** Attributes without a namespace have an empty one, which comes first. */
function byName(one: Attribute, other: Attribute): number {
  const [a, b] = one.uri === other.uri ? [one.name, other.name] : [one.uri, other.uri];
  return a < b ? -1 : a > b ? 1 : 0;
}

const IN_TEXT: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const IN_ATTRIBUTE: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;', '\t': '&#x9;', '\n': '&#xA;', '\r': '&#xD;' };

function contentText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (character) => IN_TEXT[character] ?? character) : text;
}

function attributeText(text: string): string {
  return /[&<"\t\n\r]/.test(text) ? text.replace(/[&<"\t\n\r]/g, (character) => IN_ATTRIBUTE[character] ?? character) : text;
}
