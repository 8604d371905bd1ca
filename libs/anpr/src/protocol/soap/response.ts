import { at, child, childrenOf, RispostaIllegibile, text, treeOf, type Node } from './tree.js';

export interface Testata {
  readonly idOperazioneComune: string | undefined;
  /** Up to 30 digits; past what a number holds. */
  readonly idOperazioneANPR: string | undefined;
}

/** An error or warning of ANPR. Its fields that quote the question are not kept: they may hold personal data. */
export interface Errore {
  /** 1 to 6 letters and digits; empty if ANPR sent anything else, which is not a code and may be data. */
  readonly codice: string;
  readonly tipo: string | undefined;
  readonly testo: string | undefined;
}

/** What service 3002 answered. Cards are kept as trees: which sections are read is the normaliser's business. */
export type Risposta3002 =
  | { readonly kind: 'ok'; readonly testata: Testata; readonly soggetti: readonly Node[]; readonly anomalie: readonly Errore[] }
  | { readonly kind: 'ko'; readonly testata: Testata; readonly errori: readonly Errore[] }
  | { readonly kind: 'fault'; readonly faultcode: string | undefined; readonly faultstring: string | undefined };

/** Reads a SOAP answer. Errors: `RispostaIllegibile`. */
export function parseRisposta3002(xml: string): Risposta3002 {
  const envelope = treeOf(xml);
  const content = child(envelope, 'Body')?.children[0];
  if (envelope.name !== 'Envelope' || !content) throw new RispostaIllegibile('no SOAP body');
  if (content.name === 'Fault') return { kind: 'fault', faultcode: text(content, 'faultcode'), faultstring: text(content, 'faultstring') };
  if (content.name !== 'Risposta3002') throw new RispostaIllegibile('not an answer of service 3002');
  const ok = child(content, 'Risposta3002_OK');
  const ko = child(content, 'rispostaKO');
  if (ok && ko) throw new RispostaIllegibile('both OK and KO');
  if (ok) return { kind: 'ok', testata: testata(ok), soggetti: childrenOf(child(ok, 'listaSoggetti'), 'datiSoggetto'), anomalie: errori(child(ok, 'listaAnomalie')) };
  if (ko) return { kind: 'ko', testata: testata(ko), errori: errori(child(ko, 'listaErrori')) };
  throw new RispostaIllegibile('neither OK nor KO');
}

/** Whether the answer to TestConn is one. */
export const isConnectionAnswer = (xml: string): boolean => at(treeOf(xml), 'Body', 'RispostaConnessione') !== undefined;

function testata(node: Node): Testata {
  const header = child(node, 'testataRisposta');
  if (!header) throw new RispostaIllegibile('no testataRisposta');
  return { idOperazioneComune: text(header, 'idOperazioneComune'), idOperazioneANPR: shaped(text(header, 'idOperazioneANPR'), /^\d{1,30}$/) };
}

const errori = (list: Node | undefined): readonly Errore[] =>
  childrenOf(list, 'errore').map((one) => ({ codice: shaped(text(one, 'codiceErroreAnomalia'), /^[0-9A-Za-z]{1,6}$/) ?? '', tipo: text(one, 'tipoErroreAnomalia'), testo: text(one, 'testoErroreAnomalia') }));

/** What goes into the archive in clear has the shape of an identifier, or is left out. */
const shaped = (value: string | undefined, shape: RegExp): string | undefined => (value !== undefined && shape.test(value) ? value : undefined);
