const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const PER_LETTER = 100_000;

/** How many ids one pair of letters can name. */
export const IDS_PER_BLOCK = 26 * PER_LETTER;

/**
 * The national id of a synthetic person: two letters, five digits, a letter, a check character (Luhn mod 36: the layout of
 * the published samples; the algorithm itself is not published). `ZZ` marks generated people, `ZY` the named cases.
 */
export function idAnpr(block: 'ZZ' | 'ZY', serial: number): string {
  if (serial < 0 || serial >= IDS_PER_BLOCK) throw new RangeError(`no idANPR number ${String(serial)}`);
  const body = `${block}${String(serial % PER_LETTER).padStart(5, '0')}${ALPHABET.charAt(10 + Math.floor(serial / PER_LETTER))}`;
  return body + luhn36(body);
}

/** The check character of eight characters of `0-9A-Z`. */
export function luhn36(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i += 1) {
    const value = ALPHABET.indexOf(body.charAt(i)) * ((body.length - i) % 2 === 1 ? 2 : 1);
    sum += Math.floor(value / 36) + (value % 36);
  }
  return ALPHABET.charAt((36 - (sum % 36)) % 36);
}
