import { enveloped } from './fault.js';
import { answerHeader, type RequestHeader } from './header.js';
import { versionElements, type Version } from './versions.js';

const NAMESPACE = 'http://sogei.it/ANPR/7001scaricoTabelle';

/** `RispostaMultipla7001`: one file, in Base64. */
export function tableAnswer(id: string, file: string, header: RequestHeader, idOperazioneANPR: number): string {
  return multiple('7001', header, idOperazioneANPR, `<datiDettaglioRisposta><idTabella>${id}</idTabella><xmlFile>${Buffer.from(file, 'utf8').toString('base64')}</xmlFile></datiDettaglioRisposta>`);
}

/** `RispostaMultipla7003`: the current version and, where all were asked for, those that are supported. */
export function versionsAnswer(current: Version, all: readonly Version[], header: RequestHeader, idOperazioneANPR: number): string {
  const others = all.map((version) => `<versioniSupportate>${versionElements(version)}</versioniSupportate>`).join('');
  return multiple('7003', header, idOperazioneANPR, `<statoVersioni><versioneCorrente>${versionElements(current)}</versioneCorrente>${others}</statoVersioni>`);
}

function multiple(operation: string, header: RequestHeader, idOperazioneANPR: number, content: string): string {
  return enveloped(`<ns:Risposta${operation} xmlns:ns="${NAMESPACE}"><ns:RispostaMultipla${operation}>${answerHeader(header, idOperazioneANPR, '0000')}${content}</ns:RispostaMultipla${operation}></ns:Risposta${operation}>`);
}
