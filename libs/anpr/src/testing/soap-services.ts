import { enveloped, errore, header, OPERATION } from './soap-answers.js';

/** Answers of the services of ANPR that ask about nobody. */
const open = (service: string): string => `<ns:Risposta${service} xmlns:ns="http://sogei.it/ANPR/7001scaricoTabelle">`;

export const answered = (service: '7001' | '7003', inside: string, operation = OPERATION): string =>
  enveloped(`${open(service)}<ns:RispostaMultipla${service}>${header(operation)}${inside}</ns:RispostaMultipla${service}></ns:Risposta${service}>`);

export const refused = (service: '7001' | '7003', errors = errore('EN148', 'Id tabella inesistente : 004'), operation = OPERATION): string =>
  enveloped(`${open(service)}<ns:rispostaKO>${header(operation)}<listaErrori>${errors}</listaErrori></ns:rispostaKO></ns:Risposta${service}>`);

export const connection = (inside: string): string => enveloped(`<ns:RispostaConnessione xmlns:ns="http://sogei.it/ANPR/connessione">${inside}</ns:RispostaConnessione>`);

const version = (code: string, whole: string, from: string, to?: string): string =>
  `<CodDestinatario>${code}</CodDestinatario><VersioneCompleta>${whole}</VersioneCompleta><VersioneMajor>9</VersioneMajor><VersioneMinor>2</VersioneMinor><VersionePatch>7</VersionePatch><DataInizio>${from}</DataInizio>${to === undefined ? '' : `<DataFine>${to}</DataFine>`}`;

/** `statoVersioni`: the current version, and others that are supported. */
export const versions = (current: Parameters<typeof version>, ...others: readonly Parameters<typeof version>[]): string =>
  `<statoVersioni><versioneCorrente>${version(...current)}</versioneCorrente>${others.map((one) => `<versioniSupportate>${version(...one)}</versioniSupportate>`).join('')}</statoVersioni>`;

/** The file of a table, with the columns that the published tables have. */
export const tableFile = (rows: Readonly<Record<string, string>>): string =>
  `<?xml version="1.0" encoding="UTF-8"?><tabella>${Object.entries(rows).map(([id, text]) => `<record><ID>${id}</ID><DESCRIZIONE>${text}</DESCRIZIONE></record>`).join('')}</tabella>`;

export const tableIn = (id: string, ...files: readonly (string | Buffer)[]): string =>
  `<datiDettaglioRisposta><idTabella>${id}</idTabella>${files.map((file) => `<xmlFile>${Buffer.from(file).toString('base64')}</xmlFile>`).join('')}</datiDettaglioRisposta>`;
