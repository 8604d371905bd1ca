import { z } from 'zod';
import { Channel, CodiceCatastale, Day, Mode, Service, Territory } from '../common/scalars.js';
import { EnteId } from '../ente/ente.events.js';
import { ApplicationId, ConventionId, ConventionTerms } from './convention.events.js';

const { purposes, quotas, hours, networks } = ConventionTerms.shape;
const { code, description } = purposes.element.shape;
const Quota = quotas.shape.callsPerDay;

/** What a Comune grants to an Ente, in the words of the API. */
export const Condizioni = z
  .strictObject({
    baseGiuridica: z.string().trim().min(1).max(1000),
    atto: z.strictObject({ numero: z.string().trim().min(1).max(60), data: Day }),
    dal: Day,
    al: Day,
    servizi: z.array(z.strictObject({ servizio: Service, modalita: z.array(Mode).min(1), canale: Channel })).min(1),
    motivi: z.array(z.strictObject({ codice: code, descrizione: description, praticaObbligatoria: z.boolean() })).min(1),
    quote: z.strictObject({ perUtenteAlMinuto: Quota, perUtenteAlGiorno: Quota, perConvenzioneAlGiorno: Quota, chiamateAlGiorno: Quota }),
    orario: z.strictObject({ giorni: hours.shape.days.meta({ description: '1 lunedì … 7 domenica' }), dalle: hours.shape.from, alle: hours.shape.to, festivi: z.boolean() }),
    reti: networks.meta({ description: 'Blocchi CIDR da cui si può chiedere; vuoto: da ovunque' }),
    territorio: Territory,
    motivazioneWs: z.string().trim().min(1).max(500).optional().meta({ description: 'Perché un Ente fuori dai compiti dell’anagrafe usa il canale ws' }),
    adminVedeSoggetto: z.boolean().meta({ description: 'Se l’ADMIN dell’Ente può vedere la persona di una richiesta' }),
    attestazioneApplicazioni: z.boolean().meta({ description: 'Se le applicazioni attestano i propri operatori (jwt-bearer)' }),
  })
  .meta({ id: 'Condizioni' });
export type Condizioni = z.output<typeof Condizioni>;

export const NuovaConvenzione = z.strictObject({ ente: EnteId, condizioni: Condizioni }).meta({ id: 'NuovaConvenzione' });
export type NuovaConvenzione = z.output<typeof NuovaConvenzione>;
export const CambioCondizioni = z.strictObject({ condizioni: Condizioni }).meta({ id: 'CambioCondizioni' });
export type CambioCondizioni = z.output<typeof CambioCondizioni>;
export const Ricertificazione = z.strictObject({ ricertificareEntro: Day }).meta({ id: 'Ricertificazione' });
export type Ricertificazione = z.output<typeof Ricertificazione>;
export const Proroga = z.strictObject({ al: Day }).meta({ id: 'Proroga' });
export type Proroga = z.output<typeof Proroga>;

export const Convenzione = z
  .object({
    id: ConventionId,
    comune: CodiceCatastale,
    ente: EnteId,
    stato: z.enum(['in-preparazione', 'approvata', 'sospesa', 'terminata']),
    ricertificareEntro: Day.optional(),
    applicazioni: z.array(ApplicationId),
    condizioni: Condizioni,
  })
  .meta({ id: 'Convenzione' });
export type Convenzione = z.output<typeof Convenzione>;
export const ElencoConvenzioni = z.object({ convenzioni: z.array(Convenzione) }).meta({ id: 'ElencoConvenzioni' });
