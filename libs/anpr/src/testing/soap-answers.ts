/** Answers of service 3002 as ANPR writes them, with synthetic people: a spec says only what matters to it. */
export const OPERATION = '01JGATEWAY0EXAMP0000000001';
export const CODICE_FISCALE = 'SNTPRV85C55H501U';
export const OWN = '999001';
const NAMESPACE = 'xmlns:ns="http://sogei.it/ANPR/3000consultazione"';

export const enveloped = (payload: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>${payload}</env:Body></env:Envelope>`;

export const header = (operation = OPERATION, idOperazioneANPR = '99000000001'): string =>
  `<testataRisposta><idOperazioneComune>${operation}</idOperazioneComune><codMittente>${OWN}</codMittente><codDestinatario>ANPR05</codDestinatario><operazioneRichiesta>3002</operazioneRichiesta>` +
  `<dataOraRichiesta>2026-01-20T10:15:30.120+01:00</dataOraRichiesta><idOperazioneANPR>${idOperazioneANPR}</idOperazioneANPR><esitoOperazione>0000</esitoOperazione></testataRisposta>`;

interface CardParts {
  readonly idANPR?: string | undefined;
  readonly codiceFiscale?: string | undefined;
  readonly validitaCF?: string;
  readonly cognome?: string | undefined;
  readonly nome?: string | undefined;
  readonly sesso?: string;
  readonly nato?: string;
  readonly luogo?: string;
  readonly aire?: boolean;
  /** Sections after `generalita`, in the order of the schema. */
  readonly sezioni?: string;
}

const optional = (name: string, value: string | undefined): string => (value === undefined ? '' : `<${name}>${value}</${name}>`);

export const comuneXml = (istat = OWN, nome = 'COMUNE DI ESEMPIO', provincia = 'ZZ'): string => `<comune><nomeComune>${nome}</nomeComune><codiceIstat>${istat}</codiceIstat><siglaProvinciaIstat>${provincia}</siglaProvinciaIstat></comune>`;

/** `datiSoggetto` of PROVA SINTETICI, or of whom the parts say. */
export function card(parts: CardParts = {}): string {
  const { idANPR, codiceFiscale, validitaCF, cognome, nome, sesso = 'F', nato = '<dataNascita>1985-03-15</dataNascita>', luogo = comuneXml('058091', 'ROMA', 'RM'), aire, sezioni = '' } = {
    codiceFiscale: CODICE_FISCALE,
    cognome: 'SINTETICI',
    nome: 'PROVA',
    ...parts,
  };
  return (
    `<datiSoggetto>${idANPR === undefined ? '' : `<identificativi><idANPR>${idANPR}</idANPR></identificativi>`}<generalita>` +
    `${codiceFiscale === undefined ? '' : `<codiceFiscale><codFiscale>${codiceFiscale}</codFiscale>${optional('validitaCF', validitaCF)}</codiceFiscale>`}` +
    `${cognome === undefined ? '<senzaCognome>1</senzaCognome>' : `<cognome>${cognome}</cognome>`}${nome === undefined ? '<senzaNome>1</senzaNome>' : `<nome>${nome}</nome>`}` +
    `<sesso>${sesso}</sesso>${nato}<luogoNascita>${luogo}</luogoNascita>${aire ? '<soggettoAIRE>S</soggettoAIRE>' : ''}</generalita>${sezioni}</datiSoggetto>`
  );
}

interface AddressParts {
  readonly tipo?: string;
  readonly istat?: string;
  readonly via?: string;
  readonly civico?: string;
  readonly dal?: string | undefined;
}

/** A `residenza` section in Italy. */
export function residence(parts: AddressParts = {}): string {
  const { tipo, istat, via, civico, dal } = { tipo: '1', istat: OWN, via: 'DELLE PROVE', civico: '<numero>7</numero>', dal: '2019-06-01', ...parts };
  return (
    `<residenza><tipoIndirizzo>${tipo}</tipoIndirizzo><indirizzo><cap>00183</cap>${comuneXml(istat)}<toponimo><specie>VIA</specie><denominazioneToponimo>${via}</denominazioneToponimo></toponimo>` +
    `${civico ? `<numeroCivico>${civico}</numeroCivico>` : ''}</indirizzo>${optional('dataDecorrenzaResidenza', dal)}</residenza>`
  );
}

export const cancelled = (motivo: string, dal: string): string => `<datiCancellazione><motivoCancellazione>${motivo}</motivoCancellazione><dataDecorrenzaCancellazione>${dal}</dataDecorrenzaCancellazione></datiCancellazione>`;
export const died = (day: string, more = ''): string => `<datiDecesso><dataEvento>${day}</dataEvento>${more}</datiDecesso>`;

export const errore = (codice: string, testo = 'testo sintetico', tipo = 'E'): string =>
  `<errore><codiceErroreAnomalia>${codice}</codiceErroreAnomalia><tipoErroreAnomalia>${tipo}</tipoErroreAnomalia><testoErroreAnomalia>${testo}</testoErroreAnomalia></errore>`;

interface AnswerParts {
  readonly operation?: string;
  readonly warnings?: string;
}

export const answer = (cards: readonly string[], { operation, warnings = '' }: AnswerParts = {}): string =>
  enveloped(
    `<ns:Risposta3002 ${NAMESPACE}><ns:Risposta3002_OK>${header(operation)}${cards.length === 0 ? '' : `<listaSoggetti>${cards.join('')}</listaSoggetti>`}` +
      `${warnings ? `<listaAnomalie>${warnings}</listaAnomalie>` : ''}</ns:Risposta3002_OK></ns:Risposta3002>`,
  );

export const refusal = (errors: string, operation?: string): string => enveloped(`<ns:Risposta3002 ${NAMESPACE}><ns:rispostaKO>${header(operation)}<listaErrori>${errors}</listaErrori></ns:rispostaKO></ns:Risposta3002>`);

export const fault = (faultstring: string, faultcode = 'env:Client'): string => enveloped(`<env:Fault><faultcode>${faultcode}</faultcode><faultstring>${faultstring}</faultstring></env:Fault>`);
