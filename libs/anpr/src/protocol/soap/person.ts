import type { Generalita, Persona } from '@geres/contracts';
import { aireCancellationReason, cancellationReason, isDeath, isValidated } from '../../tables/tables.js';
import { addressOf, chosenAddresses, comuneOf } from './address.js';
import { at, child, childrenOf, date, text, type Node } from './tree.js';

/** Sections of table 16 that are read, and what of a card they disclose. */
export const SECTION = { residenza: '10', cancellazione: '27', decesso: '28' } as const;

export interface Reading {
  readonly sections: readonly string[];
  readonly catastaleOf: (istat: string) => string | undefined;
}

export const isAire = (card: Node): boolean => text(child(card, 'generalita'), 'soggettoAIRE')?.toUpperCase() === 'S';
export const codiceFiscaleOf = (card: Node): string | undefined => text(at(card, 'generalita', 'codiceFiscale'), 'codFiscale')?.toUpperCase();
export const idAnprOf = (card: Node): string | undefined => text(child(card, 'identificativi'), 'idANPR')?.toUpperCase();

/** Whether a card is of somebody who is neither cancelled nor deceased. */
export const isActive = (card: Node): boolean => child(card, 'datiCancellazione') === undefined && child(card, 'datiDecesso') === undefined;

/** When a card that is no longer active stopped being so; the empty string if it does not say. */
export const endOf = (card: Node): string => date(child(card, 'datiDecesso'), 'dataEvento') ?? date(child(card, 'datiCancellazione'), 'dataDecorrenzaCancellazione') ?? '';

/** A card as the one answer shows it, cut to the sections that were admitted. */
export function personOf(card: Node, { sections, catastaleOf }: Reading): Persona {
  const aire = isAire(card);
  const cancelled = child(card, 'datiCancellazione');
  const reason = text(cancelled, 'motivoCancellazione');
  const death = child(card, 'datiDecesso');
  const deceased = death !== undefined || isDeath(reason);
  const idANPR = idAnprOf(card);
  const codiceFiscale = codiceFiscaleOf(card);
  const validity = text(at(card, 'generalita', 'codiceFiscale'), 'validitaCF');
  const ended = date(cancelled, 'dataDecorrenzaCancellazione');
  const motivo = (aire ? aireCancellationReason : cancellationReason)(reason);
  const deathDate = death && knownDate(death, 'dataEvento');
  return {
    ...(idANPR ? { idANPR } : {}),
    ...(codiceFiscale ? { codiceFiscale } : {}),
    ...(validity ? { codiceFiscaleValidato: isValidated(validity) } : {}),
    stato: deceased ? 'deceduto' : cancelled ? 'cancellato' : 'attivo',
    ...(aire ? { aire } : {}),
    generalita: generalita(child(card, 'generalita'), catastaleOf),
    ...(sections.includes(SECTION.residenza) ? { residenza: chosenAddresses(childrenOf(card, 'residenza'), aire).map((address) => addressOf(address, catastaleOf)) } : {}),
    ...(cancelled && sections.includes(SECTION.cancellazione) ? { cancellazione: { ...(motivo ? { motivo } : {}), ...(ended ? { decorrenza: ended } : {}) } } : {}),
    ...(death && sections.includes(SECTION.decesso) ? { decesso: deathDate ? { data: deathDate } : {} } : {}),
  };
}

function generalita(node: Node | undefined, catastaleOf: Reading['catastaleOf']): Generalita {
  const cognome = text(node, 'cognome');
  const nome = text(node, 'nome');
  const sesso = text(node, 'sesso')?.toUpperCase();
  const dataNascita = node && knownDate(node, 'dataNascita');
  const luogoNascita = birthplace(child(node, 'luogoNascita'), catastaleOf);
  return {
    ...(cognome ? { cognome } : {}),
    ...(nome ? { nome } : {}),
    ...(sesso === 'M' || sesso === 'F' || sesso === 'N' ? { sesso } : {}),
    ...(dataNascita ? { dataNascita } : {}),
    ...(luogoNascita ? { luogoNascita } : {}),
  };
}

/** A date without the parts that are not known: ANPR fills them with 01 and says so. */
export function knownDate(node: Node, name: string): string | undefined {
  const whole = date(node, name);
  if (text(node, 'senzaGiornoMese') === '1') return whole?.slice(0, 4);
  return text(node, 'senzaGiorno') === '1' ? whole?.slice(0, 7) : whole;
}

function birthplace(node: Node | undefined, catastaleOf: Reading['catastaleOf']): Generalita['luogoNascita'] {
  const comune = child(node, 'comune');
  if (comune) return { comune: comuneOf(comune, catastaleOf) };
  const localita = child(node, 'localita');
  if (localita) {
    const stato = text(localita, 'descrizioneStato');
    const place = text(localita, 'descrizioneLocalita');
    return { estero: { codiceStato: text(localita, 'codiceStato') ?? '', ...(stato ? { stato } : {}), ...(place ? { localita: place } : {}) } };
  }
  const exceptional = text(node, 'luogoEccezionale');
  return exceptional ? { eccezionale: exceptional } : undefined;
}
