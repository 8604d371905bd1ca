import { NotSendable, sendableDay, sendableText } from './text.js';

/** A surname and a name, or the word that somebody has none: one of each pair. */
export interface Nominativo {
  readonly cognome?: string | undefined;
  readonly senzaCognome?: true | undefined;
  readonly nome?: string | undefined;
  readonly senzaNome?: true | undefined;
}

/** A flag of ANPR that is set; one that is not is left out. */
export const SET = '1';

/** The members that ANPR has for names, in the order of its schema. Errors: `NotSendable`. */
export function namesOf({ cognome, senzaCognome, nome, senzaNome }: Nominativo, prefix = ''): Readonly<Record<string, string>> {
  return { ...either(`${prefix}cognome`, 'cognome', cognome, 'senzaCognome', senzaCognome), ...either(`${prefix}nome`, 'nome', nome, 'senzaNome', senzaNome) };
}

function either(field: string, name: string, value: string | undefined, flag: string, without: true | undefined): Readonly<Record<string, string>> {
  if ((value === undefined) !== (without === true)) throw new NotSendable(field);
  return value === undefined ? { [flag]: SET } : { [name]: sendableText(field, value, 'name') };
}

/** The known part of a date as ANPR takes it: a whole day, and which parts of it say nothing. Errors: `NotSendable`. */
export function birthOf(field: string, known: string): { readonly day: string; readonly senzaGiorno?: string; readonly senzaGiornoMese?: string } {
  if (/^\d{4}$/.test(known)) return { day: sendableDay(field, `${known}-01-01`), senzaGiornoMese: SET };
  if (/^\d{4}-\d{2}$/.test(known)) return { day: sendableDay(field, `${known}-01`), senzaGiorno: SET };
  return { day: sendableDay(field, known) };
}
