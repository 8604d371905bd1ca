import { AMBIGUOUS, NOT_FOUND, OTHER_CODE, SEVERAL_ADDRESSES, type Normalised } from '../outcomes.js';
import { codiceFiscaleOf, personOf, type Reading } from '../soap/person.js';
import { personsOf, speaking, type Found } from '../soap/persons.js';
import type { Criteri } from '../soap/request.js';
import type { Node } from '../soap/tree.js';
import { isWhoWasAsked, livesHere, verdictOf, withDeath } from './card.js';
import { classify, type Classified } from './classify.js';
import type { RispostaE002 } from './response.js';
import { isVerification, tellsDeath, type CasoUso } from './services.js';

/** What the answer must match, and what may be shown of it. */
export interface QuestionE002 extends Reading {
  readonly casoUso: CasoUso;
  /** As they were sent. */
  readonly criteri: Criteri;
  /** What the caller asked by, where an idANPR was sent in its place. */
  readonly codiceFiscale?: string | undefined;
  readonly territorio: 'nazionale' | 'residenti';
  /** Whether an ISTAT code is, or was, of the Comune that asks. */
  readonly isOwn: (istat: string) => boolean;
}

const STATE_UNTOLD = { codice: 'stato-non-verificato', testo: 'Il servizio interrogato non dice se la persona è deceduta o cancellata: per saperlo serve una richiesta di esistenza in vita o di residenza.' } as const;
const CANCELLED = { codice: 'cancellato', testo: 'ANPR dice che la persona è stata cancellata, senza altri dati.' } as const;

/** Checks the answer against the question and brings it into the one form. Pure. */
export function normaliseE002(risposta: RispostaE002, question: QuestionE002): Normalised {
  const normalised = outcomeOf(risposta, question);
  const id = risposta.kind === 'front-end' ? undefined : risposta.idOperazioneANPR;
  return id === undefined ? normalised : { ...normalised, anprOperationId: id };
}

function outcomeOf(risposta: RispostaE002, question: QuestionE002): Normalised {
  const refusal = refusalOf(risposta);
  if (refusal) return refused(refusal, question);
  const { soggetti, anomalie } = risposta as Extract<RispostaE002, { kind: 'ok' }>;
  const persons = personsAsked(soggetti, question);
  if (persons === 'another') return { kind: 'failed', problem: 'risposta-non-coerente', detail: 'persona-diversa' };
  const [first] = persons;
  if (!first) return NOT_FOUND;
  const { casoUso } = question;
  if (casoUso !== 'C021' && persons.length > 1) return { ...AMBIGUOUS, numeroSoggetti: persons.length };
  const card = withDeath(speaking(first));
  const avvertenze = anomalie.map(({ codice, testo = '' }) => ({ codice: codice || 'avviso', testo }));
  if (isVerification(casoUso)) return verified(verdictOf(card, casoUso as 'C003' | 'C007' | 'C008'), avvertenze);
  if (casoUso === 'C019' && verdictOf(card, 'C019') === 'non-detto') return verified('non-detto', avvertenze);
  const found = persons.map((person) => personOf(withDeath(speaking(person)), question, tellsDeath(casoUso)));
  if (found.some(({ residenza = [] }) => residenza.length > 1)) avvertenze.push(SEVERAL_ADDRESSES);
  const asked = 'codiceFiscale' in question.criteri ? question.criteri.codiceFiscale : question.codiceFiscale;
  const now = codiceFiscaleOf(card);
  if (asked !== undefined && now !== undefined && now !== asked) avvertenze.push(OTHER_CODE);
  if (found.some(({ stato }) => stato === undefined)) avvertenze.push(STATE_UNTOLD);
  return { kind: 'answered', esito: 'trovato', avvertenze, soggetti: found };
}

/** The refusal in an answer, also in one that came with 200: an entry of type E decides. */
export function refusalOf(risposta: RispostaE002): Classified | undefined {
  if (risposta.kind !== 'ok') return classify(risposta);
  const errors = risposta.anomalie.filter(({ tipo }) => tipo?.toUpperCase() === 'E');
  return errors.length === 0 ? undefined : classify({ kind: 'ko', status: 200, idOperazioneANPR: risposta.idOperazioneANPR, errori: errors });
}

/**
 * The people that an answer is about, the one that was asked about first; where only residents may be looked at and the answer says where people live, those
 * alone.
 */
export function personsAsked(soggetti: readonly Node[], { casoUso, criteri, codiceFiscale, territorio, isOwn }: QuestionE002): readonly Found[] | 'another' {
  const persons = personsOf(soggetti);
  const asked = persons.filter((person) => isWhoWasAsked(person, criteri, codiceFiscale));
  if (casoUso === 'C021') return persons.length > 0 && asked.length === 0 ? 'another' : [...asked, ...persons.filter((person) => !asked.includes(person))];
  if (asked.length < persons.length) return 'another';
  return casoUso === 'C020' && territorio === 'residenti' ? persons.filter((person) => livesHere(speaking(person), isOwn)) : persons;
}

const ESITI = { si: 'confermato', no: 'non-confermato', 'non-detto': 'indeterminato' } as const;
const verified = (verdict: keyof typeof ESITI, avvertenze: Extract<Normalised, { kind: 'answered' }>['avvertenze'] = []): Normalised => ({ kind: 'answered', esito: ESITI[verdict], avvertenze, soggetti: [] });

function refused({ classe, detail }: Classified, { casoUso, territorio }: QuestionE002): Normalised {
  switch (classe) {
    case 'non-trovato':
      return NOT_FOUND;
    case 'cancellato':
      // Who looks among the residents is not told why somebody is not there.
      return territorio === 'residenti' ? NOT_FOUND : { ...NOT_FOUND, avvertenze: [...NOT_FOUND.avvertenze, CANCELLED] };
    case 'indeterminato':
      return isVerification(casoUso) ? verified('non-detto') : { kind: 'failed', problem: 'anpr-ha-rifiutato', detail };
    case 'quota':
      return { kind: 'failed', problem: 'quota-superata', detail };
    case 'tempo-scaduto':
      return { kind: 'failed', problem: 'anpr-tempo-scaduto', detail };
    case 'rallentamento':
    case 'non-disponibile':
      return { kind: 'failed', problem: 'anpr-non-disponibile', detail };
    case 'configurazione':
    case 'sicurezza':
    case 'non-valida':
    case 'rifiutata':
      return { kind: 'failed', problem: 'anpr-ha-rifiutato', detail };
    default:
      return classe satisfies never;
  }
}
