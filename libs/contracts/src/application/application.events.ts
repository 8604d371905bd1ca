import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { ApplicationId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';
import { CodiceCatastale } from '../common/scalars.js';

/** How an application gets its tokens. */
export const APPLICATION_GRANTS = ['jwt-bearer', 'client-credentials', 'authorization-code'] as const;

/** A public key of the application, as a JWK (RSA ≥ 2048 or P-256). */
export const PublicJwk = z
  .strictObject({ kty: z.enum(['RSA', 'EC']), kid: z.string().min(1).max(100), alg: z.enum(['RS256', 'ES256']), n: z.string().optional(), e: z.string().optional(), crv: z.literal('P-256').optional(), x: z.string().optional(), y: z.string().optional() })
  .meta({ description: 'Chiave pubblica (JWK)' });
export type PublicJwk = z.infer<typeof PublicJwk>;

const Application = { application: ApplicationId };

export const applicationEvents = [
  defineEvent('identity.application.registered', 1, 'Software of an Ente, as an OAuth client. With `comune` it is a reporting tool of that Comune alone.', {
    ...Application,
    ente: EnteId,
    name: z.string().min(1).max(200),
    grants: z.array(z.enum(APPLICATION_GRANTS)).min(1),
    redirectUris: z.array(z.url()),
    comune: CodiceCatastale.optional(),
  }),
  defineEvent('identity.application.key-added', 1, 'One of its public keys.', { ...Application, key: PublicJwk }),
  defineEvent('identity.application.key-removed', 1, 'A key is no longer accepted.', { ...Application, kid: z.string() }),
  defineEvent('identity.application.disabled', 1, 'It may not be used any more.', { ...Application, reason: z.string().min(1).max(500) }),
  defineEvent('identity.application.enabled', 1, 'It may be used again.', { ...Application }),
] as const;

export type ApplicationEvent = EventOf<(typeof applicationEvents)[number]>;
