/** A name or value that ANPR's schema cannot carry. `field` is ours; the value is never in the message. */
export class NotSendable extends Error {
  override readonly name = 'NotSendable';
  constructor(readonly field: string) {
    super(`${field} cannot be written in the characters that ANPR accepts`);
  }
}

/** ANPR's class L (tipoDato.xsd): U+00C0–U+017E and U+0189, without the two signs × and ÷ that lie between the letters. */
const L = 'a-zA-ZÀ-ÖØ-öø-žƉ';

/** Classes of text in ANPR's schema. `place` is for names of Comuni and localities, which may be bilingual or numbered. */
const CLASSES = {
  name: new RegExp(`^[${L} \\-'.,]+$`),
  text: new RegExp(`^[${L}0-9 \\-'.,]+$`),
  place: new RegExp(`^[${L}0-9 \\-'.,/()]+$`),
} as const;

/** Letters that the class lacks and that no decomposition brings to one it has. */
const NEAR: Readonly<Record<string, string>> = {
  Ș: 'Ş', ș: 'ş', Ț: 'Ţ', ț: 'ţ', ẞ: 'SS', Ə: 'E', ə: 'e',
  '’': "'", '‘': "'", ʼ: "'", ʻ: "'", '`': "'", '´': "'", '′': "'",
  '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '−': '-',
};

/**
 * Text in the characters that ANPR's schema accepts: near letters are folded (Romanian comma below, typographic apostrophes), other accents that it lacks
 * are dropped. Errors: `NotSendable` for alphabets that it does not have, and for lengths.
 */
export function sendableText(field: string, text: string, of: keyof typeof CLASSES, most = 80): string {
  const accepted = CLASSES[of];
  const clean = text.normalize('NFC').trim().replace(/\s+/g, ' ');
  const folded = accepted.test(clean) ? clean : Array.from(clean, (character) => near(character, accepted)).join('');
  if (folded.length > most || !accepted.test(folded)) throw new NotSendable(field);
  return folded;
}

function near(character: string, accepted: RegExp): string {
  const same = NEAR[character] ?? character;
  if (accepted.test(same)) return same;
  const plain = same.normalize('NFKD').replace(/\p{M}/gu, '');
  return NEAR[plain] ?? plain;
}

/** A value checked against the pattern that ANPR's schema has for it. Errors: `NotSendable`. */
export function sendable(field: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw new NotSendable(field);
  return value;
}

/** A civil day that exists. Errors: `NotSendable`. */
export function sendableDay(field: string, day: string): string {
  const [year, month, date] = sendable(field, day, /^\d{4}-\d{2}-\d{2}$/).split('-').map(Number) as [number, number, number];
  if (year === 0 || month < 1 || month > 12 || date < 1 || date > daysOf(year, month)) throw new NotSendable(field);
  return day;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysOf = (year: number, month: number): number => (month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
/** Text as canonical XML writes it: what is signed is then what is sent. Never for attributes. */
export const escaped = (text: string): string => (/[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (character) => ESCAPES[character]!) : text);

/** Elements in the order given; an element whose content is `undefined` is left out. Content that is an array of elements is nested. */
export type Element = readonly [name: string, content: string | undefined | readonly Element[]];

export const written = (elements: readonly Element[]): string =>
  elements.map(([name, content]) => (content === undefined ? '' : `<${name}>${typeof content === 'string' ? escaped(content) : written(content)}</${name}>`)).join('');
