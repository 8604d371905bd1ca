import type { Errore } from '../soap/response.js';
import { childrenOf, child, RispostaIllegibile, text, type Node } from '../soap/tree.js';
import { treeOfJson } from './json-tree.js';

/** What an e-service answered, or what stands before it (GovWay, the edge) did. */
export type RispostaE002 =
  | { readonly kind: 'ok'; readonly idOperazioneANPR: string | undefined; readonly soggetti: readonly Node[]; readonly anomalie: readonly Errore[] }
  | { readonly kind: 'ko'; readonly status: number; readonly idOperazioneANPR: string | undefined; readonly errori: readonly Errore[] }
  /** `title` is a name of GovWay, or absent where there was none to read: an HTML page, an empty body. */
  | { readonly kind: 'front-end'; readonly status: number; readonly title: string | undefined };

/** Reads the body of an answer. A refusal that cannot be read is still told by its status. Errors: `RispostaIllegibile`, for a 200 alone. */
export function parseRispostaE002(status: number, body: Uint8Array): RispostaE002 {
  try {
    return read(status, body);
  } catch (error) {
    if (status === 200 || !(error instanceof RispostaIllegibile)) throw error;
    return { kind: 'front-end', status, title: undefined };
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function read(status: number, body: Uint8Array): RispostaE002 {
  const tree = treeOfJson('', object(body));
  const idOperazioneANPR = shaped(text(tree, 'idOperazioneANPR'), /^[0-9A-Za-z-]{1,40}$/);
  if (child(tree, 'listaErrori') !== undefined || (status !== 200 && idOperazioneANPR !== undefined)) return { kind: 'ko', status, idOperazioneANPR, errori: errori(tree, 'listaErrori') };
  const title = text(tree, 'title');
  if (status !== 200) {
    // An empty list of errors leaves no child, and nothing else is there.
    if (title === undefined && child(tree, 'govway_id') === undefined) return { kind: 'ko', status, idOperazioneANPR, errori: [] };
    return { kind: 'front-end', status, title: shaped(title, /^[A-Za-z]{1,40}$/) };
  }
  const list = child(tree, 'listaSoggetti');
  const anomalie = errori(tree, 'listaAnomalie');
  if (list === undefined && idOperazioneANPR === undefined && anomalie.length === 0) throw new RispostaIllegibile('not an answer of an e-service');
  return { kind: 'ok', idOperazioneANPR, soggetti: childrenOf(list, 'datiSoggetto'), anomalie };
}

function object(body: Uint8Array): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(UTF8.decode(body));
  } catch {
    throw new RispostaIllegibile('not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new RispostaIllegibile('not a JSON object');
  return parsed;
}

const errori = (tree: Node, list: string): readonly Errore[] =>
  childrenOf(tree, list).map((one) => ({ codice: shaped(text(one, 'codiceErroreAnomalia'), /^[0-9A-Za-z]{1,6}$/) ?? '', tipo: text(one, 'tipoErroreAnomalia'), testo: text(one, 'testoErroreAnomalia') }));

/** What goes into the archive in clear has the shape of an identifier, or is left out. */
const shaped = (value: string | undefined, shape: RegExp): string | undefined => (value !== undefined && shape.test(value) ? value : undefined);
