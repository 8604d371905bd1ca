import type { Comune, Consulate, State } from './places.js';

export type BirthPlace =
  | { readonly comune: Comune }
  | { readonly estero: { readonly stato: State; readonly localita: string } };

export interface ItalianAddress {
  readonly comune: Comune;
  readonly cap: string;
  readonly frazione?: string;
  readonly codSpecie?: string;
  readonly specie: string;
  readonly toponimo: string;
  readonly civico: { readonly numero?: string; readonly metrico?: string; readonly progSNC?: string; readonly lettera?: string; readonly scala?: string; readonly interno?: string; readonly piano?: string } | undefined;
}

export interface ForeignAddress {
  readonly consolato: Consulate;
  readonly denominazione: string;
  readonly numeroCivico: string;
}

/** `tipo` is ANPR's table 25: 1 residence, 4 abroad, 10 renaming of streets… */
export type Residence = { readonly tipo: string; readonly presso?: string; readonly note?: string; readonly decorrenza: string } & (
  | { readonly italia: ItalianAddress }
  | { readonly estero: ForeignAddress }
);

/** What the simulator does instead of answering, when this person is asked about. */
export type Behaviour =
  | 'nessuna-risposta'
  | 'corpo-illeggibile'
  | 'fault'
  | 'http-500'
  | 'altra-persona'
  | 'altra-operazione'
  | 'in-registrazione'
  | 'mascherato'
  | 'non-abilitato'
  | 'lista-errori-vuota'
  | 'codice-ignoto'
  | 'elemento-ignoto';

export interface Family {
  readonly id: number;
  readonly origine: string;
  readonly aire: boolean;
  /** People who live together without being a family; `specie` is of table 27. Their ties are of table 6. */
  readonly convivenza?: { readonly specie: string; readonly denominazione: string };
}

/** A cohabitation (L. 76/2016) with its contract, in Base64: the one binary that answers of 3002 carry. */
export interface Cohabitation {
  readonly convivente: { readonly cognome: string; readonly nome: string; readonly sesso: 'M' | 'F'; readonly dataNascita: string };
  readonly data: string;
  readonly dataContratto: string;
  readonly contratto: string;
}

/** One card (scheda individuale) of one person in one Comune. A person who moved has a cancelled one and an active one. */
export interface Card {
  readonly id: number;
  readonly idANPR: string;
  readonly codiceFiscale: string;
  /** Table 22: `1` validated by Agenzia delle Entrate, `9` not validated. */
  readonly validitaCF: '1' | '9';
  readonly cognome: string | undefined;
  readonly nome: string | undefined;
  readonly sesso: 'M' | 'F';
  readonly dataNascita: string;
  readonly ignoto: 'giorno' | 'giorno-mese' | undefined;
  readonly luogoNascita: BirthPlace;
  /** The Comune that keeps the card: of residence, or of registration in AIRE. */
  readonly competente: Comune;
  readonly statoCivile: string;
  readonly cittadinanza: State;
  /** The second one of who has two. */
  readonly altraCittadinanza?: State;
  readonly residenze: readonly Residence[];
  readonly famiglia: Family;
  readonly convivenzaDiFatto?: Cohabitation;
  /** Table 5: 1 head of the card, 2 spouse, 3 child… */
  readonly legame: string;
  readonly progressivo: number;
  readonly annoEspatrio: string | undefined;
  readonly senzaFissaDimora: boolean;
  readonly cancellazione: { readonly motivo: string; readonly data: string; readonly destinazione?: Comune } | undefined;
  readonly decesso: { readonly data: string; readonly comune: Comune } | undefined;
  /** A warning that ANPR adds to an answer. */
  readonly avviso: { readonly codice: string; readonly testo: string } | undefined;
  readonly comportamento: Behaviour | undefined;
  /** A short Italian label, for the people whose behaviour is fixed. */
  readonly caso: string | undefined;
}
