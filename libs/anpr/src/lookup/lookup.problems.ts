import { catalogue, problem } from '@geres/kernel';
import { standingProblems } from '@geres/platform/auth/problems';

/**
 * What can come of a lookup. No entry has parameters: an outcome recorded by its code alone is told again in the same words.
 * The checks are those of docs/architecture.md, in their order.
 */
export const failLookup = catalogue({
  ...standingProblems,
  'convenzione-non-attiva': problem(403, 'Convenzione non attiva', 'La convenzione con il Comune non è attiva.'),
  'servizio-non-autorizzato': problem(403, 'Servizio non autorizzato', 'Il profilo dell’operatore non comprende questo servizio in questa modalità.'),
  'motivo-non-ammesso': problem(403, 'Motivo non ammesso', 'La convenzione non ammette questo motivo.'),
  'pratica-mancante': problem(403, 'Pratica mancante', 'Per questo motivo va indicata la pratica.'),
  'fuori-orario': problem(403, 'Fuori orario', 'La convenzione non ammette richieste in questo giorno o a quest’ora.'),
  'rete-non-ammessa': problem(403, 'Rete non ammessa', 'La convenzione non ammette richieste da questa rete.'),
  'quota-superata': problem(429, 'Quota superata', 'È stato raggiunto un limite della convenzione.', { retryAfter: 60 }),
  'connessione-non-attiva': problem(503, 'Connessione non attiva', 'La connessione del Comune ad ANPR non è attiva.'),
  'comune-sovraccarico': problem(503, 'Comune sovraccarico', 'Troppe richieste del Comune attendono ANPR. Riprovare fra poco.', { retryAfter: 2 }),
  scaduta: problem(504, 'Richiesta scaduta', 'La richiesta è scaduta prima di essere trattata. Ripeterla.'),
  'anpr-non-disponibile': problem(503, 'ANPR non disponibile', 'ANPR non è raggiungibile o non è in grado di rispondere.', { retryAfter: 30 }),
  'anpr-tempo-scaduto': problem(504, 'ANPR non ha risposto in tempo', 'ANPR non ha risposto nel tempo previsto.', { retryAfter: 30 }),
  'anpr-ha-rifiutato': problem(502, 'ANPR ha rifiutato la richiesta', 'ANPR ha rifiutato la richiesta.'),
  'risposta-non-coerente': problem(502, 'Risposta non coerente', 'La risposta di ANPR non corrisponde alla domanda: non viene mostrata.'),
  'richiesta-interrotta': problem(503, 'Richiesta interrotta', 'La richiesta è stata interrotta prima del suo esito. Ripeterla.', { retryAfter: 1 }),
  'richiesta-sconosciuta': problem(404, 'Richiesta sconosciuta', 'Nessuna richiesta con questo identificativo fra quelle recenti dell’operatore e dell’applicazione.'),
  'risposta-scaduta': problem(410, 'Risposta scaduta', 'La risposta si poteva ritirare per dieci minuti.'),
  'chiave-riutilizzata': problem(422, 'Idempotency-Key riutilizzata', 'La stessa Idempotency-Key è stata usata con un’altra richiesta.'),
  'comune-sconosciuto': problem(404, 'Comune sconosciuto', 'Nessun Comune con questo codice usa questa installazione.'),
  'richiesta-non-registrata': problem(503, 'Richiesta non registrata', 'Nessuno ha confermato in tempo di aver registrato la richiesta. Ripeterla, con la stessa Idempotency-Key se c’era.', { retryAfter: 2 }),
});

export type LookupProblem = keyof typeof failLookup.catalogue;

/** Codes of design §5: a lookup that is not admitted. */
export type RefusalReason = Extract<
  LookupProblem,
  | 'diritti-non-verificabili'
  | 'sessione-chiusa'
  | 'utente-non-abilitato'
  | 'applicazione-non-abilitata'
  | 'convenzione-non-attiva'
  | 'servizio-non-autorizzato'
  | 'motivo-non-ammesso'
  | 'pratica-mancante'
  | 'fuori-orario'
  | 'rete-non-ammessa'
  | 'quota-superata'
  | 'connessione-non-attiva'
  | 'comune-sovraccarico'
  | 'scaduta'
>;

/** Failures that are ANPR's own answer: the same question would get it again. After any other nothing came of the attempt, and the same key may start another. */
export const ANSWERED_BY_ANPR: readonly string[] = ['anpr-ha-rifiutato', 'risposta-non-coerente'] satisfies readonly LookupProblem[];

export const isLookupProblem = (code: string): code is LookupProblem => code in failLookup.catalogue;
