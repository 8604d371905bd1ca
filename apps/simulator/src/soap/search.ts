import type { Behaviour, Card } from '../people/card.js';
import type { Directory } from '../people/directory.js';
import { refusal, type Refusal } from './errors.js';
import type { FamilyQuestion } from './family-question.js';
import type { Question } from './question.js';
import { within } from './scope.js';

/** What a 3002 operation came to; a refusal without error has an empty list of them. It is what ANPR stores: the same id gets it again, whatever is asked the second time. */
export type Outcome =
  | { readonly kind: 'found'; readonly cards: readonly Card[]; readonly sections: ReadonlySet<number>; readonly spoilt?: 'other-operation' | 'cut-short' | 'unknown-elements' }
  | { readonly kind: 'family'; readonly cards: readonly Card[] }
  | { readonly kind: 'refused'; readonly error: Refusal | undefined }
  | { readonly kind: 'broken'; readonly how: 'fault' | '500' | 'silence' };

/** Searches the directory as ANPR does: key, scope, congruence of whatever else was given, then the person's own behaviour. */
export function search(people: Directory, question: Question): Outcome {
  const candidates = byKey(people, question);
  if ('code' in candidates) return { kind: 'refused', error: candidates };
  const cards = candidates.filter((card) => inScope(card, question));
  const [first] = cards;
  if (!first) return { kind: 'refused', error: refusal(question.codiceFiscale ?? question.idANPR ?? question.scheda ? 'EN122' : 'EN133') };
  const wrong = incongruence(first, question);
  if (wrong) return { kind: 'refused', error: wrong };
  const found = { kind: 'found', cards, sections: question.sections } as const;
  return first.comportamento === undefined ? found : misbehave(first.comportamento, people, found);
}

function byKey(people: Directory, question: Question): readonly Card[] | Refusal {
  const { codiceFiscale, idANPR, scheda, cognome, nome, sesso, dataNascita, luogoNascita, ignoto } = question;
  if (codiceFiscale !== undefined) return people.byCodiceFiscale(codiceFiscale);
  if (idANPR !== undefined) return people.byIdANPR(idANPR);
  if (scheda !== undefined) return people.byCard(Number(/^(?:S-)?0*(\d{1,15})$/.exec(scheda.id)?.[1])).filter(({ competente }) => scheda.of === undefined || competente.codiceIstat === scheda.of);
  if (cognome === undefined || nome === undefined || sesso === undefined || dataNascita === undefined || luogoNascita === undefined) return refusal('EN448');
  return people.byGeneralities({ cognome: cognome.toUpperCase(), nome: nome.toUpperCase(), sesso, dataNascita, ignoto, luogo: luogoNascita });
}

function inScope(card: Card, { onlyIn, aire }: Question): boolean {
  if (aire !== undefined && aire !== (card.annoEspatrio !== undefined)) return false;
  return within(card, { onlyIn });
}

/** Who lives together under that number: neither the dead nor those who went away. */
export function searchFamily(people: Directory, question: FamilyQuestion, today: string): Outcome {
  const { convivenza, id, of } = question;
  const unknown = { kind: 'refused', error: refusal(of === undefined ? 'EF002' : 'EF001', [], { field: of === undefined ? 'identificativoANPR' : 'idFamigliaConvivenzaComune', value: id }) } as const;
  const number = /^F?0*(\d{1,15})$/.exec(id)?.[1];
  const there = number === undefined ? [] : people.byFamily(Number(number));
  const cards = there.filter(({ competente, famiglia, cancellazione, decesso }) => (famiglia.convivenza !== undefined) === convivenza && (of === undefined || competente.codiceIstat === of) && !cancellazione && !(decesso && decesso.data <= today));
  const [first] = cards;
  if (!first) return unknown;
  if (!within(first, question)) return { kind: 'refused', error: refusal('EN122') };
  return cards.some(({ comportamento }) => comportamento === 'in-registrazione') ? { kind: 'refused', error: refusal('EN214') } : { kind: 'family', cards };
}

/** Strict, letter by letter but for the case: an accent or an apostrophe written otherwise is another name. */
function incongruence(card: Card, { codiceFiscale, idANPR, scheda, cognome, nome, sesso, dataNascita, luogoNascita }: Question): Refusal | undefined {
  const otherPerson = idANPR !== undefined && idANPR !== card.idANPR;
  if (codiceFiscale !== undefined && (otherPerson || codiceFiscale !== card.codiceFiscale)) return refusal('EN070', [], { field: 'codiceFiscale', value: codiceFiscale });
  if (scheda !== undefined && !scheda.id.endsWith(String(card.id))) return refusal('EN073');
  if (scheda?.of !== undefined && scheda.of !== card.competente.codiceIstat) return refusal('EN074');
  if (nome !== undefined && nome.toUpperCase() !== (card.nome ?? '')) return refusal('EN068', [], { field: 'nome', value: nome });
  if (cognome !== undefined && cognome.toUpperCase() !== (card.cognome ?? '')) return refusal('EN069', [], { field: 'cognome', value: cognome });
  if (dataNascita !== undefined && dataNascita !== card.dataNascita) return refusal('EN071', [], { field: 'dataNascita', value: dataNascita });
  if (luogoNascita !== undefined && !luogoNascita(card.luogoNascita)) return refusal('EN072', [], { field: 'luogoNascita' });
  if (sesso !== undefined && sesso !== card.sesso) return refusal('EN075', [], { field: 'sesso', value: sesso });
  return undefined;
}

function misbehave(how: Behaviour, people: Directory, found: Extract<Outcome, { kind: 'found' }>): Outcome {
  switch (how) {
    case 'nessuna-risposta':
      return { kind: 'broken', how: 'silence' };
    case 'fault':
      return { kind: 'broken', how: 'fault' };
    case 'http-500':
      return { kind: 'broken', how: '500' };
    case 'corpo-illeggibile':
      return { ...found, spoilt: 'cut-short' };
    case 'altra-operazione':
      return { ...found, spoilt: 'other-operation' };
    case 'altra-persona':
      return { ...found, cards: people.named.slice(0, 1) };
    case 'elemento-ignoto':
      return { ...found, spoilt: 'unknown-elements' };
    case 'lista-errori-vuota':
      return { kind: 'refused', error: undefined };
    case 'codice-ignoto':
      return { kind: 'refused', error: refusal('ZZ999') };
    case 'in-registrazione':
      return { kind: 'refused', error: refusal('EN214') };
    case 'mascherato':
      return { kind: 'refused', error: refusal('EN493') };
    case 'non-abilitato':
      return { kind: 'refused', error: refusal('XXXX', ['Utente non abilitato a questo servizio']) };
    default:
      return how satisfies never;
  }
}
