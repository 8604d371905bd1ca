import { z } from 'zod';
import { CodiceCatastale, CodiceFiscale, Instant, Role } from '../common/scalars.js';
import { ApplicationId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';
import { ProfileId } from '../profile/profile.events.js';
import { UserId } from './user.events.js';

const Nome = z.string().trim().min(1).max(80);
const Login = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@-]{2,59}$/, 'nome utente: da 3 a 60 fra lettere, cifre, punto, trattino, _ e @')
  .meta({ description: 'Nome utente' });

export const RuoloUtente = z
  .strictObject({ ruolo: Role, comune: CodiceCatastale.optional(), ente: EnteId.optional(), applicazione: ApplicationId.optional() })
  .meta({ id: 'RuoloUtente', description: 'GESTORE: senza Comune; TOP: Comune; ADMIN e AUTORIZZATO: Comune ed Ente. applicazione: quella che può attestare un AUTORIZZATO' });
export type RuoloUtente = z.output<typeof RuoloUtente>;

export const DatiUtente = z.strictObject({ login: Login, nome: Nome, cognome: Nome, codiceFiscale: CodiceFiscale.optional(), email: z.email().max(200).optional() }).meta({ id: 'DatiUtente' });
export type DatiUtente = z.output<typeof DatiUtente>;
export const NuovoUtente = DatiUtente.extend({
  ruolo: RuoloUtente,
  passwordIniziale: z.string().min(1).max(256).optional().meta({ description: 'Da cambiare al primo accesso; senza, l’utente non accede con password' }),
}).meta({ id: 'NuovoUtente' });
export type NuovoUtente = z.output<typeof NuovoUtente>;
export const NuovaPassword = z.strictObject({ passwordIniziale: z.string().min(1).max(256) }).meta({ id: 'NuovaPassword' });
export type NuovaPassword = z.output<typeof NuovaPassword>;
export const FiltriUtenti = z.strictObject({ ruolo: Role.optional(), cursore: UserId.optional(), limite: z.coerce.number().int().min(1).max(200).default(50) });
export type FiltriUtenti = z.output<typeof FiltriUtenti>;

export const Utente = z
  .object({
    id: UserId,
    login: z.string(),
    nome: z.string(),
    cognome: z.string(),
    codiceFiscale: z.string().optional(),
    email: z.string().optional(),
    ruoli: z.array(RuoloUtente),
    profili: z.array(z.object({ profilo: ProfileId, comune: CodiceCatastale, ente: EnteId })),
    abilitato: z.boolean(),
    disabilitatoIn: z.array(CodiceCatastale),
    bloccato: z.boolean(),
    bloccatoFinoA: Instant.optional(),
  })
  .meta({ id: 'Utente' });
export type Utente = z.output<typeof Utente>;
export const ElencoUtenti = z.object({ utenti: z.array(Utente), successiva: UserId.optional() }).meta({ id: 'ElencoUtenti' });
