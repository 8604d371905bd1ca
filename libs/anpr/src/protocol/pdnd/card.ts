import { chosenAddresses, comuneOfAddress } from '../soap/address.js';
import { codiceFiscaleOf, isAire } from '../soap/person.js';
import { isAsked, type Found } from '../soap/persons.js';
import type { Criteri } from '../soap/request.js';
import { child, childrenOf, date, text, type Node } from '../soap/tree.js';

/** What ANPR says about a card by `infoSoggettoEnte`: by its id, else by its key. */
function info(card: Node, id: string | undefined, chiave: RegExp): readonly Node[] {
  const all = childrenOf(card, 'infoSoggettoEnte');
  const byId = all.filter((one) => id !== undefined && text(one, 'id') === id);
  return byId.length > 0 ? byId : all.filter((one) => chiave.test(text(one, 'chiave') ?? ''));
}

/** `A` is in ANPR's list and explained nowhere: it is neither. */
export type Verdict = 'si' | 'no' | 'non-detto';

const VERDICTS: Readonly<Record<'C003' | 'C007' | 'C008' | 'C019', readonly [id: string | undefined, chiave: RegExp]>> = {
  C003: ['1002', /^verifica generalit/i],
  C007: ['1003', /^verifica esistenza in vita/i],
  C019: ['1003', /^verifica esistenza in vita/i],
  // Its id is not public.
  C008: [undefined, /^verifica.*residenza/i],
};

/** The yes or no of a card; a single no is a no. */
export function verdictOf(card: Node, casoUso: keyof typeof VERDICTS): Verdict {
  const values = info(card, ...VERDICTS[casoUso]).map((one) => text(one, 'valore')?.toUpperCase());
  if (values.includes('N')) return 'no';
  return values.length > 0 && values.every((value) => value === 'S') ? 'si' : 'non-detto';
}

/** The same card, with the death that only `infoSoggettoEnte` tells; its date is often missing. */
export function withDeath(card: Node): Node {
  const dated = info(card, '1015', /^data decesso/i)[0];
  if (child(card, 'datiDecesso') || (!dated && verdictOf(card, 'C019') !== 'no')) return card;
  const day = dated && date(dated, 'valoreData');
  const known: Node[] = day ? [{ name: 'dataEvento', children: [], text: day }] : [];
  return { ...card, children: [...card.children, { name: 'datiDecesso', children: known, text: '' }] };
}

/**
 * Whether somebody found is the person that was asked about, as far as the answer lets it be seen; `codiceFiscale` is what the caller asked by, where an
 * idANPR was sent in its place.
 */
export function isWhoWasAsked(person: Found, criteri: Criteri, codiceFiscale: string | undefined): boolean {
  if ('idANPR' in criteri && person.idANPR !== undefined) return isAsked(person, criteri);
  const code = 'codiceFiscale' in criteri ? criteri.codiceFiscale : codiceFiscale;
  // C030 and the verification services say little or nothing of the person.
  if (code !== undefined) return !person.cards.some(codiceFiscaleOf) || isAsked(person, { codiceFiscale: code });
  return !person.cards.some((card) => child(card, 'generalita')) || isAsked(person, criteri);
}

/** Whether one of the addresses that count is in the Comune that asks. Who has none is nobody's resident. */
export const livesHere = (card: Node, isOwn: (istat: string) => boolean): boolean =>
  chosenAddresses(childrenOf(card, 'residenza'), isAire(card))
    .flatMap((address) => comuneOfAddress(address) ?? [])
    .some(isOwn);
