/** ANPR's class L (tipoDato.xsd): U+00C0–U+017E and U+0189, without the two signs × and ÷ that lie between the letters. */
const L = 'a-zA-ZÀ-ÖØ-öø-žƉ';

/** Classes of text in ANPR's schema. `place` is for names of Comuni and localities, which may be bilingual or numbered. */
const CLASSES = {
  name: new RegExp(`^[${L} \\-'.,]+$`),
  text: new RegExp(`^[${L}0-9 \\-'.,]+$`),
  place: new RegExp(`^[${L}0-9 \\-'.,/()]+$`),
} as const;
export type AnprText = keyof typeof CLASSES;

/** Letters that the class lacks and that no decomposition brings to one it has. */
const NEAR: Readonly<Record<string, string>> = {
  Ș: 'Ş', ș: 'ş', Ț: 'Ţ', ț: 'ţ', ẞ: 'SS', Ə: 'E', ə: 'e',
  '’': "'", '‘': "'", ʼ: "'", ʻ: "'", '`': "'", '´': "'", '′': "'",
  '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '−': '-',
};

/**
 * Text in the characters that ANPR's schema accepts: near letters are folded (Romanian comma below, typographic apostrophes), other accents that it lacks are
 * dropped. `undefined`: it has letters of an alphabet that the schema does not have, or is too long. A question is checked by it before anything is recorded,
 * and written by it when it leaves.
 */
export function foldedForAnpr(text: string, of: AnprText, most = 80): string | undefined {
  const accepted = CLASSES[of];
  const clean = text.normalize('NFC').trim().replace(/\s+/g, ' ');
  const folded = accepted.test(clean) ? clean : Array.from(clean, (character) => near(character, accepted)).join('');
  return folded.length <= most && accepted.test(folded) ? folded : undefined;
}

function near(character: string, accepted: RegExp): string {
  const same = NEAR[character] ?? character;
  if (accepted.test(same)) return same;
  const plain = same.normalize('NFKD').replace(/\p{M}/gu, '');
  return NEAR[plain] ?? plain;
}
