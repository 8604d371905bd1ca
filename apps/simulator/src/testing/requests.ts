/** What of a request a test wants otherwise; the rest is a valid lookup by codice fiscale in the whole of ANPR. */
export interface RequestParts {
  readonly id?: string;
  readonly codMittente?: string;
  readonly codDestinatario?: string;
  readonly operazioneRichiesta?: string;
  readonly dataOraRichiesta?: string;
  readonly tipoOperazione?: string;
  readonly tipoInvio?: string;
  /** Optional header elements, as XML, after `tipoOperazione`. */
  readonly protocollo?: string;
  /** Optional header elements, as XML, after `tipoInvio`. */
  readonly applicativo?: string;
  /** The inside of `criteriRicerca`, as XML. */
  readonly criteri?: string;
  /** `datiNascita` and what follows it, as XML. */
  readonly nascita?: string;
  readonly scheda?: string;
  readonly dataRiferimento?: string;
  readonly sezioni?: readonly (number | string)[];
  /** The end of `datiRichiesta`, as XML. */
  readonly ambito?: string;
}

export const NATIONAL = '<ricercaNazionale>1</ricercaNazionale>';

let ids = 0;
export function newId(): string {
  ids += 1;
  return `01TESTSIMULATORE${String(ids).padStart(10, '0')}`;
}

export function header(parts: RequestParts): string {
  const { id = newId(), codMittente = '058091', codDestinatario = 'ANPR05', operazioneRichiesta = '3002', dataOraRichiesta = '2026-01-20T10:15:30.120+01:00', tipoOperazione = 'C', tipoInvio = 'TEST', protocollo = '', applicativo = '' } = parts;
  return `<testataRichiesta><idOperazioneComune>${id}</idOperazioneComune><codMittente>${codMittente}</codMittente><codDestinatario>${codDestinatario}</codDestinatario><operazioneRichiesta>${operazioneRichiesta}</operazioneRichiesta><dataOraRichiesta>${dataOraRichiesta}</dataOraRichiesta><tipoOperazione>${tipoOperazione}</tipoOperazione>${protocollo}<tipoInvio>${tipoInvio}</tipoInvio>${applicativo}</testataRichiesta>`;
}

export function request3002(parts: RequestParts = {}): string {
  const { criteri = '', nascita = '', scheda = '1', dataRiferimento = '2026-01-20', sezioni = [2, 10, 27, 28], ambito = NATIONAL } = parts;
  return `<ns:Richiesta3002 xmlns:ns="http://sogei.it/ANPR/3000consultazione">${header(parts)}<criteriRicerca>${criteri}</criteriRicerca>${nascita}<datiRichiesta><schedaAnagraficaRichiesta>${scheda}</schedaAnagraficaRichiesta><dataRiferimentoRichiesta>${dataRiferimento}</dataRiferimentoRichiesta>${sezioni.map((code) => `<datiAnagraficiRichiesti>${String(code)}</datiAnagraficiRichiesti>`).join('')}${ambito}</datiRichiesta></ns:Richiesta3002>`;
}

export function byCode(codiceFiscale: string, more = ''): string {
  return `<codiceFiscale>${codiceFiscale}</codiceFiscale>${more}`;
}

export function connectionRequest(parts: RequestParts = {}): string {
  return `<ns:RichiestaConnessione xmlns:ns="http://sogei.it/ANPR/connessione">${header({ operazioneRichiesta: 'OP01', ...parts })}</ns:RichiestaConnessione>`;
}

export function enveloped(payload: string, soapHeader = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header>${soapHeader}</soapenv:Header><soapenv:Body>${payload}</soapenv:Body></soapenv:Envelope>`;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** The codes of `listaErrori` or `listaAnomalie`, without the support reference. */
  readonly codes: readonly string[];
  readonly names: readonly string[];
  /** The texts of every element of this name. */
  all(name: string): readonly string[];
  first(name: string): string | undefined;
}

/** A request to the service of tables and versions. */
export function request7001(operation: '7001' | '7003', inside: string, parts: RequestParts = {}): string {
  return `<ns:Richiesta${operation} xmlns:ns="http://sogei.it/ANPR/7001scaricoTabelle">${header({ operazioneRichiesta: operation, ...parts })}<datiRichiesta>${inside}</datiRichiesta></ns:Richiesta${operation}>`;
}

const PATHS = { '3000': '/ANPR3000ServiziConsultazione/AnprService3000', '7001': '/ANPR7001ServizioScaricoTabelle/AnprService7001', TestConn: '/ANPRTestConn/TestConn' } as const;
type ServiceName = keyof typeof PATHS;

export async function send(url: string, payload: string, service: ServiceName = '3000', soapHeader = ''): Promise<Answer> {
  return post(url, enveloped(payload, soapHeader), service);
}

export async function post(url: string, text: string, service: ServiceName = '3000', signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(url + PATHS[service], { method: 'POST', headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' }, body: text, signal: signal ?? null });
  const body = await response.text();
  const all = (name: string): readonly string[] => [...body.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((found) => found[1] ?? '');
  const sections = /<datiSoggetto>(.*?)<\/datiSoggetto>/.exec(body)?.[1] ?? '';
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: body,
    codes: all('codiceErroreAnomalia').filter((code) => code !== 'EN527'),
    names: topLevel(sections),
    all,
    first: (name) => all(name)[0],
  };
}

/** The inside of the Body of an answer: what the XSD speaks about. */
export function payloadOf(answer: Answer): string {
  return /<env:Body>(.*)<\/env:Body>/s.exec(answer.text)?.[1] ?? '';
}

function topLevel(xml: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [, closing, name] of xml.matchAll(/<(\/?)([A-Za-z0-9]+)>/g)) {
    if (closing) depth -= 1;
    else {
      if (depth === 0 && name) names.push(name);
      depth += 1;
    }
  }
  return names;
}
