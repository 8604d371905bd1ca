/** What a codice fiscale is made of (DM 12 March 1974 and DM 23 December 1976). `luogo` is a catastale or state code. */
export interface FiscalIdentity {
  readonly cognome?: string | undefined;
  readonly nome?: string | undefined;
  readonly sesso: 'M' | 'F';
  readonly dataNascita: string;
  readonly luogo: string;
}

const MONTHS = 'ABCDEHLMPRST';
const CONTROL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const OMOCODIA = 'LMNPQRSTUV';
/** Positions that omocodia replaces, in the order in which it replaces them: from the right. */
const REPLACEABLE = [14, 13, 12, 10, 9, 7, 6] as const;
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** How many different codes one identity can have: the plain one and its omocodia variants. */
export const VARIANTS = 2 ** REPLACEABLE.length;

export function codiceFiscale(person: FiscalIdentity, variant = 0): string {
  const [year = '', month = '', day = ''] = person.dataNascita.split('-');
  const dayOfSex = String(Number(day) + (person.sesso === 'F' ? 40 : 0)).padStart(2, '0');
  const plain = `${surnameLetters(person.cognome ?? '')}${nameLetters(person.nome ?? '')}${year.slice(2)}${MONTHS.charAt(Number(month) - 1)}${dayOfSex}${person.luogo}`;
  const body = omocodia(plain, variant);
  return body + checkCharacter(body);
}

/** The last of the sixteen characters, from the fifteen before it. */
export function checkCharacter(body: string): string {
  let sum = 0;
  for (let i = 0; i < 15; i += 1) {
    const code = body.charCodeAt(i);
    const value = code <= 57 ? code - 48 : code - 65;
    sum += i % 2 === 0 ? (ODD[value] ?? 0) : value;
  }
  return CONTROL.charAt(sum % 26);
}

/** The eleven digits of a provisional codice fiscale: ten and their check digit (the sum of Luhn). */
export function provisional(serial: number): string {
  const ten = String(serial).padStart(10, '0');
  let sum = 0;
  for (let i = 0; i < 10; i += 1) {
    const digit = ten.charCodeAt(i) - 48;
    sum += i % 2 === 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
  }
  return ten + String((10 - (sum % 10)) % 10);
}

function omocodia(body: string, variant: number): string {
  if (variant === 0) return body;
  const characters = [...body];
  for (const at of replacements(variant)) characters[at] = OMOCODIA.charAt(Number(characters[at]));
  return characters.join('');
}

/** Variant 1 replaces the rightmost digit, 2 the one before it…, 8 the two rightmost, and so on: every subset once. */
function replacements(variant: number): readonly number[] {
  const bySize = SUBSETS[variant];
  if (!bySize) throw new RangeError(`no omocodia variant ${String(variant)}`);
  return bySize;
}

const SUBSETS: readonly (readonly number[])[] = Array.from({ length: VARIANTS }, (_, bits) =>
  REPLACEABLE.filter((_position, index) => (bits & (1 << index)) !== 0),
).sort((a, b) => a.length - b.length);

function surnameLetters(surname: string): string {
  const { consonants, vowels } = letters(surname);
  return `${consonants}${vowels}XXX`.slice(0, 3);
}

function nameLetters(name: string): string {
  const { consonants, vowels } = letters(name);
  const chosen = consonants.length > 3 ? consonants.charAt(0) + consonants.charAt(2) + consonants.charAt(3) : consonants;
  return `${chosen}${vowels}XXX`.slice(0, 3);
}

function letters(text: string): { consonants: string; vowels: string } {
  const plain = text.normalize('NFD').replace(/[^A-Za-z]/g, '').toUpperCase();
  return { consonants: plain.replace(/[AEIOU]/g, ''), vowels: plain.replace(/[^AEIOU]/g, '') };
}
