import { child, element, textOf, type Node } from './xml.js';
import type { Refusal } from './errors.js';
import { isDate, isDateTime } from './schema-3002.js';

/** `testataRichiesta`, as far as answers echo it and checks read it. */
export interface RequestHeader {
  readonly idOperazioneComune: string;
  readonly codMittente: string;
  readonly codDestinatario: string;
  readonly operazioneRichiesta: string;
  readonly dataOraRichiesta: string;
  readonly tipoOperazione: string;
  readonly tipoInvio: string;
  readonly protocolloComune: string | undefined;
  readonly dataProtocolloComune: string | undefined;
  readonly dataDecorrenza: string | undefined;
}

/** What can be read of the header, valid or not: the protocol version is checked before the schema. Nothing of it is a slice of the message, so that keeping it does not keep the message. */
export function readHeader(body: Node): RequestHeader {
  const header = child(body, 'testataRichiesta');
  const required = (name: string): string => own(textOf(header, name)) ?? '';
  return {
    idOperazioneComune: required('idOperazioneComune'),
    codMittente: required('codMittente'),
    codDestinatario: required('codDestinatario'),
    operazioneRichiesta: required('operazioneRichiesta'),
    dataOraRichiesta: required('dataOraRichiesta'),
    tipoOperazione: required('tipoOperazione'),
    tipoInvio: required('tipoInvio'),
    protocolloComune: own(textOf(header, 'protocolloComune')),
    dataProtocolloComune: own(textOf(header, 'dataProtocolloComune')),
    dataDecorrenza: own(textOf(header, 'dataDecorrenza')),
  };
}

// V8 makes a substring of 13 characters or more a view on its parent: a kept id would keep the whole request in memory.
function own(text: string | undefined): string | undefined {
  return text === undefined || text.length < 13 ? text : Buffer.from(text, 'utf8').toString('utf8');
}

/** `testataRisposta`: the values of the request echoed as they were, as every published trace shows. `0000` for an answer, `XXXX` for a refusal. */
export function answerHeader(header: RequestHeader, idOperazioneANPR: number, esito: '0000' | 'XXXX'): string {
  return (
    `<testataRisposta>${element('idOperazioneComune', valid(header.idOperazioneComune, /^[0-9A-Za-z]{1,30}$/, '0'))}${element('codMittente', valid(header.codMittente, /^[0-9A-Za-z ]{1,6}$/, '000000'))}` +
    `${element('codDestinatario', valid(header.codDestinatario, /^[0-9A-Za-z ]{1,6}$/, 'ANPR05'))}${element('operazioneRichiesta', valid(header.operazioneRichiesta, /^[^]{4}$/u, '0000'))}` +
    `${element('dataOraRichiesta', isDateTime(header.dataOraRichiesta) ? header.dataOraRichiesta : new Date().toISOString())}` +
    `${optional('protocolloComune', header.protocolloComune, isProtocol)}${optional('dataProtocolloComune', header.dataProtocolloComune, isDate)}${optional('dataDecorrenza', header.dataDecorrenza, isDate)}` +
    `<idOperazioneANPR>${String(idOperazioneANPR)}</idOperazioneANPR><esitoOperazione>${esito}</esitoOperazione></testataRisposta>`
  );
}

const isProtocol = (value: string): boolean => /^[0-9A-Za-z/_-]{1,20}$/.test(value);

/** A request that breaks the schema is answered too, and the answer must keep to it. */
function valid(value: string, rule: RegExp, otherwise: string): string {
  return rule.test(value) ? value : otherwise;
}

function optional(name: string, value: string | undefined, rule: (value: string) => boolean): string {
  return value !== undefined && rule(value) ? element(name, value) : '';
}

/** `listaErrori` of a refusal: the support reference `EN527` goes with the real error, as in the traces of the last years. Empty it was seen once. */
export function errorList(errors: readonly Refusal[], header: RequestHeader, idOperazioneANPR: number, today: string): string {
  if (errors.length === 0) return '<listaErrori/>';
  const reference = idOperazioneANPR === 0 ? `mittente ${header.codMittente}, idOperazioneComune ${header.idOperazioneComune}` : `data ${today}, idOperazioneANPR ${String(idOperazioneANPR)}`;
  const support = anomaly('EN527', 'E', `Riferimenti per l'assistenza: ${reference}`);
  const real = errors.map((error) => anomaly(error.code, 'E', error.text, error.field, error.value)).join('');
  return `<listaErrori>${support}${real}</listaErrori>`;
}

export function anomaly(code: string, type: 'E' | 'W', text: string, field?: string, value?: string): string {
  return (
    `<errore><codiceErroreAnomalia>${code}</codiceErroreAnomalia><tipoErroreAnomalia>${type}</tipoErroreAnomalia>${element('testoErroreAnomalia', text.slice(0, 240))}` +
    `${element('campoErroreAnomalia', field)}${element('valoreErroreAnomalia', value?.slice(0, 240))}</errore>`
  );
}
