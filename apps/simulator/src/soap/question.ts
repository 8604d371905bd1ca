import type { BirthPlace } from '../people/card.js';
import { refusal, type Refusal } from './errors.js';
import { asksForFamily, readFamilyQuestion, type FamilyQuestion } from './family-question.js';
import { readScope, type Scope } from './scope.js';
import { child, textOf, type Node } from './xml.js';

/** What a valid 3002 request asks about a person. `undefined` parts were not given; an empty `cognome` or `nome` means "has none". */
export interface Question {
  readonly codiceFiscale: string | undefined;
  readonly idANPR: string | undefined;
  /** One card, by the number of ANPR or by the one of its Comune. */
  readonly scheda: { readonly id: string; readonly of: string | undefined } | undefined;
  readonly cognome: string | undefined;
  readonly nome: string | undefined;
  readonly sesso: string | undefined;
  readonly aire: boolean | undefined;
  readonly dataNascita: string | undefined;
  readonly ignoto: 'giorno' | 'giorno-mese' | undefined;
  readonly luogoNascita: ((place: BirthPlace) => boolean) | undefined;
  readonly sections: ReadonlySet<number>;
  readonly onlyIn: Scope['onlyIn'];
}

const LAST_SECTION = 30;
/** Ways of searching that the schema knows and this simulator does not answer. */
const OTHER_KEYS = ['cartaIdentita3000', 'permessoDiSoggiorno3000'];

/** Reads `criteriRicerca`, `datiNascita` and `datiRichiesta` of a message that keeps to the schema; or says why the service refuses it. */
export function readQuestion(body: Node, codMittente: string, today: string): Question | FamilyQuestion | Refusal {
  const request = child(body, 'datiRichiesta');
  const criteria = child(body, 'criteriRicerca');
  const birth = child(body, 'datiNascita');
  const asOf = textOf(request, 'dataRiferimentoRichiesta')?.slice(0, 10) ?? '';
  if (asOf > today) return refusal('EHR09', [asOf, today], { field: 'dataRiferimentoRichiesta' });
  if (OTHER_KEYS.some((key) => child(criteria, key)) || child(body, 'residenzaIscrizioneAIRE')) return refusal('EN053');
  if (asksForFamily(criteria)) return readFamilyQuestion(body, codMittente);
  if (textOf(request, 'schedaAnagraficaRichiesta') !== '1') return refusal('EN053');
  const sections = readSections(request);
  if ('code' in sections) return sections;
  const scope = readScope(request, codMittente);
  if ('code' in scope) return scope;
  const aire = textOf(criteria, 'soggettoAIRE');
  return {
    codiceFiscale: textOf(criteria, 'codiceFiscale')?.toUpperCase(),
    idANPR: textOf(criteria, 'idANPR')?.toUpperCase(),
    scheda: readCard(criteria),
    cognome: child(criteria, 'senzaCognome') ? '' : textOf(criteria, 'cognome'),
    nome: child(criteria, 'senzaNome') ? '' : textOf(criteria, 'nome'),
    sesso: textOf(criteria, 'sesso')?.toUpperCase(),
    aire: aire === undefined ? undefined : aire.toUpperCase() === 'S',
    // The lexical date: an offset does not move a birthday.
    dataNascita: textOf(birth, 'dataEvento')?.slice(0, 10),
    ignoto: child(birth, 'senzaGiornoMese') ? 'giorno-mese' : child(birth, 'senzaGiorno') ? 'giorno' : undefined,
    luogoNascita: readPlace(child(birth, 'luogoNascita')),
    sections,
    onlyIn: scope.onlyIn,
  };
}

function readCard(criteria: Node | undefined): Question['scheda'] {
  const id = textOf(criteria, 'idSchedaSoggettoANPR');
  if (id !== undefined) return { id, of: undefined };
  const own = child(criteria, 'idSchedaSoggettoComune');
  return own && { id: textOf(own, 'idSchedaSoggetto') ?? '', of: textOf(own, 'idSchedaSoggettoComuneIstat') };
}

function readSections(request: Node | undefined): ReadonlySet<number> | Refusal {
  const codes = (request?.children ?? []).filter(({ name }) => name === 'datiAnagraficiRichiesti').map(({ text }) => Number(text));
  if (codes.length === 0) return refusal('EN052');
  if (codes.some((code) => code < 1 || code > LAST_SECTION)) return refusal('EC025');
  const distinct = new Set(codes);
  if (distinct.has(1) && distinct.size > 1) return refusal('EC020');
  return distinct.size < codes.length ? refusal('EC026') : distinct;
}

function readPlace(place: Node | undefined): Question['luogoNascita'] {
  const comune = child(place, 'comune');
  const localita = child(place, 'localita');
  if (comune) {
    const codiceIstat = textOf(comune, 'codiceIstat');
    const nome = textOf(comune, 'nomeComune')?.toUpperCase();
    return (birth) => 'comune' in birth && (codiceIstat === undefined ? birth.comune.nome === nome : birth.comune.codiceIstat === codiceIstat);
  }
  if (!localita) return undefined;
  const codiceStato = textOf(localita, 'codiceStato');
  return (birth) => 'estero' in birth && birth.estero.stato.codiceStato === codiceStato;
}
