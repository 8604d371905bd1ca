import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { Channel, CodiceCatastale, Day, Instant, Sealed } from '../common/scalars.js';
import { ConventionId } from '../convention/convention.events.js';
import { UserId } from '../user/user.events.js';
import { PdndSettings } from './pdnd-settings.js';
import { AnprOperatorId, CertificateId } from './scalars.js';
import { WsSettings } from './ws-settings.js';

/** How a Comune reaches ANPR over one channel; those of `pdnd` have a token endpoint. */
export const ConnectionSettings = z.union([WsSettings, PdndSettings]);
export type ConnectionSettings = z.infer<typeof ConnectionSettings>;

/** What a key is for. `ws`: `firma` signs messages and assertions, `postazione` the id of the workstation (`firma` does it where there is none), `tls` is shown on the wire. `pdnd`: `client`. */
export const CERTIFICATE_USES = ['firma', 'postazione', 'tls', 'client'] as const;
export const CertificateUse = z.enum(CERTIFICATE_USES);
export type CertificateUse = z.infer<typeof CertificateUse>;

/** Days before the end of a certificate at which it is said once that it ends. */
export const EXPIRY_WARNINGS = [60, 30, 10, 3, 1] as const;

const Connection = { comune: CodiceCatastale, channel: Channel };
const Certificate = { ...Connection, certificate: CertificateId };
const Reason = { reason: z.string().min(1).max(500) };

export const connectionEvents = [
  defineEvent('anpr.connection.configured', 1, 'Where and how a Comune reaches ANPR over one channel.', { ...Connection, settings: ConnectionSettings }),
  defineEvent('anpr.connection.operator-assigned', 1, 'The registry operator in whose name ANPR is asked. The codice fiscale is sealed.', {
    ...Connection,
    operator: AnprOperatorId,
    /** In whose lookups alone; in all that have no operator of their own, if absent. */
    convention: ConventionId.optional(),
    codiceFiscale: Sealed,
    from: Day,
    to: Day.optional(),
    /** When the operator was told of it, and when it was accepted. */
    informedAt: Instant,
    acceptedAt: Instant,
  }),
  defineEvent('anpr.connection.operator-withdrawn', 1, 'Nothing is asked in that operator’s name any more.', { ...Connection, operator: AnprOperatorId, ...Reason }),
  defineEvent('anpr.connection.certificate-requested', 1, 'A key was made inside the connector; its certificate is awaited from a certification authority.', {
    ...Certificate,
    use: CertificateUse,
    /** RFC 7638 thumbprint of the public key. */
    kid: z.string(),
    responsible: UserId,
  }),
  defineEvent('anpr.connection.certificate-installed', 1, 'A key may be used. The key itself is in no event.', {
    ...Certificate,
    use: CertificateUse,
    /** RFC 7638 thumbprint of the public key: by it PDND knows a client’s. */
    kid: z.string(),
    /** Who sees to its renewal. */
    responsible: UserId,
    /** `dispositivo`: it never leaves a device behind PKCS#11. */
    custody: z.enum(['connettore', 'dispositivo']),
    /** Absent for the key of a PDND client, which has no certificate. `thumbprint`: SHA-256, hex. */
    x509: z.strictObject({ thumbprint: z.string().regex(/^[0-9a-f]{64}$/), subject: z.string().max(1000), issuer: z.string().max(1000), serial: z.string().max(80), notBefore: Instant, notAfter: Instant }).optional(),
  }),
  defineEvent('anpr.connection.certificate-expiring', 1, 'A certificate in use ends within `days`.', { ...Certificate, days: z.union(EXPIRY_WARNINGS.map((days) => z.literal(days))), notAfter: Instant }),
  defineEvent('anpr.connection.certificate-retired', 1, 'A key is not used any more, and was destroyed.', { ...Certificate, ...Reason }),
  defineEvent('anpr.connection.activated', 1, 'The connection may be used.', { ...Connection }),
  defineEvent('anpr.connection.suspended', 1, 'The connection is not used until it is activated again.', { ...Connection, ...Reason }),
  defineEvent('anpr.connection.tested', 1, 'Somebody tried whether ANPR or PDND answers; no citizen was asked about.', {
    ...Connection,
    succeeded: z.boolean(),
    /** What failed, from a closed list; never a text of ANPR. */
    step: z.string().max(60).optional(),
    detail: z.string().max(60).optional(),
    elapsedMs: z.int().min(0),
  }),
] as const;

export type ConnectionEvent = EventOf<(typeof connectionEvents)[number]>;
export type InstalledCertificate = Omit<Extract<ConnectionEvent, { type: 'anpr.connection.certificate-installed' }>['data'], 'comune' | 'channel'>;
