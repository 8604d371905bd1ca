import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';

/** IPA code or codice fiscale of the body, in lower case. */
export const EnteId = z.string().regex(/^[a-z0-9_]{3,30}$/, 'codice IPA o codice fiscale dell’Ente').meta({ description: 'Codice IPA o codice fiscale dell’Ente', example: 'c_h501' });
export const ENTE_KINDS = ['ufficio-comunale', 'ente-esterno', 'polizia'] as const;
export const OfficeId = z.string().regex(/^[a-z0-9-]{1,40}$/);

const Ente = { ente: EnteId };
const Description = { name: z.string().min(1).max(200), kind: z.enum(ENTE_KINDS) };

export const enteEvents = [
  defineEvent('identity.ente.registered', 1, 'A body is known to this installation.', { ...Ente, ...Description }),
  defineEvent('identity.ente.changed', 1, 'Its name or kind changed.', { ...Ente, ...Description }),
  defineEvent('identity.ente.office-added', 1, 'One of its offices.', { ...Ente, office: OfficeId, name: z.string().min(1).max(200) }),
  defineEvent('identity.ente.office-closed', 1, 'An office is no more.', { ...Ente, office: OfficeId }),
] as const;

export type EnteEvent = EventOf<(typeof enteEvents)[number]>;
