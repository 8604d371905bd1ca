import type { Environment } from '@geres/kernel';
import type { Mittente } from '../protocol/soap/index.js';

const APPLICATION = { nome: 'GeRes', versione: '0.1.0', fornitore: 'GeRes' } as const;

export interface Sending {
  readonly operationId: string;
  /** ISTAT code of the Comune. */
  readonly senderCode: string;
  readonly environment: Environment;
  readonly now: Date;
}

/** Who sends a message to ANPR, and when. */
export const senderOf = ({ operationId, senderCode, environment, now }: Sending): Mittente => ({
  idOperazione: operationId,
  comuneIstat: senderCode,
  dataOra: romeDateTime(now),
  tipoInvio: environment === 'produzione' ? 'PROD' : 'TEST',
  applicativo: APPLICATION,
});

const ROME = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Rome', timeZoneName: 'longOffset' });

/** `2026-11-23T10:15:30.120+01:00`: ANPR compares it with its own clock. */
export function romeDateTime(at: Date): string {
  const offset = ROME.formatToParts(at).find(({ type }) => type === 'timeZoneName')!.value.replace('GMT', '') || '+00:00';
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return new Date(at.getTime() + (offset.startsWith('-') ? -minutes : minutes) * 60_000).toISOString().replace('Z', offset);
}
