import type { Persona, Risposta } from '@geres/contracts';
import { classify, isServerFault } from './classify.js';
import { codiceFiscaleOf, endOf, idAnprOf, isActive, personOf, type Reading } from './person.js';
import type { Criteri } from './request.js';
import type { Risposta3002 } from './response.js';
import { at, date, text, type Node } from './tree.js';

/** What the answer must match, and what may be shown of it. */
export interface Question extends Reading {
  readonly idOperazione: string;
  readonly comuneIstat: string;
  readonly criteri: Criteri;
}

/** `esito` and persons, or why there is nothing to show. `detail` is ANPR's code or a reason of ours: never data. */
export type Normalised =
  | { readonly kind: 'answered'; readonly esito: Risposta['esito']; readonly avvertenze: Risposta['avvertenze']; readonly numeroSoggetti?: number; readonly soggetti: readonly Persona[]; readonly anprOperationId?: string }
  | { readonly kind: 'failed'; readonly problem: 'anpr-ha-rifiutato' | 'anpr-non-disponibile' | 'risposta-non-coerente'; readonly detail: string; readonly anprOperationId?: string };

/** The same words whoever was not found and why: nothing is learnt from them. */
const NOT_FOUND = { codice: 'non-trovato', testo: 'ANPR non restituisce nessuno per questi dati. Non vuol dire che la persona non esiste: può essere registrata con altri dati, o altrove.' } as const;

/** Checks the answer against the question and brings it into the one form. Pure. */
export function normalise(risposta: Risposta3002, question: Question): Normalised {
  if (risposta.kind === 'fault') {
    const unavailable = isServerFault(risposta.faultcode, risposta.faultstring);
    return { kind: 'failed', problem: unavailable ? 'anpr-non-disponibile' : 'anpr-ha-rifiutato', detail: unavailable ? 'fault-server' : 'fault-client' };
  }
  const { testata } = risposta;
  const anprOperationId = testata.idOperazioneANPR;
  const of = anprOperationId ? { anprOperationId } : {};
  // A KO that was given before the header was read carries no id of ours; an OK always does.
  if (testata.idOperazioneComune !== question.idOperazione && !(risposta.kind === 'ko' && testata.idOperazioneComune === undefined)) {
    return { kind: 'failed', problem: 'risposta-non-coerente', detail: 'operazione-diversa', ...of };
  }
  if (risposta.kind === 'ko') return { ...refused(risposta.errori), ...of };
  const avvertenze = risposta.anomalie.map(({ codice, testo = '' }) => ({ codice, testo }));
  const cards = risposta.soggetti;
  if (cards.length === 0) return { kind: 'answered', esito: 'non-trovato', avvertenze: [...avvertenze, NOT_FOUND], soggetti: [], ...of };
  const persons = new Map<string, Node[]>();
  for (const [index, card] of cards.entries()) {
    const who = codiceFiscaleOf(card) ?? idAnprOf(card) ?? String(index);
    persons.set(who, [...(persons.get(who) ?? []), card]);
  }
  if (!cards.every((card) => matches(card, question.criteri))) return { kind: 'failed', problem: 'risposta-non-coerente', detail: 'persona-diversa', ...of };
  if (persons.size > 1) return { kind: 'answered', esito: 'ambiguo', avvertenze, numeroSoggetti: persons.size, soggetti: [], ...of };
  const person = personOf(preferred(cards), question);
  return { kind: 'answered', esito: 'trovato', avvertenze, soggetti: [person], ...of };
}

function refused(errori: Parameters<typeof classify>[0]): Normalised {
  const { classe, codice } = classify(errori);
  switch (classe) {
    case 'non-trovato':
    // The declared data do not match somebody who is there: saying so would tell that somebody is there.
    case 'incongruente':
      return { kind: 'answered', esito: 'non-trovato', avvertenze: [NOT_FOUND], soggetti: [] };
    case 'ambiguo':
      return { kind: 'answered', esito: 'ambiguo', avvertenze: [{ codice, testo: 'ANPR trova più persone con questi dati: indicare il codice fiscale o l’idANPR.' }], soggetti: [] };
    case 'occupato':
    case 'non-disponibile':
      return { kind: 'failed', problem: 'anpr-non-disponibile', detail: codice };
    case 'rifiutata':
      return { kind: 'failed', problem: 'anpr-ha-rifiutato', detail: codice || 'senza-codice' };
    default:
      return classe satisfies never;
  }
}

/** Several cards of one person: the active one, else the one that ended last. */
const preferred = (cards: readonly Node[]): Node => cards.find(isActive) ?? cards.reduce((a, b) => (endOf(b) > endOf(a) ? b : a));

/** Whether a card is of the person that was asked about, as far as the answer lets it be seen. */
function matches(card: Node, criteri: Criteri): boolean {
  if ('codiceFiscale' in criteri) return codiceFiscaleOf(card) === criteri.codiceFiscale;
  if ('idANPR' in criteri) {
    const id = idAnprOf(card);
    return id === undefined || id === criteri.idANPR;
  }
  const generalita = at(card, 'generalita');
  const born = date(generalita, 'dataNascita');
  const sesso = text(generalita, 'sesso')?.toUpperCase();
  return (born === undefined || born === criteri.dataNascita) && (sesso === undefined || sesso === 'N' || sesso === criteri.sesso) && sameName(text(generalita, 'cognome'), criteri.cognome) && sameName(text(generalita, 'nome'), criteri.nome);
}

const letters = (name: string): string => name.normalize('NFD').replace(/[^\p{L}]/gu, '').toUpperCase();
const sameName = (found: string | undefined, asked: string): boolean => found === undefined || letters(found) === letters(asked);
