import type { Errore } from './response.js';

export type Classe = 'non-trovato' | 'ambiguo' | 'incongruente' | 'occupato' | 'non-disponibile' | 'rifiutata';

/**
 * What the codes of service 3002 mean for a lookup. Source: `elenco_errori_anpr` of the public repository italia/anpr, and its issues for the codes that
 * came later. A code that is not here is a refusal.
 */
const CLASSES: Readonly<Record<string, Classe>> = {
  EN122: 'non-trovato',
  EN130: 'non-trovato',
  EN133: 'non-trovato',
  EN131: 'ambiguo',
  EN067: 'ambiguo',
  EN043: 'ambiguo',
  EN095: 'ambiguo',
  EN115: 'ambiguo',
  EN175: 'ambiguo',
  E003: 'ambiguo',
  EN068: 'incongruente',
  EN069: 'incongruente',
  EN070: 'incongruente',
  EN071: 'incongruente',
  EN072: 'incongruente',
  EN073: 'incongruente',
  EN074: 'incongruente',
  EN075: 'incongruente',
  EN214: 'occupato',
  EN492: 'occupato',
  EN179: 'occupato',
};

/** Comes beside the real error: date and operation, for ANPR's support. */
const SUPPORT_REFERENCE = 'EN527';

/** The error that decides, and its class. An empty list is a refusal without a code. */
export function classify(errori: readonly Errore[]): { readonly classe: Classe; readonly codice: string } {
  const real = errori.filter(({ codice }) => codice !== SUPPORT_REFERENCE);
  const { codice, testo = '' } = real.find((one) => one.codice in CLASSES) ?? real[0] ?? { codice: '' };
  // EN148 is also an operation with the same id that still runs.
  if (codice === 'EN148' && /in corso/i.test(testo)) return { classe: 'occupato', codice };
  return { classe: CLASSES[codice] ?? 'rifiutata', codice };
}

/** Whether a fault of the XML gateway says that ANPR itself is in trouble, rather than that the question was not accepted. */
export const isServerFault = (faultcode: string | undefined, faultstring: string | undefined): boolean => /server/i.test(faultcode ?? '') || /from server/i.test(faultstring ?? '');
