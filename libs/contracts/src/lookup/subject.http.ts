import { z } from 'zod';
import { foldedForAnpr, type AnprText } from '../common/anpr-text.js';
import { CodiceFiscale, Day } from '../common/scalars.js';

/** Text that ANPR's schema can carry once near letters are folded; it is kept as it was given. */
export const sendableText = (of: AnprText, most = 80) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => text === '' || text.length > most || foldedForAnpr(text, of, most) !== undefined, 'ha caratteri che ANPR non ammette: usare lettere dell’alfabeto latino');

/** A Comune by name and province; its ISTAT code where it is known. */
export const NamedComune = z.strictObject({
  codiceIstat: z.string().regex(/^\d{6}$/, 'codice ISTAT: sei cifre').optional(),
  nome: sendableText('place'),
  provincia: z.string().trim().toUpperCase().regex(/^[A-Z]{2}$/, 'provincia: la sigla di due lettere'),
});
export const NamedState = { codiceStato: z.string().regex(/^\d{3}$/, 'codice ISTAT dello Stato: tre cifre'), stato: sendableText('text'), localita: sendableText('place').optional() };

/** Where somebody was born: an Italian Comune by name and province, or a foreign State by its ISTAT code. */
export const Birthplace = z.union([z.strictObject({ comune: NamedComune }), z.strictObject({ estero: z.strictObject(NamedState) })]).meta({ description: 'Comune italiano o Stato estero di nascita' });

const PARTIAL = /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/;
const isReal = (date: string): boolean => !date.startsWith('0000') && (date.length < 10 || Day.safeParse(date).success);

/** The known part of a date of birth: `1980-02-29`, `1980-02`, `1980`. */
export const Birthday = z
  .string()
  .regex(PARTIAL, 'una data come 1980-02-29, o la sua parte nota: 1980-02, 1980')
  .refine((date) => !PARTIAL.test(date) || isReal(date), 'un giorno che esiste')
  .meta({ description: 'Data di nascita, o la sua parte nota', example: '1980-02-29' });

/** Names, and the word that somebody has none. */
export const Names = {
  cognome: sendableText('name').optional(),
  senzaCognome: z.literal(true).optional().meta({ description: 'In luogo di cognome: la persona non ne ha' }),
  nome: sendableText('name').optional(),
  senzaNome: z.literal(true).optional().meta({ description: 'In luogo di nome: la persona non ne ha' }),
};

interface Named {
  readonly cognome?: string | undefined;
  readonly senzaCognome?: true | undefined;
  readonly nome?: string | undefined;
  readonly senzaNome?: true | undefined;
}

/** Each name is told, or said not to be there; not both of them are missing. */
export function checkNames({ cognome, senzaCognome, nome, senzaNome }: Named, context: z.RefinementCtx): void {
  const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if ((cognome === undefined) === (senzaCognome === undefined)) issue('cognome', 'serve cognome, o senzaCognome: uno solo dei due');
  if ((nome === undefined) === (senzaNome === undefined)) issue('nome', 'serve nome, o senzaNome: uno solo dei due');
  if (senzaCognome && senzaNome) issue('senzaNome', 'senza cognome né nome una persona non si può cercare');
}

/** The person asked about: by codice fiscale, by idANPR, or by generalità. */
export const Subject = z
  .union([
    z.strictObject({ codiceFiscale: CodiceFiscale }),
    z.strictObject({ idANPR: z.string().trim().toUpperCase().regex(/^[0-9A-Z]{9}$/, 'idANPR: 9 caratteri alfanumerici') }),
    z.strictObject({ ...Names, sesso: z.enum(['M', 'F']), dataNascita: Birthday, luogoNascita: Birthplace }).superRefine(checkNames),
  ])
  .meta({ description: 'La persona: codice fiscale, idANPR, o cognome, nome, sesso, data e luogo di nascita' });
export type Subject = z.output<typeof Subject>;
