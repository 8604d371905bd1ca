import { WRITTEN, type Table } from './written.js';

/** Code tables as ANPR gave them by service 7001: by number, then by code, both without leading zeros. */
export type Tables = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** ANPR writes codes with and without leading zeros: `01` is `1`. */
export const plainCode = (code: string | undefined): string | undefined => code?.replace(/^0+(?=\d)/, '');

/**
 * What a code stands for: as a downloaded table says, else as it is written down here. A code that neither has is shown as it is: a minor release may add some.
 */
export function decoded(table: keyof typeof WRITTEN, code: string, tables?: Tables): string {
  const plain = plainCode(code)!;
  return tables?.get(String(table))?.get(plain) ?? own(WRITTEN[table], plain) ?? code;
}

const own = (table: Table, code: string): string | undefined => (Object.hasOwn(table, code) ? table[code] : undefined);

/** Table 25, tipo indirizzo, in words of the API that stay the same whatever ANPR renames. */
const ADDRESS_KINDS: Table = {
  1: 'residenza',
  2: 'dimora-abituale',
  3: 'domicilio-eletto',
  4: 'residenza-estera',
  5: 'presso-localita-italiana',
  6: 'presso-localita-estera',
  7: 'ultima-residenza-italiana',
  8: 'residenza-temporanea',
  9: 'altro',
  10: 'revisione-onomastica',
  11: 'rettifica',
};

/** The kind of an address. One that only a downloaded table has is its text in the same form: `Nuovo tipo` is `nuovo-tipo`. */
export function addressKind(code: string, tables?: Tables): string {
  const plain = plainCode(code)!;
  const downloaded = tables?.get('25')?.get(plain);
  return own(ADDRESS_KINDS, plain) ?? (downloaded === undefined ? undefined : hyphenated(downloaded)) ?? code;
}

const hyphenated = (text: string): string | undefined =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g)
    ?.join('-');

/** Scale of `tipoLegame`, and of `tipoScheda` in answers. */
const TIE_KINDS: Table = { 3: 'famiglia', 4: 'convivenza', 5: 'famiglia-aire' };
export const tieKind = (code: string): string => own(TIE_KINDS, plainCode(code)!) ?? code;

/** Reasons 1 and 2 of tables 15 and 28. */
export const isDeath = (code: string | undefined): boolean => ['1', '2'].includes(plainCode(code) ?? '');

/** Table 22: the code says that the Agenzia delle Entrate has validated a codice fiscale. */
export const isValidated = (code: string): boolean => plainCode(code) === '1';
