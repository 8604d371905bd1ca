import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCharacter, codiceFiscaleFault, withoutOmocodia } from './codice-fiscale.js';
import { CodiceFiscale } from './scalars.js';

// Synthetic: no such person was ever registered.
const PLAIN = 'SNTPRV85C55H501U';

describe('a codice fiscale', () => {
  it.each([
    ['of a person', PLAIN],
    ['of a woman, with forty added to the day', 'MGRFNT90R49Z100A'],
    ['with letters in the place of digits (omocodia)', `SNTPRV85C55H50M${checkCharacter('SNTPRV85C55H50M')}`],
    ['with letters in the place of all its digits', `SNTPRVURCRRHRLM${checkCharacter('SNTPRVURCRRHRLM')}`],
    ['provisional, of eleven digits', '12345678903'],
  ])('is accepted: %s', (_, codice) => expect(codiceFiscaleFault(codice)).toBeUndefined());

  it.each([
    ['a character too few', PLAIN.slice(1), 'lunghezza'],
    ['a character too many', `${PLAIN}A`, 'lunghezza'],
    ['a digit among the letters of the name', `1${PLAIN.slice(1)}`, 'forma'],
    ['a month that has no letter', 'SNTPRV85F55H501U', 'forma'],
    ['a letter that omocodia does not use', 'SNTPRV85C5WH501U', 'forma'],
    ['a day that does not exist', `SNTPRV85C32H501${checkCharacter('SNTPRV85C32H501')}`, 'data'],
    ['a day between the two sexes', `SNTPRV85C40H501${checkCharacter('SNTPRV85C40H501')}`, 'data'],
    ['another check character', 'SNTPRV85C55H501V', 'carattere-di-controllo'],
    ['another check digit, if provisional', '12345678901', 'carattere-di-controllo'],
  ])('is refused: %s', (_, codice, fault) => expect(codiceFiscaleFault(codice)).toBe(fault));

  it('tells any one character that was mistyped among its letters and digits', () => {
    const place = fc.integer({ min: 0, max: 15 });
    const character = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
    fc.assert(
      fc.property(place, character, (at, one) => {
        fc.pre(PLAIN[at] !== one);
        // A digit and its omocodia letter may weigh the same at even places: the one mistake that the check character cannot see.
        const mistyped = PLAIN.slice(0, at) + one + PLAIN.slice(at + 1);
        fc.pre(withoutOmocodia(mistyped) !== PLAIN);
        expect(codiceFiscaleFault(mistyped) ?? sameWeight(at, one)).not.toBeUndefined();
      }),
    );
  });

  it('is read in any case of letters and with space around it', () => expect(CodiceFiscale.parse(` ${PLAIN.toLowerCase()} `)).toBe(PLAIN));

  it('is refused in words that do not repeat it', () => {
    const { error } = CodiceFiscale.safeParse('SNTPRV85C55H501V');
    expect(error!.issues[0]!.message).toBe('codice fiscale: il carattere di controllo non corrisponde');
    expect(JSON.stringify(error!.issues)).not.toContain('SNTPRV');
  });
});

/** Whether another character at that place makes the same sum, as a letter and the digit of its value do. */
function sameWeight(at: number, one: string): string | undefined {
  const first15 = PLAIN.slice(0, 15);
  if (at === 15) return undefined;
  return checkCharacter(first15.slice(0, at) + one + first15.slice(at + 1)) === PLAIN[15] ? 'same weight' : undefined;
}
