import { testataRichiesta, type Mittente } from './header.js';
import { answerIn, type Rifiuto, type Testata } from './response.js';
import { sendable, written, type Element } from './text.js';
import { child, childrenOf, date, RispostaIllegibile, text, type Node } from './tree.js';

/** Services of ANPR that ask about nobody: whether it is there, which versions it supports, its code tables. */
const CONNECTION = 'http://sogei.it/ANPR/connessione';
const TABLES = 'http://sogei.it/ANPR/7001scaricoTabelle';

const message = (namespace: string, name: string, elements: readonly Element[]): string => `<ns:${name} xmlns:ns="${namespace}">${written(elements)}</ns:${name}>`;

/** The `RichiestaConnessione` payload of TestConn. Errors: `NotSendable`, as of the others. */
export const buildTestConn = (mittente: Mittente): string => message(CONNECTION, 'RichiestaConnessione', [['testataRichiesta', testataRichiesta(mittente, 'OP01')]]);

/** The `Richiesta7001` payload: one table by its number, without or with leading zeros. */
export const buildRichiesta7001 = (mittente: Mittente, table: string): string =>
  message(TABLES, 'Richiesta7001', [['testataRichiesta', testataRichiesta(mittente, '7001')], ['datiRichiesta', [['idTabella', sendable('idTabella', table, /^\d{1,3}$/).padStart(3, '0')]]]]);

/** The `Richiesta7003` payload: every version that is supported. */
export const buildRichiesta7003 = (mittente: Mittente): string => message(TABLES, 'Richiesta7003', [['testataRichiesta', testataRichiesta(mittente, '7003')], ['datiRichiesta', [['tipoVersioni', '2']]]]);

/** A version of the protocol, and the days of its support where ANPR tells them. */
export interface Versione {
  readonly codDestinatario: string;
  readonly versione: string;
  readonly dal: string | undefined;
  readonly fino: string | undefined;
}

export type Risposta7003 = { readonly kind: 'ok'; readonly testata: Testata; readonly corrente: Versione; readonly supportate: readonly Versione[] } | Rifiuto;

/** Errors: `RispostaIllegibile`. */
export function parseRisposta7003(xml: string): Risposta7003 {
  const risposta = answerIn(xml, 'Risposta7003', 'RispostaMultipla7003');
  if (risposta.kind !== 'ok') return risposta;
  const states = childrenOf(risposta.ok, 'statoVersioni');
  const current = states.map((state) => child(state, 'versioneCorrente')).find((one) => one !== undefined);
  if (!current) throw new RispostaIllegibile('no version');
  return { kind: 'ok', testata: risposta.testata, corrente: version(current), supportate: states.flatMap((state) => childrenOf(state, 'versioniSupportate').map(version)) };
}

function version(node: Node): Versione {
  const codDestinatario = text(node, 'CodDestinatario');
  if (codDestinatario === undefined || !/^[0-9A-Za-z]{1,6}$/.test(codDestinatario)) throw new RispostaIllegibile('version without code');
  const whole = text(node, 'VersioneCompleta') ?? '';
  return { codDestinatario, versione: /^[0-9A-Za-z.]{1,20}$/.test(whole) ? whole : '', dal: date(node, 'DataInizio'), fino: date(node, 'DataFine') };
}

export type Risposta7001 = { readonly kind: 'ok'; readonly testata: Testata; readonly table: string; readonly files: readonly Uint8Array[] } | Rifiuto;

/** Reads the files of a table, in Base64 or beside the message (`xop:Include`), where `binaries` has them by Content-ID. Errors: `RispostaIllegibile`. */
export function parseRisposta7001(xml: string, binaries: ReadonlyMap<string, Uint8Array>): Risposta7001 {
  const risposta = answerIn(xml, 'Risposta7001', 'RispostaMultipla7001');
  if (risposta.kind !== 'ok') return risposta;
  const detail = child(risposta.ok, 'datiDettaglioRisposta');
  const table = text(detail, 'idTabella');
  if (table === undefined) throw new RispostaIllegibile('no table');
  return { kind: 'ok', testata: risposta.testata, table, files: childrenOf(detail, 'xmlFile').map((node) => file(node, binaries)) };
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function file(node: Node, binaries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const included = child(node, 'Include')?.href;
  if (included === undefined) {
    const base64 = node.text.replace(/\s+/g, '');
    if (!BASE64.test(base64)) throw new RispostaIllegibile('not Base64');
    return Buffer.from(base64, 'base64');
  }
  const binary = binaries.get(contentId(included));
  if (!binary) throw new RispostaIllegibile('binary missing');
  return binary;
}

function contentId(href: string): string {
  try {
    return decodeURIComponent(href.replace(/^cid:/, ''));
  } catch {
    return '';
  }
}
