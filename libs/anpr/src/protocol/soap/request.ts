import { testataRichiesta, type Mittente } from './header.js';
import { birthOf, namesOf, type Nominativo } from './names.js';
import { NotSendable, sendable, sendableDay, sendableText, written, type Element } from './text.js';

/** A person looked for, by one of three keys. */
export type Criteri =
  | { readonly codiceFiscale: string }
  | { readonly idANPR: string }
  | Anagrafici;

/** Generalità that somebody is looked for by. */
export interface Anagrafici extends Nominativo {
  readonly sesso: 'M' | 'F';
  /** Its known part: `1980-02-29`, `1980-02` or `1980`. */
  readonly dataNascita: string;
  readonly luogoNascita: LuogoNascita;
}

export type LuogoNascita =
  | { readonly comune: { readonly nome: string; readonly provincia: string; readonly codiceIstat?: string | undefined } }
  | { readonly estero: { readonly codiceStato: string; readonly stato: string; readonly localita?: string | undefined } };

/** One question to service 3002, individual card. */
export interface Domanda3002 extends Mittente {
  /** The same Comune, named where the search is limited to its residents. */
  readonly comune: { readonly nome: string; readonly codiceIstat: string; readonly provincia: string };
  readonly criteri: Criteri;
  /** Codes of table 16. */
  readonly sezioni: readonly string[];
  readonly dataRiferimento: string;
  /** `nazionale`: the whole of ANPR; `residenti`: the Comune alone. Always sent explicitly. */
  readonly territorio: 'nazionale' | 'residenti';
}

const NAMESPACE = 'http://sogei.it/ANPR/3000consultazione';
/** Codes of table 16; 1 is everything, and is not asked with others. */
const SECTION = /^(?:[1-9]|[12]\d|30)$/;

/** The `Richiesta3002` payload: elements in the order of the schema, facets checked. Errors: `NotSendable`, naming the field. */
export function buildRichiesta3002(domanda: Domanda3002): string {
  const { criteri } = domanda;
  return `<ns:Richiesta3002 xmlns:ns="${NAMESPACE}">${written([
    ['testataRichiesta', testataRichiesta(domanda, '3002')],
    ['criteriRicerca', criteriRicerca(criteri)],
    ['datiNascita', 'dataNascita' in criteri ? datiNascita(criteri) : undefined],
    ['datiRichiesta', datiRichiesta(domanda)],
  ])}</ns:Richiesta3002>`;
}

export const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';

/** SOAP 1.1. `security` is the content of the header, serialised already: the same bytes that were signed. */
export const envelope = (payload: string, security = ''): string => enclosed(`<soapenv:Body>${payload}</soapenv:Body>`, security);

/** The same around a Body that is serialised already. */
export const enclosed = (body: string, header: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Header>${header}</soapenv:Header>${body}</soapenv:Envelope>`;

function criteriRicerca(criteri: Criteri): readonly Element[] {
  if ('codiceFiscale' in criteri) return [['codiceFiscale', sendable('codiceFiscale', criteri.codiceFiscale, /^[0-9A-Z]{11,16}$/)]];
  if ('idANPR' in criteri) return [['idANPR', sendable('idANPR', criteri.idANPR, /^[0-9A-Z]{9}$/)]];
  return [...Object.entries(namesOf(criteri)), ['sesso', sendable('sesso', criteri.sesso, /^[MF]$/)]];
}

function datiNascita({ dataNascita, luogoNascita: luogo }: Anagrafici): readonly Element[] {
  const { day, ...unknown } = birthOf('dataNascita', dataNascita);
  return [
    ['dataEvento', day],
    ...Object.entries(unknown),
    ['luogoNascita', 'comune' in luogo ? [['comune', comune('luogoNascita.comune', luogo.comune)]] : [['localita', localita(luogo.estero)]]],
  ];
}

const comune = (field: string, { nome, codiceIstat, provincia }: { readonly nome: string; readonly codiceIstat?: string | undefined; readonly provincia: string }): readonly Element[] => [
  ['nomeComune', sendableText(`${field}.nome`, nome, 'place')],
  ['codiceIstat', codiceIstat === undefined ? undefined : sendable(`${field}.codiceIstat`, codiceIstat, /^\d{6}$/)],
  ['siglaProvinciaIstat', sendable(`${field}.provincia`, provincia, /^[A-Z]{2}$/)],
];

const localita = ({ codiceStato, stato, localita: place }: { readonly codiceStato: string; readonly stato: string; readonly localita?: string | undefined }): readonly Element[] => [
  ['descrizioneLocalita', place === undefined ? undefined : sendableText('luogoNascita.estero.localita', place, 'place', 120)],
  ['descrizioneStato', sendableText('luogoNascita.estero.stato', stato, 'text', 120)],
  ['codiceStato', sendable('luogoNascita.estero.codiceStato', codiceStato, /^\d{3}$/)],
];

function datiRichiesta({ sezioni, dataRiferimento, territorio, comune: own }: Domanda3002): readonly Element[] {
  if (sezioni.length === 0 || new Set(sezioni).size !== sezioni.length || (sezioni.length > 1 && sezioni.includes('1'))) throw new NotSendable('sezioni');
  return [
    ['schedaAnagraficaRichiesta', '1'],
    ['dataRiferimentoRichiesta', sendableDay('dataRiferimento', dataRiferimento)],
    ...sezioni.map((sezione): Element => ['datiAnagraficiRichiesti', sendable('sezioni', sezione, SECTION)]),
    ['ricercaNazionale', territorio === 'nazionale' ? '1' : '0'],
    ['comuneResidenza', territorio === 'residenti' ? comune('comune', own) : undefined],
  ];
}
