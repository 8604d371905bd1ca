import { pick, type Random } from './random.js';

// Words that nobody bears as a surname: whoever reads one in a log or on a screen knows that the person is invented.
const SURNAMES = ['SINTETICI', 'PROVANTI', 'ESEMPIANI', 'FITTIZI', 'CAMPIONI', 'COLLAUDI', 'SIMULATI', 'MODELLINI', 'PROTOTIPI', 'BOZZETTI', 'INVENTATI', 'FINTANI', 'SAGGIATI', 'ABBOZZI', 'VERIFICHI', 'TESTINI'];
const MEN = ['PROVO', 'ESEMPIO', 'COLLAUDO', 'MODELLO', 'SAGGIO', 'CAMPIONE', 'FINTO', 'BOZZETTO', 'PROTOTIPO', 'ABBOZZO', 'TESTO', 'INVENTO'];
const WOMEN = ['PROVA', 'ESEMPIA', 'COLLAUDA', 'MODELLA', 'SAGGIA', 'CAMPIONA', 'FINTA', 'BOZZA', 'PROTOTIPA', 'ABBOZZA', 'TESTA', 'INVENTA'];

export function surname(next: Random): string {
  const first = pick(next, SURNAMES);
  const second = pick(next, SURNAMES);
  return first === second ? first : `${first} ${second}`;
}

export function firstName(next: Random, sesso: 'M' | 'F'): string {
  const names = sesso === 'M' ? MEN : WOMEN;
  const first = pick(next, names);
  const second = pick(next, names);
  return first === second ? first : `${first} ${second}`;
}

/** Names of streets, as invented as the people who live there. */
export const STREETS: readonly { readonly codSpecie: string; readonly specie: string; readonly nome: string }[] = [
  { codSpecie: '213', specie: 'VIA', nome: 'DELLE PROVE TECNICHE' },
  { codSpecie: '213', specie: 'VIA', nome: "DELL'ESEMPIO" },
  { codSpecie: '213', specie: 'VIA', nome: 'DEI CAMPIONI SINTETICI' },
  { codSpecie: '230', specie: 'VIALE', nome: 'DEL COLLAUDO' },
  { codSpecie: '125', specie: 'PIAZZA', nome: 'DEI PROTOTIPI' },
  { codSpecie: '42', specie: 'CORSO', nome: 'DELLA SIMULAZIONE' },
  { codSpecie: '62', specie: 'LARGO', nome: 'DELLE BOZZE' },
  { codSpecie: '213', specie: 'VIA', nome: "DELL'INVENZIONE" },
  { codSpecie: '39', specie: 'CONTRADA', nome: 'FITTIZIA' },
];
