import type { Node } from './xml.js';

/** A type of the XSD, as far as requests use them: a text with a rule, or elements in an order. */
export type Type = { readonly text: (value: string) => boolean } | { readonly sequence: readonly Particle[] };

export type Particle =
  | { readonly name: string; readonly min: 0 | 1; readonly max: number; readonly type: Type }
  | { readonly choice: readonly { readonly name: string; readonly type: Type }[]; readonly min: 0 | 1 };

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

export const one = (name: string, type: Type): Particle => ({ name, min: 1, max: 1, type });
export const optional = (name: string, type: Type): Particle => ({ name, min: 0, max: 1, type });
export const many = (name: string, type: Type): Particle => ({ name, min: 0, max: Infinity, type });
export const sequence = (...particles: Particle[]): Type => ({ sequence: particles });

export function pattern(regexp: RegExp, minimum = 0, maximum = Infinity): Type {
  return { text: (value) => regexp.test(value) && withinLength(value, minimum, maximum) };
}

export function length(minimum: number, maximum: number): Type {
  return { text: (value) => withinLength(value, minimum, maximum) };
}

/** XSD counts characters, not UTF-16 units. */
function withinLength(value: string, minimum: number, maximum: number): boolean {
  if (value.length < minimum) return false;
  return value.length <= maximum ? minimum < 2 || [...value].length >= minimum : [...value].length <= maximum;
}

/** What is wrong with `node`, as a path and a few words without any value of the message; `undefined` when it is valid. */
export function invalid(node: Node, type: Type, path = node.name): string | undefined {
  if (node.attributes.some(({ uri }) => uri !== XSI)) return `${path}: attributo non ammesso`;
  if ('text' in type) {
    if (node.children.length > 0) return `${path}: elemento non ammesso`;
    return type.text(node.text) ? undefined : `${path}: valore non valido`;
  }
  if (/[^ \t\r\n]/.test(node.text)) return `${path}: testo non ammesso`;
  return invalidSequence(node, type.sequence, path);
}

function invalidSequence(node: Node, particles: readonly Particle[], path: string): string | undefined {
  const { children } = node;
  let at = 0;
  for (const particle of particles) {
    const candidates = 'choice' in particle ? particle.choice : [particle];
    const most = 'choice' in particle ? 1 : particle.max;
    let count = 0;
    for (let next = children[at]; next && count < most; next = children[at]) {
      const { name, uri } = next;
      const match = uri === '' ? candidates.find((candidate) => candidate.name === name) : undefined;
      if (!match) break;
      const wrong = invalid(next, match.type, `${path}/${name}`);
      if (wrong) return wrong;
      count += 1;
      at += 1;
    }
    if (count < particle.min) return `${path}: manca ${candidates.map(({ name }) => name).join(' o ')}`;
  }
  const surplus = children[at];
  return surplus ? `${path}: elemento ${surplus.name.slice(0, 40)} non atteso` : undefined;
}
