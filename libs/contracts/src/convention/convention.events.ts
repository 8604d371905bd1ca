import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { Channel, CodiceCatastale, Day, Instant, Mode, Service, Territory, Ulid } from '../common/scalars.js';
import { EnteId } from '../ente/ente.events.js';

/** A reason for asking (motivo) that the convention admits. */
export const Purpose = z.strictObject({
  code: z.string().regex(/^[A-Z0-9][A-Z0-9-]{0,19}$/),
  description: z.string().min(1).max(200),
  /** Whether every lookup with it names its pratica. */
  caseRequired: z.boolean(),
});
export type Purpose = z.infer<typeof Purpose>;

export const GrantedService = z.strictObject({ service: Service, modes: z.array(Mode).min(1), channel: Channel });
export type GrantedService = z.infer<typeof GrantedService>;

const Clock = z.string().regex(/^(?:[01]\d|2[0-4]):[0-5]\d$/);

/** What a Comune grants to an Ente: the ceiling. */
export const ConventionTerms = z.strictObject({
  legalBasis: z.string().min(1).max(1000),
  act: z.strictObject({ number: z.string().min(1).max(60), date: Day }),
  from: Day,
  to: Day,
  services: z.array(GrantedService).min(1),
  purposes: z.array(Purpose).min(1),
  /** `perMinute`, `perDay`: for one user of the Comune; `conventionPerDay`: all its users together; `callsPerDay`: calls to ANPR or PDND. */
  quotas: z.strictObject({
    userPerMinute: z.int().min(1),
    userPerDay: z.int().min(1),
    conventionPerDay: z.int().min(1),
    callsPerDay: z.int().min(1),
  }),
  /** Europe/Rome. `days`: 1 Monday … 7 Sunday. `to` 24:00 is midnight. */
  hours: z.strictObject({ days: z.array(z.int().min(1).max(7)).min(1), from: Clock, to: Clock, holidays: z.boolean() }),
  /** CIDR blocks of the callers; empty: any. */
  networks: z.array(z.union([z.cidrv4(), z.cidrv6()])),
  territory: Territory,
  /** Why `ws` is used for an Ente outside the registry office's duties. */
  wsReason: z.string().min(1).max(500).optional(),
  /** Whether the ADMIN of the Ente may reveal the subject of a lookup of its users. */
  adminSeesSubject: z.boolean(),
  /** Whether its applications prove the operator themselves (`jwt-bearer`). */
  jwtBearer: z.boolean(),
});
export type ConventionTerms = z.infer<typeof ConventionTerms>;

export const ConventionId = Ulid;
export const ApplicationId = z.string().regex(/^[a-z0-9][a-z0-9-]{2,59}$/).meta({ description: 'Identificativo dell’applicazione (client_id)' });

const Convention = { convention: ConventionId, comune: CodiceCatastale, ente: EnteId };
const Reason = { reason: z.string().min(1).max(500) };

export const conventionEvents = [
  defineEvent('identity.convention.drafted', 1, 'A convention is being prepared.', { ...Convention, terms: ConventionTerms }),
  defineEvent('identity.convention.amended', 1, 'Its terms changed; they hold from now on.', { ...Convention, terms: ConventionTerms }),
  defineEvent('identity.convention.approved', 1, 'It is in force, to be recertified by a day.', { ...Convention, approvedAt: Instant, recertifyBy: Day }),
  defineEvent('identity.convention.application-admitted', 1, 'An application of the Ente may be used under it.', { ...Convention, application: ApplicationId }),
  defineEvent('identity.convention.application-removed', 1, 'An application may no longer be used under it.', { ...Convention, application: ApplicationId }),
  defineEvent('identity.convention.suspended', 1, 'Nothing is asked under it until it is resumed.', { ...Convention, ...Reason }),
  defineEvent('identity.convention.resumed', 1, 'It is in force again.', { ...Convention }),
  defineEvent('identity.convention.revoked', 1, 'It has ended, by decision of the Comune.', { ...Convention, ...Reason }),
  defineEvent('identity.convention.recertified', 1, 'The Comune has confirmed that it is still needed.', { ...Convention, recertifyBy: Day }),
  defineEvent('identity.convention.extended', 1, 'It ends on a later day.', { ...Convention, to: Day }),
  defineEvent('identity.convention.expired', 1, 'Its last day has passed.', { ...Convention, on: Day }),
] as const;

export type ConventionEvent = EventOf<(typeof conventionEvents)[number]>;
