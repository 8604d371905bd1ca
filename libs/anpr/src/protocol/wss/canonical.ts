import { escaped } from '../soap/text.js';

/** Names are qualified as they are written. At most one attribute with a prefix: the order of several would depend on their namespaces. */
export type Attributes = Readonly<Record<string, string>>;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;', '\t': '&#x9;', '\n': '&#xA;', '\r': '&#xD;' };
const quoted = (value: string): string => value.replace(/[&<"\t\n\r]/g, (character) => ESCAPES[character]!);

/** Where an attribute stands: namespaces first, then what has no namespace, then what has one. */
const rank = (name: string): number => (name.startsWith('xmlns') ? 0 : name.includes(':') ? 2 : 1);
const inOrder = ([a]: readonly [string, string], [b]: readonly [string, string]): number => rank(a) - rank(b) || (a < b ? -1 : 1);

/**
 * An element in the form that exclusive canonicalisation gives it, of content in that form already. What is signed is written by this alone, and the very
 * bytes that were digested are sent. Whoever calls declares each namespace where it is first used, no earlier and no later.
 */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes)
    .sort(inOrder)
    .map(([attribute, value]) => ` ${attribute}="${quoted(value)}"`);
  return `<${name}${written.join('')}>${content.join('')}</${name}>`;
}

/** Text of an element. Control characters, which XML cannot carry, are refused before by whoever takes the value. */
export const text = escaped;
