import type { Refusal } from './errors.js';
import { enveloped } from './fault.js';
import { answerHeader, errorList, type RequestHeader } from './header.js';

/** `rispostaKO` of an operation of the families 3000 and 7000. */
export function refused(namespace: string, operation: string, errors: readonly Refusal[], header: RequestHeader, idOperazioneANPR: number, today: string): string {
  const name = `ns:Risposta${operation}`;
  return enveloped(`<${name} xmlns:ns="${namespace}"><ns:rispostaKO>${answerHeader(header, idOperazioneANPR, 'XXXX')}${errorList(errors, header, idOperazioneANPR, today)}</ns:rispostaKO></${name}>`);
}
