import type { Domanda3002 } from '@geres/anpr/protocol/soap';
import { romeDay } from '@geres/contracts';
import type { Demo } from '../installation.js';

/** Codici fiscali of ordinary synthetic people. */
export async function people(simulator: string, howMany: number): Promise<readonly string[]> {
  const response = await fetch(`${simulator}/controllo/persone?limite=${howMany}`);
  const all = (await response.json()) as readonly { readonly codiceFiscale?: string; readonly caso?: string }[];
  return all.flatMap(({ codiceFiscale, caso }) => (caso === undefined && codiceFiscale ? [codiceFiscale] : []));
}

/** How slow the simulator is from now on. */
export async function delay(simulator: string, { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }): Promise<void> {
  const response = await fetch(`${simulator}/controllo/ritardo`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ minMs, maxMs }) });
  if (!response.ok) throw new Error(`the simulator refused the delay: ${response.status}`);
}

/** What GeRes is asked: each time for another pratica, as offices do. */
export const lookupBody = ({ motivi }: Pick<Demo, 'motivi'>, codiceFiscale: string): string =>
  JSON.stringify({ servizio: 'residenza', soggetto: { codiceFiscale }, motivo: motivi[0]!.codice, pratica: `2026/${String(++pratiche).padStart(6, '0')}` });
let pratiche = 0;

/** The same question as ANPR gets it. */
export const soapQuestion = (idOperazione: string, codiceFiscale: string): Domanda3002 => ({
  idOperazione,
  comuneIstat: '058091',
  comune: { nome: 'ROMA', codiceIstat: '058091', provincia: 'RM' },
  dataOra: new Date().toISOString(),
  tipoInvio: 'TEST',
  applicativo: { nome: 'GeRes', versione: '0.1.0', fornitore: 'GeRes' },
  criteri: { codiceFiscale },
  sezioni: ['2', '10', '27', '28'],
  dataRiferimento: romeDay(new Date()),
  territorio: 'nazionale',
});
