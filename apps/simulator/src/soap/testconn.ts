import { enveloped } from './fault.js';
import { answerHeader, type RequestHeader } from './header.js';

/** `RispostaConnessione`. It has no list of errors: only `esitoOperazione` tells a refusal from a success. */
export function connectionAnswer(header: RequestHeader, idOperazioneANPR: number, esito: '0000' | 'XXXX'): string {
  return enveloped(`<ns:RispostaConnessione xmlns:ns="http://sogei.it/ANPR/connessione">${answerHeader(header, idOperazioneANPR, esito)}</ns:RispostaConnessione>`);
}
