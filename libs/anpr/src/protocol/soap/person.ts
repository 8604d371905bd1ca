import type { Generalita, Persona } from '@geres/contracts';
import { decoded, isDeath, isValidated, type Tables } from '../../tables/tables.js';
import { addressOf, chosenAddresses, comuneOf } from './address.js';
import { citizenshipsOf, civilStatusOf, tieOf } from './sections.js';
import { at, child, childrenOf, date, text, type Node } from './tree.js';

/** Sections of table 16 that are read, and what of a card they disclose. */
export const SECTION = { generalita: '2', statoCivile: '3', cittadinanza: '6', residenza: '10', legame: '21', cancellazione: '27', decesso: '28' } as const;

export interface Reading {
  readonly sections: readonly string[];
  readonly catastaleOf: (istat: string) => string | undefined;
  /** Code tables of ANPR's own, where they were downloaded. */
  readonly tables?: Tables | undefined;
}

export const isAire = (card: Node): boolean => text(child(card, 'generalita'), 'soggettoAIRE')?.toUpperCase() === 'S';
export const codiceFiscaleOf = (card: Node): string | undefined => text(at(card, 'generalita', 'codiceFiscale'), 'codFiscale')?.toUpperCase();
export const idAnprOf = (card: Node): string | undefined => text(child(card, 'identificativi'), 'idANPR')?.toUpperCase();

/** Whether a card is of somebody who is neither cancelled nor deceased. */
export const isActive = (card: Node): boolean => child(card, 'datiCancellazione') === undefined && child(card, 'datiDecesso') === undefined;

/** When a card that is no longer active stopped being so; the empty string if it does not say. */
export const endOf = (card: Node): string => date(child(card, 'datiDecesso'), 'dataEvento') ?? date(child(card, 'datiCancellazione'), 'dataDecorrenzaCancellazione') ?? '';

/**
 * A card as the one answer shows it, cut to the sections that were admitted. `tellsEnd`: whether the answer says of somebody cancelled or deceased that she is;
 * only then is silence a sign that she is neither.
 */
export function personOf(card: Node, { sections, catastaleOf, tables }: Reading, tellsEnd: boolean): Persona {
  const aire = isAire(card);
  const idANPR = idAnprOf(card);
  const stato = standingOf(card) ?? (tellsEnd ? 'attivo' : undefined);
  const section = <T extends object>(code: string, of: () => T): T | undefined => (sections.includes(code) ? of() : undefined);
  return {
    ...(idANPR ? { idANPR } : {}),
    ...section(SECTION.generalita, () => codeOf(card)),
    ...(stato ? { stato } : {}),
    ...(aire ? { aire } : {}),
    generalita: section(SECTION.generalita, () => generalita(child(card, 'generalita'), catastaleOf)) ?? {},
    ...section(SECTION.residenza, () => ({ residenza: chosenAddresses(childrenOf(card, 'residenza'), aire).map((address) => addressOf(address, catastaleOf, tables)) })),
    ...section(SECTION.cittadinanza, () => ({ cittadinanza: citizenshipsOf(card) })),
    ...section(SECTION.statoCivile, () => civilStatusOf(card, tables)),
    ...section(SECTION.legame, () => tieOf(card, tables)),
    ...section(SECTION.cancellazione, () => cancellationOf(card, aire, tables)),
    ...section(SECTION.decesso, () => deathOf(card)),
  };
}

/** What a card says of its own end; `undefined`: nothing. */
function standingOf(card: Node): 'deceduto' | 'cancellato' | undefined {
  const cancelled = child(card, 'datiCancellazione');
  if (child(card, 'datiDecesso') || isDeath(text(cancelled, 'motivoCancellazione'))) return 'deceduto';
  return cancelled && 'cancellato';
}

function codeOf(card: Node): Pick<Persona, 'codiceFiscale' | 'codiceFiscaleValidato'> {
  const codiceFiscale = codiceFiscaleOf(card);
  const validity = text(at(card, 'generalita', 'codiceFiscale'), 'validitaCF');
  return { ...(codiceFiscale ? { codiceFiscale } : {}), ...(validity ? { codiceFiscaleValidato: isValidated(validity) } : {}) };
}

function cancellationOf(card: Node, aire: boolean, tables: Tables | undefined): Pick<Persona, 'cancellazione'> {
  const cancelled = child(card, 'datiCancellazione');
  if (!cancelled) return {};
  const reason = text(cancelled, 'motivoCancellazione');
  const motivo = reason && decoded(aire ? 28 : 15, reason, tables);
  const decorrenza = date(cancelled, 'dataDecorrenzaCancellazione');
  return { cancellazione: { ...(motivo ? { motivo } : {}), ...(decorrenza ? { decorrenza } : {}) } };
}

function deathOf(card: Node): Pick<Persona, 'decesso'> {
  const death = child(card, 'datiDecesso');
  if (!death) return {};
  const data = knownDate(death, 'dataEvento');
  return { decesso: data ? { data } : {} };
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
