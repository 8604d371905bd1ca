import type { CryptoKey, JWK } from 'jose';
import type { CasoUso } from './catalogue.js';
import type { Dpop, UsedProofs } from './dpop.js';

export const STATES = ['attiva', 'sospesa', 'in-attesa'] as const;
export type State = (typeof STATES)[number];

export interface Purpose {
  readonly purposeId: string;
  readonly clientId: string;
  readonly casoUso: CasoUso;
  /** Of the purpose, the agreement behind it and the descriptor of the e-service: no voucher unless all three are active. */
  finalita: State;
  richiesta: State;
  descrittore: State;
  /** Of this client for this e-service; without it, what the knobs say. */
  readonly dpop?: Dpop;
}

export interface ClientKey {
  readonly kid: string;
  readonly jwk: JWK;
  readonly key: CryptoKey;
  readonly clientId: string;
  /** The token endpoint refuses it from here; ANPR, that caches keys, only later. */
  revokedAt: number | undefined;
}

/** What is not publicly known or is changed on purpose (pdnd.md §17.3), with what is assumed unless told. */
export interface Knobs {
  assertionStretta: boolean;
  etaIatSecondi: number;
  iatFuturoSecondi: number;
  expTolleranzaSecondi: number;
  /** ANPR's clock against PDND's. */
  scartoErogatoreSecondi: number;
  filtroJti: boolean;
  ricercaCodiceFiscale: 'avviso' | 'ammessa' | 'rifiutata';
  regimeIdOperazione: 'nuovo' | 'vecchio';
  erroriDettagliati: boolean;
  fallimentiConsumanoQuota: boolean;
  marcaAire: 'S' | 'Y';
  /** Daily calls of one client to one e-service. */
  quotaGiornaliera: number;
  tokenAlSecondo: number;
  ritardoRevocaSecondi: number;
  dpop: Dpop;
  /** After so long GovWay answers 504 in the place of a service that has not; 0: it waits for ever. */
  attesaErogatoreMs: number;
  /** PDND fails inside: every token request ends in 500. */
  tokenErroreInterno: boolean;
  /** PDND does not tell ANPR who the client is: the 429 that is no quota. */
  pdndIrraggiungibile: boolean;
}

export const KNOBS: Readonly<Knobs> = {
  assertionStretta: true, etaIatSecondi: 600, iatFuturoSecondi: 5, expTolleranzaSecondi: 0, scartoErogatoreSecondi: 0, filtroJti: false, ricercaCodiceFiscale: 'avviso',
  regimeIdOperazione: 'nuovo', erroriDettagliati: false, fallimentiConsumanoQuota: true, marcaAire: 'S', quotaGiornaliera: 1_000, tokenAlSecondo: 10, ritardoRevocaSecondi: 3_600,
  dpop: 'spento', attesaErogatoreMs: 30_000, tokenErroreInterno: false, pdndIrraggiungibile: false,
};

/** What one vendor has at PDND, and what ANPR counts of it. */
export interface Registry {
  readonly knobs: Knobs;
  readonly clients: Set<string>;
  readonly purposes: Map<string, Purpose>;
  readonly keys: Map<string, ClientKey>;
  /** Calls by client, e-service and day. */
  readonly calls: Map<string, number>;
  readonly seconds: { at: number; count: number };
  readonly jtis: Set<string>;
  /** Proofs of possession that were used, at the token endpoint and at the e-services. */
  readonly proofs: UsedProofs;
  /** Under the old regime: the answers of known ids, and the last id, by client and e-service. */
  readonly answers: Map<string, { readonly last: bigint; readonly given: Map<string, { readonly status: number; readonly body: string }> }>;
}

export function registry(): Registry {
  return { knobs: { ...KNOBS }, clients: new Set(), purposes: new Map(), keys: new Map(), calls: new Map(), seconds: { at: 0, count: 0 }, jtis: new Set(), proofs: new Map(), answers: new Map() };
}
