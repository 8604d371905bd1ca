import type { BirthPlace, Card } from './card.js';
import { CASES } from './cases.js';
import { generatePeople } from './generate.js';
import { settled, type Home } from './settled.js';

/** The five data by which a person can be looked for. `luogo` is the ISTAT code of a Comune or, abroad, of a state. */
export interface Generalities {
  readonly cognome: string | undefined;
  readonly nome: string | undefined;
  readonly sesso: string;
  readonly dataNascita: string;
  readonly ignoto: 'giorno' | 'giorno-mese' | undefined;
  readonly luogo: (place: BirthPlace) => boolean;
}

/** The synthetic ANPR: every card, found by key. It never changes while the simulator runs. */
export interface Directory {
  readonly seed: number;
  readonly named: readonly Card[];
  readonly ordinary: readonly Card[];
  byCodiceFiscale(code: string): readonly Card[];
  byIdANPR(id: string): readonly Card[];
  byGeneralities(wanted: Generalities): readonly Card[];
  byFamily(id: number): readonly Card[];
  /** The number that ANPR gave to one card. */
  byCard(id: number): readonly Card[];
  /** Who lives with somebody, and she herself. */
  family(card: Card): readonly Card[];
}

type Index = Map<string, Card | Card[]>;

/** `people` ordinary people beside the named cases; in a vendor's own Comuni where it has some. */
export function directory(seed: number, people: number, home?: Home): Directory {
  const named = home ? settled(CASES, home) : CASES;
  const ordinary = generatePeople(seed, people, new Set(CASES.map((card) => card.codiceFiscale)), home);
  const all = function* (): Generator<Card> {
    yield* named;
    yield* ordinary;
  };
  const byCode = index(all(), (card) => card.codiceFiscale);
  // Few use them, and a million entries are not free: they are made when first asked for.
  let byId: Index | undefined;
  let byBirth: Index | undefined;
  let byHouse: Index | undefined;
  let byNumber: Index | undefined;
  const byFamily = (id: number): readonly Card[] => found((byHouse ??= index(all(), ({ famiglia }) => String(famiglia.id))), String(id));
  return {
    seed,
    named,
    ordinary,
    byCodiceFiscale: (code) => found(byCode, code),
    byFamily,
    byCard: (id) => found((byNumber ??= index(all(), (card) => String(card.id))), String(id)),
    family: ({ famiglia }) => byFamily(famiglia.id),
    byIdANPR: (id) => found((byId ??= index(all(), (card) => card.idANPR)), id),
    byGeneralities: ({ cognome, nome, sesso, dataNascita, ignoto, luogo }) =>
      found((byBirth ??= index(all(), birthKey)), birthKey({ cognome, nome, dataNascita })).filter(
        (card) => card.sesso === sesso && card.ignoto === ignoto && luogo(card.luogoNascita),
      ),
  };
}

function birthKey(person: { readonly cognome: string | undefined; readonly nome: string | undefined; readonly dataNascita: string }): string {
  return `${person.dataNascita}|${person.cognome ?? ''}|${person.nome ?? ''}`;
}

function index(cards: Iterable<Card>, keyOf: (card: Card) => string): Index {
  const entries: Index = new Map();
  for (const card of cards) {
    const key = keyOf(card);
    const there = entries.get(key);
    if (there === undefined) entries.set(key, card);
    else if (Array.isArray(there)) there.push(card);
    else entries.set(key, [there, card]);
  }
  return entries;
}

function found(entries: Index, key: string): readonly Card[] {
  const there = entries.get(key);
  return there === undefined ? [] : Array.isArray(there) ? there : [there];
}
