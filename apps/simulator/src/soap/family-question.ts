import { refusal, type Refusal } from './errors.js';
import { readScope, type Scope } from './scope.js';
import { child, textOf, type Node } from './xml.js';

/** What a valid 3002 request asks about a family or a convivenza: by the number that ANPR gave it, or by the one of a Comune. */
export interface FamilyQuestion extends Scope {
  readonly convivenza: boolean;
  readonly id: string;
  /** ISTAT code of the Comune whose number `id` is. */
  readonly of: string | undefined;
}

const FAMILY_KEYS = ['tipoScheda', 'identificativoANPR', 'idFamigliaConvivenzaComune'];
const PERSON_KEYS = ['codiceFiscale', 'cognome', 'senzaCognome', 'nome', 'senzaNome', 'sesso', 'idANPR'];
/** `schedaAnagraficaRichiesta` that goes with each `tipoScheda`. */
const CARDS: Readonly<Record<string, string>> = { 1: '2', 2: '3' };

export function asksForFamily(criteria: Node | undefined): boolean {
  return FAMILY_KEYS.some((key) => child(criteria, key));
}

export function readFamilyQuestion(body: Node, codMittente: string): FamilyQuestion | Refusal {
  const request = child(body, 'datiRichiesta');
  const criteria = child(body, 'criteriRicerca');
  const kind = textOf(criteria, 'tipoScheda');
  if (kind === undefined) return refusal('EN124', [], { field: 'tipoScheda' });
  const card = CARDS[kind];
  if (card === undefined) return refusal('EHR11', [kind], { field: 'tipoScheda', value: kind });
  if (PERSON_KEYS.some((key) => child(criteria, key)) || child(body, 'datiNascita') || textOf(request, 'schedaAnagraficaRichiesta') !== card) return refusal('EN053');
  if (child(request, 'datiAnagraficiRichiesti')) return refusal('EN050', [], { field: 'datiAnagraficiRichiesti' });
  const own = child(criteria, 'idFamigliaConvivenzaComune');
  const id = textOf(criteria, 'identificativoANPR') ?? textOf(own, 'idFamigliaConvivenza');
  if (id === undefined) return refusal('EN132', [], { field: 'identificativoANPR' });
  const scope = readScope(request, codMittente);
  if ('code' in scope) return scope;
  return { convivenza: kind === '2', id, of: child(criteria, 'identificativoANPR') ? undefined : textOf(own, 'idFamigliaConvivenzaComuneIstat'), onlyIn: scope.onlyIn };
}
