import { z } from 'zod';
import { CodiceCatastale } from '../common/scalars.js';
import { ApplicationId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';
import { APPLICATION_GRANTS, PublicJwk } from './application.events.js';

export const NuovaApplicazione = z
  .strictObject({
    clientId: ApplicationId,
    ente: EnteId,
    nome: z.string().trim().min(1).max(200),
    modiDiAccesso: z.array(z.enum(APPLICATION_GRANTS)).min(1),
    indirizziDiRitorno: z.array(z.url()).default([]),
    comune: CodiceCatastale.optional().meta({ description: 'Solo per gli strumenti di rendiconto (client-credentials) di un Comune' }),
  })
  .meta({ id: 'NuovaApplicazione' });
export type NuovaApplicazione = z.output<typeof NuovaApplicazione>;
export const NuovaChiave = z.strictObject({ chiave: z.string().min(1).max(16_384).meta({ description: 'Chiave pubblica: PEM, certificato X.509 o JWK' }), kid: z.string().trim().min(1).max(100).optional() }).meta({ id: 'NuovaChiave' });
export type NuovaChiave = z.output<typeof NuovaChiave>;
export const Kid = z.string().min(1).max(100);

export const Applicazione = z
  .object({
    clientId: ApplicationId,
    ente: EnteId,
    nome: z.string(),
    modiDiAccesso: z.array(z.enum(APPLICATION_GRANTS)),
    indirizziDiRitorno: z.array(z.string()),
    comune: CodiceCatastale.optional(),
    abilitata: z.boolean(),
    chiavi: z.array(PublicJwk),
  })
  .meta({ id: 'Applicazione' });
export type Applicazione = z.output<typeof Applicazione>;
export const ElencoApplicazioni = z.object({ applicazioni: z.array(Applicazione) }).meta({ id: 'ElencoApplicazioni' });
