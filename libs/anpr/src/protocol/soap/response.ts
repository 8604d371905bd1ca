import { child, childrenOf, RispostaIllegibile, text, treeOf, type Node } from './tree.js';

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

/** An answer that is no answer to what was asked: of the service, or of the gateway before it. */
export type Rifiuto =
  | { readonly kind: 'ko'; readonly testata: Testata; readonly errori: readonly Errore[] }
  | { readonly kind: 'fault'; readonly faultcode: string | undefined; readonly faultstring: string | undefined };

/** What service 3002 answered. Cards are kept as trees: which sections are read is the normaliser's business. */
export type Risposta3002 = { readonly kind: 'ok'; readonly testata: Testata; readonly soggetti: readonly Node[]; readonly anomalie: readonly Errore[] } | Rifiuto;

/** Reads a SOAP answer of service 3002. Errors: `RispostaIllegibile`. */
export function parseRisposta3002(xml: string): Risposta3002 {
  const risposta = answerIn(xml, 'Risposta3002', 'Risposta3002_OK');
  if (risposta.kind !== 'ok') return risposta;
  const { testata, ok } = risposta;
  return { kind: 'ok', testata, soggetti: childrenOf(child(ok, 'listaSoggetti'), 'datiSoggetto'), anomalie: errori(child(ok, 'listaAnomalie')) };
}

/** What is in the Body of an answer: the positive element by its name, or a refusal. Errors: `RispostaIllegibile`. */
export function answerIn(xml: string, answer: string, positive: string): { readonly kind: 'ok'; readonly testata: Testata; readonly ok: Node } | Rifiuto {
  const content = contentOf(xml);
  const refusal = refusalIn(content, answer);
  const ok = content.name === answer ? child(content, positive) : undefined;
  if (ok && refusal) throw new RispostaIllegibile('both OK and KO');
  if (ok) return { kind: 'ok', testata: testata(ok), ok };
  if (refusal) return refusal;
  throw new RispostaIllegibile(content.name === answer ? 'neither OK nor KO' : `not a ${answer}`);
}

function refusalIn(content: Node, answer: string): Rifiuto | undefined {
  if (content.name === 'Fault') return { kind: 'fault', faultcode: text(content, 'faultcode'), faultstring: text(content, 'faultstring') };
  const ko = content.name === answer ? child(content, 'rispostaKO') : undefined;
  return ko && { kind: 'ko', testata: testata(ko), errori: errori(child(ko, 'listaErrori')) };
}

function contentOf(xml: string): Node {
  const envelope = treeOf(xml);
  const content = child(envelope, 'Body')?.children[0];
  if (envelope.name !== 'Envelope' || !content) throw new RispostaIllegibile('no SOAP body');
  return content;
}

/** What TestConn answered: it has a header and nothing else. Errors: `RispostaIllegibile`. */
export function parseRispostaConnessione(xml: string): { readonly kind: 'ok'; readonly testata: Testata } | Rifiuto {
  const content = contentOf(xml);
  const refusal = refusalIn(content, CONNECTION);
  if (refusal) return refusal;
  if (content.name !== CONNECTION) throw new RispostaIllegibile(`not a ${CONNECTION}`);
  return { kind: 'ok', testata: testata(content) };
}

const CONNECTION = 'RispostaConnessione';

function testata(node: Node): Testata {
  const header = child(node, 'testataRisposta');
  if (!header) throw new RispostaIllegibile('no testataRisposta');
  return { idOperazioneComune: text(header, 'idOperazioneComune'), idOperazioneANPR: shaped(text(header, 'idOperazioneANPR'), /^\d{1,30}$/) };
}

const errori = (list: Node | undefined): readonly Errore[] =>
  childrenOf(list, 'errore').map((one) => ({ codice: shaped(text(one, 'codiceErroreAnomalia'), /^[0-9A-Za-z]{1,6}$/) ?? '', tipo: text(one, 'tipoErroreAnomalia'), testo: text(one, 'testoErroreAnomalia') }));

/** What goes into the archive in clear has the shape of an identifier, or is left out. */
const shaped = (value: string | undefined, shape: RegExp): string | undefined => (value !== undefined && shape.test(value) ? value : undefined);
