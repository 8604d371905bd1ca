import type { Demo } from '../installation.js';

/** What came of one HTTP request about a lookup. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly id?: string; readonly esito?: string; readonly type?: string; readonly [member: string]: unknown };
}

export interface LookupOptions {
  readonly comune?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the body, in place of those of an ordinary question. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** One lookup over HTTP. Rejects when no answer came. */
export async function lookUp({ baseUrl, token, motivi, persone }: Demo, { comune = 'H501', token: other = token, headers = {}, body = {} }: LookupOptions = {}): Promise<Told> {
  const question = { servizio: 'residenza', soggetto: { codiceFiscale: persone[0]!.codiceFiscale }, motivo: motivi[0]!.codice, ...body };
  return toldBy(
    await fetch(`${baseUrl}/api/v1/comuni/${comune}/richieste`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(question),
    }),
  );
}

/** The outcome of a lookup made before. */
export const pickUp = async ({ baseUrl, token }: Demo, id: string, comune = 'H501'): Promise<Told> => toldBy(await fetch(`${baseUrl}/api/v1/comuni/${comune}/richieste/${id}`, { headers: { authorization: `Bearer ${token}` } }));

/** What a response tells. */
export async function toldBy(response: Response): Promise<Told> {
  return { status: response.status, headers: response.headers, body: (await response.json()) as Told['body'] };
}

export const problemOf = ({ body: { type } }: Pick<Told, 'body'>): string | undefined => type?.replace('urn:geres:problema:', '');

interface Registry {
  readonly ricevute: number;
  readonly operazioni: readonly { readonly idOperazioneComune: string; readonly volte: number; readonly domandeDiverse: boolean }[];
}

/** What the simulator of an installation has been asked. */
export const askedOf = async ({ simulatore }: Pick<Demo, 'simulatore'>): Promise<Registry> => (await (await fetch(`${simulatore}/controllo/registro?limite=10000`)).json()) as Registry;
