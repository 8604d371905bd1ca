import type { LookupRequest } from '@geres/contracts';
import { failHttp, type FieldError } from '@geres/platform/http';

/** Days that no schema can judge, since it does not know which day it is. Errors: `richiesta-non-valida`. */
export function checkDays({ dataRiferimento, soggetto }: LookupRequest, today: string): void {
  const errori: FieldError[] = [];
  if (dataRiferimento !== undefined && dataRiferimento > today) errori.push({ campo: 'dataRiferimento', messaggio: 'è un giorno che deve ancora venire' });
  if ('dataNascita' in soggetto && soggetto.dataNascita > today) errori.push({ campo: 'soggetto.dataNascita', messaggio: 'è un giorno che deve ancora venire' });
  if (errori.length > 0) throw failHttp('richiesta-non-valida', { errori });
}
