import type { BirthPlace, Card, Family, Residence } from './card.js';
import { codiceFiscale, VARIANTS, type FiscalIdentity } from './codice-fiscale.js';
import { idAnpr } from './id-anpr.js';
import { firstName, STREETS, surname } from './names.js';
import { ABROAD, BOLOGNA, COMUNI, CONSULATES, ELSEWHERE, ITALIA, MATERA, ROMA, type Comune } from './places.js';
import { between, pick, random, type Random } from './random.js';
import type { Home } from './settled.js';

/** The year in which the ages of the generated people make sense: a constant, so that a seed gives the same people for ever. */
const PRESENT = 2026;
const FIRST_CARD = 100_000_000;
const FIRST_FAMILY = 10_000_000;
const SIZES = [1, 1, 2, 2, 3, 3, 4, 4, 5] as const;

interface Household {
  readonly comune: Comune;
  readonly famiglia: Family;
  readonly residenze: readonly Residence[];
  readonly annoEspatrio: string | undefined;
}

/** Exactly `count` people in families; the same seed gives the same people, and fewer people are the first of more. `taken` are codes that nobody else may get; three in four live in `home` where it is given. */
export function generatePeople(seed: number, count: number, taken: ReadonlySet<string>, home?: Home): Card[] {
  const next = random(seed);
  const codes = new Set(taken);
  const people: Card[] = [];
  for (let family = 0; people.length < count; family += 1) {
    const house = household(next, FIRST_FAMILY + family, home);
    for (const card of members(next, house, FIRST_CARD + people.length, codes)) {
      if (people.length < count) people.push(card);
    }
  }
  return people;
}

function household(next: Random, id: number, home: Home | undefined): Household {
  const origine = date(next, PRESENT - 25, PRESENT - 1);
  const where = next();
  if (where < 0.05) {
    const consolato = pick(next, CONSULATES);
    const estero: Residence = { tipo: '4', estero: { consolato, denominazione: 'RUE DES ESSAIS', numeroCivico: String(between(next, 1, 200)) }, decorrenza: origine };
    return { comune: pick(next, home ?? COMUNI), famiglia: { id, origine, aire: true }, residenze: [estero], annoEspatrio: origine.slice(0, 4) };
  }
  const comune = where >= 0.75 ? pick(next, elsewhere(home)) : home ? pick(next, home) : where < 0.45 ? ROMA : where < 0.65 ? BOLOGNA : MATERA;
  const street = pick(next, STREETS);
  const civico = {
    numero: String(between(next, 1, 250)),
    ...(next() < 0.2 ? { lettera: pick(next, ['A', 'B', 'C']) } : {}),
    ...(next() < 0.5 ? { interno: String(between(next, 1, 30)) } : {}),
  };
  const casa: Residence = { tipo: '1', italia: { comune, cap: comune.cap, codSpecie: street.codSpecie, specie: street.specie, toponimo: street.nome, civico }, decorrenza: origine };
  return { comune, famiglia: { id, origine, aire: false }, residenze: [casa], annoEspatrio: undefined };
}

function elsewhere(home: Home | undefined): readonly Comune[] {
  return home ? COMUNI.filter(({ codiceIstat }) => !home.some((comune) => comune.codiceIstat === codiceIstat)) : ELSEWHERE;
}

function members(next: Random, home: Household, firstCard: number, codes: Set<string>): Card[] {
  const size = pick(next, SIZES);
  const familySurname = surname(next);
  const headYear = between(next, PRESENT - 85, PRESENT - 28);
  const headSex = next() < 0.5 ? 'M' : 'F';
  const couple = size > 1;
  return Array.from({ length: size }, (_, index) => {
    const role = index === 0 ? '1' : index === 1 ? '2' : '3';
    const sesso = role === '1' ? headSex : role === '2' ? (headSex === 'M' ? 'F' : 'M') : next() < 0.5 ? 'M' : 'F';
    const cognome = role === '2' ? surname(next) : familySurname;
    const year = role === '3' ? Math.min(PRESENT - 1, headYear + between(next, 22, 40)) : role === '2' ? headYear + between(next, -3, 3) : headYear;
    const nome = firstName(next, sesso);
    const dataNascita = date(next, year, year);
    const luogoNascita: BirthPlace = next() < 0.08 ? { estero: pick(next, ABROAD) } : { comune: next() < 0.6 ? home.comune : pick(next, COMUNI) };
    const id = firstCard + index;
    const identity = { cognome, nome, sesso, dataNascita, luogo: catastale(luogoNascita) } as const;
    return {
      id, idANPR: idAnpr('ZZ', id - FIRST_CARD), codiceFiscale: unused(identity, codes), validitaCF: '1', cognome, nome, sesso, dataNascita, ignoto: undefined, luogoNascita,
      competente: home.comune, statoCivile: couple && role !== '3' ? '2' : '1', cittadinanza: ITALIA, residenze: home.residenze, famiglia: home.famiglia, legame: role,
      progressivo: index + 1, annoEspatrio: home.annoEspatrio, senzaFissaDimora: false, cancellazione: undefined, decesso: undefined, avviso: undefined,
      comportamento: undefined, caso: undefined,
    } satisfies Card;
  });
}

/** Where the codice fiscale says that somebody was born. */
export function catastale(place: BirthPlace): string {
  return 'comune' in place ? place.comune.codiceCatastale : place.estero.stato.codiceCatastale;
}

function unused(identity: FiscalIdentity, codes: Set<string>): string {
  for (let variant = 0; variant < VARIANTS; variant += 1) {
    const code = codiceFiscale(identity, variant);
    if (codes.has(code)) continue;
    codes.add(code);
    return code;
  }
  throw new Error('more people with one identity than omocodia can tell apart');
}

function date(next: Random, fromYear: number, toYear: number): string {
  const year = between(next, fromYear, toYear);
  return `${String(year)}-${String(between(next, 1, 12)).padStart(2, '0')}-${String(between(next, 1, 28)).padStart(2, '0')}`;
}
