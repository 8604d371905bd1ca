import type { Errore } from '../soap/response.js';
import type { RispostaE002 } from './response.js';

/**
 * What a refusal means. `configurazione`: something at PDND or in the settings is not as it must be. `sicurezza`: ANPR did not accept the tokens, and says no
 * more; worth one attempt with fresh ones. `rallentamento`: a 429 that has nothing to do with the quota.
 */
export type Classe = 'non-trovato' | 'cancellato' | 'indeterminato' | 'configurazione' | 'sicurezza' | 'non-valida' | 'quota' | 'rallentamento' | 'non-disponibile' | 'tempo-scaduto' | 'rifiutata';

export interface Classified {
  readonly classe: Classe;
  /** Status and ANPR's code or GovWay's name: never data. */
  readonly detail: string;
}

/** The meaning of an answer that is not a 200 with data. Pure. */
export const classify = (risposta: Exclude<RispostaE002, { kind: 'ok' }>): Classified => (risposta.kind === 'ko' ? application(risposta.status, risposta.errori) : frontEnd(risposta.status, risposta.title));

/** The entry of type E decides; warnings and anomalies only go with it. */
function application(status: number, errori: readonly Errore[]): Classified {
  const deciding = errori.find(({ tipo }) => !/^[WA]$/i.test(tipo ?? ''));
  const detail = [status, deciding?.codice || 'senza-codice'].join('-');
  return { classe: deciding ? ofCode(status, deciding) : status >= 500 ? 'non-disponibile' : 'rifiutata', detail };
}

function ofCode(status: number, { codice, testo = '' }: Errore): Classe {
  switch (codice) {
    case 'EN122':
      return /cancellat/i.test(testo) ? 'cancellato' : 'non-trovato';
    case 'EN148':
      // The same code comes when a declaration about somebody dead cannot be verified.
      return /non abilitato|caso uso/i.test(testo) ? 'configurazione' : 'indeterminato';
    case '999':
      return 'non-disponibile';
    default:
      return status >= 500 ? 'non-disponibile' : 'rifiutata';
  }
}

const NOT_VALID = new Set(['InvalidRequestContent', 'UnprocessableRequestContent', 'ContentTypeNotSupported', 'BadRequest', 'RequestSizeExceeded']);

function frontEnd(status: number, title: string | undefined): Classified {
  return { classe: ofStatus(status, title), detail: title === undefined ? `${status}` : `${status}-${title}` };
}

function ofStatus(status: number, title: string | undefined): Classe {
  if (status === 429) return title === 'LimitExceeded' ? 'quota' : 'rallentamento';
  if (status === 401 || title === 'InteroperabilityInvalidRequest') return 'sicurezza';
  // No e-service at that address, or not for this voucher.
  if (status === 403 || status === 404) return 'configurazione';
  if (status === 504) return 'tempo-scaduto';
  if (status >= 500) return 'non-disponibile';
  return title !== undefined && NOT_VALID.has(title) ? 'non-valida' : 'rifiutata';
}
