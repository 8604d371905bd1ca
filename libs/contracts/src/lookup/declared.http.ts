import { z } from 'zod';
import { CodiceFiscale, type Service } from '../common/scalars.js';
import { Birthday, Birthplace, checkNames, NamedComune, Names, NamedState, sendableText } from './subject.http.js';

/** Parts of an address that ANPR compares as they are written. */
export const ADDRESS_PARTS = { cap: /^\d{5}$/, numero: /^\d{1,5}$/, lettera: /^[0-9A-Za-z]{1,4}$/, interno: /^[0-9A-Za-z]{1,4}$/ } as const;

const GeneralitaDichiarate = z
  .strictObject({ codiceFiscale: CodiceFiscale.optional(), ...Names, sesso: z.enum(['M', 'F']).optional(), dataNascita: Birthday.optional(), luogoNascita: Birthplace.optional() })
  .superRefine(checkNames)
  .meta({ id: 'GeneralitaDichiarate', description: 'Cognome e nome, e delle altre generalità quelle da verificare' });

const ResidenzaDichiarata = z
  .union([
    z.strictObject({
      comune: NamedComune,
      cap: z.string().regex(ADDRESS_PARTS.cap, 'CAP: cinque cifre').optional(),
      toponimo: z.strictObject({ specie: sendableText('text', 30).meta({ example: 'VIA' }), denominazione: sendableText('place', 100) }),
      numeroCivico: z
        .strictObject({
          numero: z.string().regex(ADDRESS_PARTS.numero, 'numero civico: da una a cinque cifre'),
          lettera: z.string().regex(ADDRESS_PARTS.lettera, 'lettera: da uno a quattro caratteri').optional(),
          interno: z.string().regex(ADDRESS_PARTS.interno, 'interno: da uno a quattro caratteri').optional(),
        })
        .optional(),
    }),
    z.strictObject({ estero: z.strictObject({ ...NamedState, indirizzo: sendableText('place', 120).optional() }) }),
  ])
  .meta({ id: 'ResidenzaDichiarata', description: 'Indirizzo in Italia, o all’estero per gli iscritti all’AIRE' });

/** What somebody has declared about the person, for ANPR to confirm. */
export const Dichiarati = z
  .strictObject({ generalita: GeneralitaDichiarate.optional(), residenza: ResidenzaDichiarata.optional() })
  .meta({ id: 'Dichiarati', description: 'Dati dichiarati da confermare: generalita o residenza, secondo il servizio; solo in verifica' });
export type Dichiarati = z.output<typeof Dichiarati>;

/** What a verification confirms. That somebody is alive is confirmed without being declared. */
const TOPICS: Partial<Record<Service, keyof Dichiarati>> = { generalita: 'generalita', residenza: 'residenza' };
const WORDS = { generalita: 'le generalità', residenza: 'la residenza' } as const;

interface Declaring {
  readonly servizio: Service;
  readonly modalita: 'consultazione' | 'verifica';
  readonly soggetto: object;
  readonly dichiarati?: Dichiarati | undefined;
}

/** What is declared is what is verified, and nothing else: of generalità, those that the person is asked by are enough. */
export function checkDeclared({ servizio, modalita, soggetto, dichiarati }: Declaring, context: z.RefinementCtx): void {
  const issue = (path: readonly string[], message: string): void => context.addIssue({ code: 'custom', path: [...path], message });
  if (modalita === 'consultazione') {
    if (dichiarati) issue(['dichiarati'], 'in consultazione non si dichiara nulla: serve modalita verifica');
    return;
  }
  const topic = TOPICS[servizio];
  if (topic === undefined) {
    if (dichiarati) issue(['dichiarati'], `la verifica di ${servizio} non chiede dati dichiarati`);
    return;
  }
  for (const other of Object.keys(WORDS) as (keyof Dichiarati)[]) {
    if (other !== topic && dichiarati?.[other]) issue(['dichiarati', other], `la verifica di ${servizio} non riguarda ${WORDS[other]}`);
  }
  if (!dichiarati?.[topic] && !(topic === 'generalita' && 'dataNascita' in soggetto)) issue(['dichiarati', topic], `la verifica di ${servizio} chiede ${WORDS[topic]} da confermare`);
}
