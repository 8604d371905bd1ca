import { AMBIGUOUS, NOT_FOUND, OTHER_CODE, SEVERAL_ADDRESSES, type Normalised } from '../outcomes.js';
import { classify, faultOf } from './classify.js';
import { codiceFiscaleOf, personOf, SECTION, type Reading } from './person.js';
import { isAsked, livesElsewhere, personsOf, speaking } from './persons.js';
import type { Criteri, Domanda3002 } from './request.js';
import type { Risposta3002 } from './response.js';

/** What the answer must match, and what may be shown of it. */
export interface Question extends Reading {
  readonly idOperazione: string;
  readonly comuneIstat: string;
  readonly criteri: Criteri;
  readonly territorio: Domanda3002['territorio'];
}

/** Checks the answer against the question and brings it into the one form. Pure. */
export function normalise(risposta: Risposta3002, question: Question): Normalised {
  if (risposta.kind === 'fault') {
    const detail = faultOf(risposta.faultcode, risposta.faultstring);
    return { kind: 'failed', problem: detail === 'fault-server' ? 'anpr-non-disponibile' : 'anpr-ha-rifiutato', detail };
  }
  const { idOperazioneComune, idOperazioneANPR } = risposta.testata;
  // A KO that was given before the header was read carries no id of ours; an OK always does.
  const ours = idOperazioneComune === question.idOperazione || (risposta.kind === 'ko' && idOperazioneComune === undefined);
  const normalised = ours ? (risposta.kind === 'ko' ? refused(risposta.errori, question) : found(risposta, question)) : incoherent('operazione-diversa');
  return idOperazioneANPR === undefined ? normalised : { ...normalised, anprOperationId: idOperazioneANPR };
}

const incoherent = (detail: string): Normalised => ({ kind: 'failed', problem: 'risposta-non-coerente', detail });

function found({ soggetti, anomalie }: Extract<Risposta3002, { kind: 'ok' }>, question: Question): Normalised {
  const { criteri, territorio, comuneIstat, catastaleOf } = question;
  const persons = personsOf(soggetti);
  const [only] = persons;
  if (!only) return NOT_FOUND;
  if (!persons.every((person) => isAsked(person, criteri))) return incoherent('persona-diversa');
  if (persons.length > 1) return { ...AMBIGUOUS, numeroSoggetti: persons.length };
  const card = speaking(only);
  const own = catastaleOf(comuneIstat);
  const isOwn = (istat: string): boolean => istat === comuneIstat || (own !== undefined && catastaleOf(istat) === own);
  if (territorio === 'residenti' && livesElsewhere(card, isOwn)) return NOT_FOUND;
  // Only what was asked for tells an active card from one that ended.
  const tellsEnd = [SECTION.cancellazione, SECTION.decesso].every((section) => question.sections.includes(section));
  const person = personOf(card, question, tellsEnd);
  const avvertenze = anomalie.map(({ codice, testo = '' }) => ({ codice: codice || 'avviso', testo }));
  if ((person.residenza?.length ?? 0) > 1) avvertenze.push(SEVERAL_ADDRESSES);
  if ('codiceFiscale' in criteri && codiceFiscaleOf(card) !== criteri.codiceFiscale) avvertenze.push(OTHER_CODE);
  return { kind: 'answered', esito: 'trovato', avvertenze, soggetti: [person] };
}

function refused(errori: Parameters<typeof classify>[0], { territorio }: Question): Normalised {
  const { classe, codice } = classify(errori);
  switch (classe) {
    case 'non-trovato':
    // The declared data do not match somebody who is there: saying so would tell that somebody is there.
    case 'incongruente':
      return NOT_FOUND;
    case 'ambiguo':
      return AMBIGUOUS;
    // Who looks among the residents is not told that the person is another Comune's.
    case 'non-competente':
      return territorio === 'residenti' ? NOT_FOUND : { kind: 'failed', problem: 'anpr-ha-rifiutato', detail: codice };
    case 'occupato-altrove':
      return territorio === 'residenti' ? NOT_FOUND : { kind: 'failed', problem: 'anpr-non-disponibile', detail: codice };
    case 'occupato':
    case 'non-disponibile':
      return { kind: 'failed', problem: 'anpr-non-disponibile', detail: codice };
    case 'rifiutata':
      return { kind: 'failed', problem: 'anpr-ha-rifiutato', detail: codice || 'senza-codice' };
    default:
      return classe satisfies never;
  }
}
