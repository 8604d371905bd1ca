import { length, many, one, optional, pattern, sequence, type Type } from './schema.js';

// The types of 3000consultazione.xsd and tipoDato.xsd that a request of 3002 is made of.

const L = 'a-zA-Z\\u008A\\u008C\\u008E\\u009A\\u009C\\u009E-\\u009F\\u00C0-\\u017E\\u0189';
const over = (characters: string, minimum: number, maximum: number): Type => pattern(new RegExp(`^[${characters}]*$`, 'u'), minimum, maximum);
const digits = (minimum: number, maximum: number): Type => pattern(/^\p{Nd}+$/u, minimum, maximum);
const alphanumeric = (maximum: number, minimum = 1): Type => over('0-9a-zA-Z', minimum, maximum);
const text = (extra: string, maximum: number): Type => over(`${L}0-9\\- '.,${extra}`, 1, maximum);
const name = (minimum: number, maximum: number): Type => over(`${L}\\- '.,`, minimum, maximum);
const literalOne = pattern(/^1$/);
const yesNo = pattern(/^[SNsn]$/);

const ZONE = '(?:Z|[+-](?:0\\d|1[0-3]):[0-5]\\d|[+-]14:00)?';
const DATE = new RegExp(`^(\\d{4,})-(\\d\\d)-(\\d\\d)${ZONE}$`);
const DATE_TIME = new RegExp(`^(\\d{4,})-(\\d\\d)-(\\d\\d)T(?:([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?|24:00:00(?:\\.0+)?)${ZONE}$`);

export const isDate = (value: string): boolean => onCalendar(DATE.exec(value));
export const isDateTime = (value: string): boolean => onCalendar(DATE_TIME.exec(value));
// White space around a date would be collapsed by the letter of XSD; libxml2 refuses it, and nobody sends it.
const date: Type = { text: isDate };
const dateTime: Type = { text: isDateTime };
const anyText: Type = { text: () => true };

function onCalendar(parts: RegExpExecArray | null): boolean {
  if (!parts) return false;
  const [, year, month, day] = parts.map(Number);
  if (!year || !month || !day || month > 12) return false;
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

const comune = sequence(one('nomeComune', text('/()', 80)), optional('codiceIstat', digits(6, 6)), one('siglaProvinciaIstat', name(2, 2)), optional('descrizioneLocalita', text('', 120)));
const comuneRilascio = sequence(one('nomeComune', text('/()', 80)), one('codiceIstat', digits(6, 6)), one('siglaProvinciaIstat', name(2, 2)));
const localita = sequence(optional('descrizioneLocalita', text('/()', 120)), one('descrizioneStato', text('', 120)), one('codiceStato', digits(3, 3)), optional('provinciaContea', text('/()', 30)));

export const TESTATA_RICHIESTA: Type = sequence(
  one('idOperazioneComune', alphanumeric(30)),
  one('codMittente', over('0-9a-zA-Z ', 1, 6)),
  one('codDestinatario', over('0-9a-zA-Z ', 1, 6)),
  one('operazioneRichiesta', length(4, 4)),
  one('dataOraRichiesta', dateTime),
  one('tipoOperazione', length(1, 1)),
  optional('protocolloComune', over('0-9a-zA-Z/_\\-', 1, 20)),
  optional('dataProtocolloComune', date),
  one('tipoInvio', length(1, 20)),
  optional('dataDecorrenza', date),
  optional('dataDefinizionePratica', date),
  optional('nomeApplicativo', over('0-9a-zA-Z .', 1, 80)),
  optional('versioneApplicativo', over('0-9a-zA-Z .\\-', 1, 80)),
  optional('fornitoreApplicativo', over('0-9a-zA-Z .\\-', 1, 80)),
);

const criteriRicerca = sequence(
  optional('codiceFiscale', alphanumeric(16, 11)),
  optional('cognome', name(1, 80)),
  optional('senzaCognome', literalOne),
  optional('nome', name(1, 80)),
  optional('senzaNome', literalOne),
  optional('sesso', pattern(/^[MFNmfn]$/)),
  optional('soggettoAIRE', yesNo),
  optional('idSchedaSoggettoComune', sequence(one('idSchedaSoggettoComuneIstat', digits(6, 6)), one('idSchedaSoggetto', over('0-9a-zA-Z\\-', 1, 20)))),
  optional('idSchedaSoggettoANPR', digits(1, 16)),
  optional('tipoScheda', digits(1, 1)),
  optional('idFamigliaConvivenzaComune', sequence(one('idFamigliaConvivenzaComuneIstat', digits(6, 6)), one('idFamigliaConvivenza', alphanumeric(20)))),
  optional('identificativoANPR', length(1, 20)),
  optional('cartaIdentita3000', sequence(optional('comuneRilascio', comuneRilascio), optional('codiceConsolatoRilascio', digits(1, 7)), one('numero', over('0-9a-zA-Z ', 1, 20)))),
  optional('permessoDiSoggiorno3000', sequence({ choice: [
    { name: 'numeroPassaporto', type: over('0-9a-zA-Z ', 1, 30) },
    { name: 'datiSoggiorno30XX', type: sequence(optional('questuraRilascioSoggiorno', over("0-9a-zA-Z '().\\-", 1, 50)), optional('numeroSoggiorno', over('0-9a-zA-Z ./\\-', 1, 20))) },
  ], min: 0 })),
  optional('idANPR', anyText),
);

const datiNascita = sequence(
  one('dataEvento', date),
  optional('senzaGiorno', literalOne),
  optional('senzaGiornoMese', literalOne),
  optional('luogoNascita', sequence(optional('luogoEccezionale', yesNo), { choice: [{ name: 'comune', type: comune }, { name: 'localita', type: localita }], min: 1 })),
);

const datiRichiesta = sequence(
  one('schedaAnagraficaRichiesta', digits(1, 1)),
  one('dataRiferimentoRichiesta', date),
  many('datiAnagraficiRichiesti', digits(1, 2)),
  optional('ricercaNazionale', digits(1, 1)),
  optional('comuneResidenza', comune),
  many('parametriANPR', anyText),
);

export const RICHIESTA_3002: Type = sequence(
  one('testataRichiesta', TESTATA_RICHIESTA),
  one('criteriRicerca', criteriRicerca),
  optional('datiNascita', datiNascita),
  optional('residenzaIscrizioneAIRE', sequence(optional('comune', comune), optional('localita', localita), optional('codiceConsolato', length(1, 7)))),
  one('datiRichiesta', datiRichiesta),
);

export const RICHIESTA_CONNESSIONE: Type = sequence(one('testataRichiesta', TESTATA_RICHIESTA));
