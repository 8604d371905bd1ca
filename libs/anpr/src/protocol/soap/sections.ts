import type { Cittadinanza, Legame, Persona } from '@geres/contracts';
import { decoded, plainCode, tieKind, type Tables } from '../../tables/tables.js';
import { child, childrenOf, date, text, type Node } from './tree.js';

/** Every citizenship of a card, as ANPR gives it; an empty list where it gives none. */
export const citizenshipsOf = (card: Node): Cittadinanza[] => childrenOf(card, 'cittadinanza').map(citizenship);

function citizenship(node: Node): Cittadinanza {
  const codiceStato = text(node, 'codiceStato');
  const stato = text(node, 'descrizioneStato');
  const note = text(node, 'noteStato');
  const dataValidita = date(node, 'dataValidita');
  return { ...(codiceStato ? { codiceStato } : {}), ...(stato ? { stato } : {}), ...(note ? { note } : {}), ...(dataValidita ? { dataValidita } : {}) };
}

export function civilStatusOf(card: Node, tables?: Tables): Pick<Persona, 'statoCivile'> {
  const section = child(card, 'statoCivile');
  const codice = text(section, 'statoCivile');
  const note = text(section, 'noteStatoCivile');
  return codice ? { statoCivile: { codice, descrizione: decoded(1, codice, tables), ...(note ? { note } : {}) } } : {};
}

/** `tipoLegame` that is absent means a family. */
const FAMILY = '3';
const COMMUNITY = '4';

/** What somebody is to the person to whom the card of the family is registered, or in a community. */
export function tieOf(card: Node, tables?: Tables): { readonly legame?: Legame } {
  const tie = child(card, 'legameSoggetto');
  const codice = text(tie, 'codiceLegame');
  if (!codice) return {};
  const tipo = text(tie, 'tipoLegame') ?? FAMILY;
  const decorrenza = date(tie, 'dataDecorrenza');
  const decorrenzaLegame = date(tie, 'dataDecorrenzaLegame');
  const progressivo = text(tie, 'progressivoComponente');
  return {
    legame: {
      codice,
      descrizione: decoded(plainCode(tipo) === COMMUNITY ? 6 : 5, codice, tables),
      tipo: tieKind(tipo),
      ...(decorrenza ? { decorrenza } : {}),
      ...(decorrenzaLegame ? { decorrenzaLegame } : {}),
      ...(progressivo ? { progressivo } : {}),
    },
  };
}
