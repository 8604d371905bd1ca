import { at, child, childrenOf, RispostaIllegibile, text, treeOf, type Node } from './tree.js';

export interface Testata {
  readonly idOperazioneComune: string | undefined;
  readonly codMittente: string | undefined;
  readonly idOperazioneANPR: string | undefined;
}

/** An error or warning of ANPR. Its fields that quote the question are not kept: they may hold personal data. */
export interface Errore {
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
  if (ok) return { kind: 'ok', testata: testata(ok), soggetti: childrenOf(child(ok, 'listaSoggetti'), 'datiSoggetto'), anomalie: errori(child(ok, 'listaAnomalie')) };
  const ko = child(content, 'rispostaKO');
  if (ko) return { kind: 'ko', testata: testata(ko), errori: errori(child(ko, 'listaErrori')) };
  throw new RispostaIllegibile('neither OK nor KO');
}

/** Whether the answer to TestConn is one. */
export const isConnectionAnswer = (xml: string): boolean => at(treeOf(xml), 'Body', 'RispostaConnessione') !== undefined;

function testata(node: Node): Testata {
  const header = child(node, 'testataRisposta');
  if (!header) throw new RispostaIllegibile('no testataRisposta');
  return { idOperazioneComune: text(header, 'idOperazioneComune'), codMittente: text(header, 'codMittente'), idOperazioneANPR: text(header, 'idOperazioneANPR') };
}

const errori = (list: Node | undefined): readonly Errore[] =>
  childrenOf(list, 'errore').map((one) => ({ codice: text(one, 'codiceErroreAnomalia') ?? '', tipo: text(one, 'tipoErroreAnomalia'), testo: text(one, 'testoErroreAnomalia') }));
