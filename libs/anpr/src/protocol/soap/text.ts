/** A name or value that ANPR's schema cannot carry. `field` is ours; the value is never in the message. */
export class NotSendable extends Error {
  override readonly name = 'NotSendable';
  constructor(readonly field: string) {
    super(`${field} cannot be written in the characters that ANPR accepts`);
  }
}

/** Letters of ANPR's class L: ASCII, U+00C0–U+017E, U+0189 (tipoDato.xsd). */
const NAME = /^[a-zA-ZÀ-žƉ \-'.,]+$/;
const FOLDED: Readonly<Record<string, string>> = { Ș: 'Ş', ș: 'ş', Ț: 'Ţ', ț: 'ţ', '’': "'", '‘': "'", 'ʼ': "'", '`': "'", '‐': '-', '‑': '-', '–': '-', '\u00a0': ' ' };

/**
 * A name in the characters that ANPR's schema accepts: near letters are folded (Romanian comma below, typographic apostrophes), other accents that it lacks
 * are dropped. Errors: `NotSendable` for alphabets that it does not have.
 */
export function sendableName(field: string, text: string, most = 80): string {
  const folded = [...text.normalize('NFC').trim().replace(/\s+/g, ' ')]
    .map((character) => {
      const near = FOLDED[character] ?? character;
      if (NAME.test(near)) return near;
      const plain = near.normalize('NFD').replace(/\p{M}/gu, '');
      return FOLDED[plain] ?? plain;
    })
    .join('');
  if (folded.length === 0 || folded.length > most || !NAME.test(folded) || folded.includes('×') || folded.includes('÷')) throw new NotSendable(field);
  return folded;
}

/** A value checked against the pattern that ANPR's schema has for it. Errors: `NotSendable`. */
export function sendable(field: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw new NotSendable(field);
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
export const escaped = (text: string): string => (/[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => ESCAPES[character]!) : text);

/** Elements in the order given; an element whose content is `undefined` is left out. Content that is an array of elements is nested. */
export type Element = readonly [name: string, content: string | undefined | readonly Element[]];

export const written = (elements: readonly Element[]): string =>
  elements.map(([name, content]) => (content === undefined ? '' : `<${name}>${typeof content === 'string' ? escaped(content) : written(content)}</${name}>`)).join('');
