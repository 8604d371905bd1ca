import { sendable, type Element } from './text.js';

/** Major version of the protocol (`codDestinatario`). */
export const PROTOCOL = 'ANPR05';

/** Who sends a message, and which message it is. */
export interface Mittente {
  /** `idOperazioneComune`: 1–30 letters and digits, never used for another question. */
  readonly idOperazione: string;
  /** `codMittente`: ISTAT code of the Comune that asks. */
  readonly comuneIstat: string;
  /** xs:dateTime with offset. */
  readonly dataOra: string;
  readonly tipoInvio: 'TEST' | 'PROD';
  readonly applicativo: { readonly nome: string; readonly versione: string; readonly fornitore: string };
}

/** `testataRichiesta`, the same for every service of ANPR. Errors: `NotSendable`. */
export function testataRichiesta({ idOperazione, comuneIstat, dataOra, tipoInvio, applicativo }: Mittente, operation: string): readonly Element[] {
  return [
    ['idOperazioneComune', sendable('idOperazione', idOperazione, /^[0-9A-Za-z]{1,30}$/)],
    ['codMittente', sendable('comuneIstat', comuneIstat, /^\d{6}$/)],
    ['codDestinatario', PROTOCOL],
    ['operazioneRichiesta', operation],
    ['dataOraRichiesta', sendable('dataOra', dataOra, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/)],
    ['tipoOperazione', 'C'],
    ['tipoInvio', tipoInvio],
    ['nomeApplicativo', sendable('applicativo.nome', applicativo.nome, /^[0-9A-Za-z .]{1,80}$/)],
    ['versioneApplicativo', sendable('applicativo.versione', applicativo.versione, /^[0-9A-Za-z .-]{1,80}$/)],
    ['fornitoreApplicativo', sendable('applicativo.fornitore', applicativo.fornitore, /^[0-9A-Za-z .-]{1,80}$/)],
  ];
}
