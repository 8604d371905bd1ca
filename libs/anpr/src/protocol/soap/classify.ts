import type { Errore } from './response.js';

export type Classe = 'non-trovato' | 'ambiguo' | 'incongruente' | 'non-competente' | 'occupato' | 'occupato-altrove' | 'non-disponibile' | 'rifiutata';

/**
 * What the codes of service 3002 mean for a lookup. Source: `elenco_errori_anpr` of the public repository italia/anpr, and its issues for the codes that
 * came later. A code that is not here is a refusal.
 */
const CLASSES: ReadonlyMap<string, Classe> = new Map(
  (
    [
      ['non-trovato', 'EN122 EN130 EN133 EF001 EF002'],
      ['ambiguo', 'EN131 EN067 EN043 EN095 EN115 EN175 E003 EF062 EN313'],
      ['incongruente', 'EN068 EN069 EN070 EN071 EN072 EN073 EN074 EN075'],
      ['non-competente', 'EN167 EN204 EN210'],
      ['occupato', 'EN214 EN179'],
      ['occupato-altrove', 'EN492'],
      // “Operazione non effettuabile”: its e-services say so of a fault of their own.
      ['non-disponibile', '999'],
    ] as const
  ).flatMap(([classe, codici]) => codici.split(' ').map((codice) => [codice, classe] as const)),
);

/** Comes beside the real error: date and operation, for ANPR's support. */
const SUPPORT_REFERENCE = 'EN527';

/** The error that decides, and its class. An empty list is a refusal without a code. */
export function classify(errori: readonly Errore[]): { readonly classe: Classe; readonly codice: string } {
  const real = errori.filter(({ codice, tipo }) => codice !== SUPPORT_REFERENCE && tipo?.toUpperCase() !== 'W');
  const deciding = real.find(({ codice }) => CLASSES.has(codice)) ?? real[0];
  if (!deciding) return { classe: 'rifiutata', codice: errori[0]?.codice ?? '' };
  return { classe: CLASSES.get(deciding.codice) ?? later(deciding), codice: deciding.codice };
}

/** Codes that came after the public list and mean one thing or another by their text. */
function later({ codice, testo }: Errore): Classe {
  // Also a warning about idANPR; as an error: the same id is still being worked on.
  if (codice === 'EN148' && /in corso|elaborazione/i.test(testo ?? '')) return 'occupato';
  // With a text it says what the operator may not do; without one ANPR itself is in trouble.
  if (codice === 'XXXX' && testo === undefined) return 'non-disponibile';
  return 'rifiutata';
}

/** The faults of the XML gateway before ANPR: a closed list, in our words. `fault-client` and `fault-server` are those that it does not name. */
export type Fault = 'fault-client' | 'fault-client-policy' | 'fault-client-sicurezza' | 'fault-client-digest' | 'fault-client-sede' | 'fault-server';

/** What the client faults of ANPR begin with; how they are written in capitals differs from one to another. */
const CLIENT: readonly (readonly [string, Fault])[] = [
  // The clock, an assertion that has expired, an operator who is not enabled, a certificate or an address that is not accepted.
  ['rejected by policy', 'fault-client-policy'],
  // Timestamp or Body not signed.
  ['internal error', 'fault-client-sicurezza'],
  // The body was changed after it was signed.
  ['incorrect reference digest value', 'fault-client-digest'],
  ['idsede attribute inconsistent with idpostazione', 'fault-client-sede'],
];

/** Which fault it is. `fault-server`: ANPR itself is in trouble; any other: the message was not accepted. */
export function faultOf(faultcode: string | undefined, faultstring = ''): Fault {
  const words = faultstring.toLowerCase();
  if (/server/i.test(faultcode ?? '') || words.includes('from server')) return 'fault-server';
  return CLIENT.find(([start]) => words.startsWith(start))?.[1] ?? 'fault-client';
}
