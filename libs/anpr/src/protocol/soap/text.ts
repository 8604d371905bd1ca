import { foldedForAnpr, type AnprText } from '@geres/contracts';

/** A name or value that ANPR's schema cannot carry. `field` is ours; the value is never in the message. */
export class NotSendable extends Error {
  override readonly name = 'NotSendable';
  constructor(readonly field: string) {
    super(`${field} cannot be written in the characters that ANPR accepts`);
  }
}

/** Text in the characters that ANPR's schema accepts. Errors: `NotSendable`, for alphabets that it does not have and for lengths. */
export function sendableText(field: string, text: string, of: AnprText, most = 80): string {
  const folded = foldedForAnpr(text, of, most);
  if (folded === undefined) throw new NotSendable(field);
  return folded;
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
