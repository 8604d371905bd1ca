import { z } from 'zod';
import { CodiceCatastale, Mode, Service } from '../common/scalars.js';
import { ConventionId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';
import { ProfileId } from './profile.events.js';

export const ContenutoProfilo = z
  .strictObject({
    nome: z.string().trim().min(1).max(100),
    servizi: z.array(z.strictObject({ servizio: Service, modalita: z.array(Mode).min(1) })).min(1),
    motivi: z.array(z.string()).min(1).optional().meta({ description: 'Codici dei motivi della convenzione; tutti se manca' }),
  })
  .meta({ id: 'ContenutoProfilo' });
export type ContenutoProfilo = z.output<typeof ContenutoProfilo>;
export const NuovoProfilo = ContenutoProfilo.extend({ convenzione: ConventionId }).meta({ id: 'NuovoProfilo' });
export type NuovoProfilo = z.output<typeof NuovoProfilo>;

export const Profilo = ContenutoProfilo.extend({ id: ProfileId, convenzione: ConventionId, comune: CodiceCatastale, ente: EnteId, stato: z.enum(['definito', 'ritirato']) }).meta({ id: 'Profilo' });
export type Profilo = z.output<typeof Profilo>;
export const ElencoProfili = z.object({ profili: z.array(Profilo) }).meta({ id: 'ElencoProfili' });
