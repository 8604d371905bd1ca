import { z } from 'zod';
import { Instant } from '../common/scalars.js';
import { ApplicationId } from '../convention/convention.events.js';
import { UserId } from '../user/user.events.js';
import { SESSION_METHODS, SessionId } from './session.events.js';

export const ChiusuraSessione = z.strictObject({ motivo: z.string().trim().min(1).max(60) }).meta({ id: 'ChiusuraSessione' });
export type ChiusuraSessione = z.output<typeof ChiusuraSessione>;

export const Sessione = z
  .object({ id: SessionId, utente: UserId, applicazione: ApplicationId, metodo: z.enum(SESSION_METHODS), scadenza: Instant, stato: z.enum(['aperta', 'chiusa']) })
  .meta({ id: 'Sessione' });
export type Sessione = z.output<typeof Sessione>;
export const ElencoSessioni = z.object({ sessioni: z.array(Sessione) }).meta({ id: 'ElencoSessioni' });
