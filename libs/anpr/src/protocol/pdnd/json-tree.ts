import { RispostaIllegibile, type Node } from '../soap/tree.js';

const MAX_DEPTH = 40;
const MAX_ELEMENTS = 200_000;

/** Flags of a date whose day or month is not known: ANPR does not say how they are set, and any value but these two sets them. */
const FLAGS = new Set(['senzaGiorno', 'senzaGiornoMese']);
const UNSET = /^[0N]$/i;

/**
 * A JSON object as the tree in which cards are read: the e-services of ANPR and its web services name the members of a card alike. An array is as many
 * children of one name. Errors: `RispostaIllegibile`.
 */
export function treeOfJson(name: string, value: unknown): Node {
  let elements = 0;
  const grow = (name: string, value: unknown, depth: number): Node => {
    if (depth > MAX_DEPTH) throw new RispostaIllegibile('too deep');
    if (++elements > MAX_ELEMENTS) throw new RispostaIllegibile('too many elements');
    if (typeof value !== 'object' || value === null) return { name, children: [], text: leaf(name, value) };
    const children = Object.entries(value).flatMap(([member, content]: [string, unknown]) => (Array.isArray(content) ? content : [content]).flatMap((one) => (one === null ? [] : [grow(member, one, depth + 1)])));
    return { name, children, text: '' };
  };
  return grow(name, value, 0);
}

function leaf(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  if (FLAGS.has(name)) return text.trim() === '' || UNSET.test(text.trim()) ? '' : '1';
  // Seen in both spellings.
  return name === 'soggettoAIRE' && /^[YS]$/i.test(text.trim()) ? 'S' : text;
}
