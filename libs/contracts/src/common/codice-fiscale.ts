/** Codice fiscale of persons: DM 23 December 1976 (composition, check character, omocodia). */

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const OMOCODIA = 'LMNPQRSTUV';
const DIGIT_PLACES = [6, 7, 9, 10, 12, 13, 14];
const SHAPE = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;

const valueOf = (character: string): number => {
  const code = character.charCodeAt(0);
  return code < 58 ? code - 48 : code - 65;
};

/** The 16th character for the first fifteen. */
export function checkCharacter(first15: string): string {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const value = valueOf(first15[i]!);
    sum += i % 2 === 0 ? ODD[value]! : value;
  }
  return String.fromCharCode(65 + (sum % 26));
}

export type CodiceFiscaleFault = 'lunghezza' | 'forma' | 'data' | 'carattere-di-controllo';

/** Digits in place of the letters that tell homonymous codes apart (omocodia). The check character is kept as it was. */
export const withoutOmocodia = (codice: string): string =>
  [...codice].map((character, place) => (DIGIT_PLACES.includes(place) && OMOCODIA.includes(character) ? String(OMOCODIA.indexOf(character)) : character)).join('');

/**
 * What is wrong with a codice fiscale, already in upper case; `undefined` when nothing is. Accepts the 16 characters of persons and the 11 digits of a
 * provisional code (check digit as for the partita IVA).
 */
export function codiceFiscaleFault(codice: string): CodiceFiscaleFault | undefined {
  if (/^\d{11}$/.test(codice)) return provisionalDigit(codice) === Number(codice[10]) ? undefined : 'carattere-di-controllo';
  if (codice.length !== 16) return 'lunghezza';
  if (!SHAPE.test(codice)) return 'forma';
  const day = Number(withoutOmocodia(codice).slice(9, 11)) % 40;
  if (day < 1 || day > 31) return 'data';
  return checkCharacter(codice) === codice[15] ? undefined : 'carattere-di-controllo';
}

function provisionalDigit(codice: string): number {
  let sum = 0;
  for (let i = 0; i < 10; i++) {
    const digit = Number(codice[i]);
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return (10 - (sum % 10)) % 10;
}
