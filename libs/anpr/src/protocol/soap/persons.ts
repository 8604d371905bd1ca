import { chosenAddresses, comuneOfAddress } from './address.js';
import { codiceFiscaleOf, endOf, idAnprOf, isActive, isAire, knownDate } from './person.js';
import type { Anagrafici, Criteri } from './request.js';
import { child, childrenOf, text, type Node } from './tree.js';

/** One person of an answer, with all her cards: one for each Comune that has registered her. */
export interface Found {
  idANPR: string | undefined;
  readonly cards: Node[];
}

/** Cards of one person carry one idANPR, or one codice fiscale where that is not known; a codice fiscale can change, an idANPR cannot. */
export function personsOf(cards: readonly Node[]): readonly Found[] {
  const persons: Found[] = [];
  const byId = new Map<string, Found>();
  const byCodiceFiscale = new Map<string, Found>();
  for (const card of cards) {
    const id = idAnprOf(card);
    const codiceFiscale = codiceFiscaleOf(card);
    const person = (id === undefined ? undefined : byId.get(id)) ?? homonymous(byCodiceFiscale.get(codiceFiscale ?? ''), id) ?? { idANPR: id, cards: [] };
    if (person.cards.length === 0) persons.push(person);
    person.cards.push(card);
    person.idANPR ??= id;
    if (person.idANPR !== undefined) byId.set(person.idANPR, person);
    if (codiceFiscale !== undefined && !byCodiceFiscale.has(codiceFiscale)) byCodiceFiscale.set(codiceFiscale, person);
  }
  return persons;
}

/** Two idANPR under one codice fiscale are two people. */
const homonymous = (person: Found | undefined, id: string | undefined): Found | undefined => (person && (id === undefined || person.idANPR === undefined || person.idANPR === id) ? person : undefined);

/** The active card, else the one that ended last. */
export const speaking = ({ cards }: Found): Node => cards.find(isActive) ?? cards.reduce((a, b) => (endOf(b) > endOf(a) ? b : a));

/**
 * Whether somebody found is the person that was asked about, as far as the answer lets it be seen. The codice fiscale is compared as it is: with an
 * omocodia the other letters are another person. Places of birth are not compared: Comuni are renamed, merge, and were once in another State.
 */
export function isAsked(person: Found, criteri: Criteri): boolean {
  if ('codiceFiscale' in criteri) return person.cards.some((card) => codiceFiscaleOf(card) === criteri.codiceFiscale);
  if ('idANPR' in criteri) return person.idANPR === undefined || person.idANPR === criteri.idANPR;
  return person.cards.some((card) => hasGeneralita(child(card, 'generalita'), criteri));
}

function hasGeneralita(node: Node | undefined, { cognome, nome, sesso, dataNascita }: Anagrafici): boolean {
  const born = node && knownDate(node, 'dataNascita');
  const sex = text(node, 'sesso')?.toUpperCase();
  return (
    letters(text(node, 'cognome')) === letters(cognome) &&
    letters(text(node, 'nome')) === letters(nome) &&
    (born === undefined || dataNascita.startsWith(born) || born.startsWith(dataNascita)) &&
    (sex === undefined || sex === 'N' || sex === sesso)
  );
}

const letters = (name: string | undefined): string | undefined => name?.normalize('NFD').replace(/[^\p{L}]/gu, '').toUpperCase();

/** Whether the address of a card is in another Comune than the one that asks. A card without an address does not say. */
export function livesElsewhere(card: Node, isOwn: (istat: string) => boolean): boolean {
  const comuni = chosenAddresses(childrenOf(card, 'residenza'), isAire(card)).flatMap((address) => comuneOfAddress(address) ?? []);
  return comuni.length > 0 && !comuni.some(isOwn);
}
