import type { Persona, Risposta } from '@geres/contracts';

/** `esito` and persons, or why there is nothing to show. `detail` is ANPR's code or a reason of ours: never data. */
export type Normalised =
  | { readonly kind: 'answered'; readonly esito: Risposta['esito']; readonly avvertenze: Risposta['avvertenze']; readonly numeroSoggetti?: number; readonly soggetti: readonly Persona[]; readonly anprOperationId?: string }
  | { readonly kind: 'failed'; readonly problem: 'anpr-ha-rifiutato' | 'anpr-non-disponibile' | 'anpr-tempo-scaduto' | 'quota-superata' | 'risposta-non-coerente'; readonly detail: string; readonly anprOperationId?: string };

export type Answered = Extract<Normalised, { kind: 'answered' }>;

/** The same words whoever was not found and why, over whichever channel: nothing is learnt from them. */
export const NOT_FOUND: Answered = {
  kind: 'answered',
  esito: 'non-trovato',
  avvertenze: [{ codice: 'non-trovato', testo: 'ANPR non restituisce nessuno per questi dati. Non vuol dire che la persona non esiste: può essere registrata con altri dati, o altrove.' }],
  soggetti: [],
};
export const AMBIGUOUS: Answered = {
  kind: 'answered',
  esito: 'ambiguo',
  avvertenze: [{ codice: 'ambiguo', testo: 'ANPR trova più persone con questi dati: indicare il codice fiscale o l’idANPR.' }],
  soggetti: [],
};
export const SEVERAL_ADDRESSES = { codice: 'piu-indirizzi', testo: 'ANPR riporta più indirizzi dello stesso tipo e della stessa data: non è detto quale valga.' } as const;
export const OTHER_CODE = { codice: 'codice-fiscale-cambiato', testo: 'La persona ha oggi un codice fiscale diverso da quello richiesto.' } as const;
