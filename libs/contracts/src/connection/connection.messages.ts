import { z } from 'zod';
import { Channel, CodiceCatastale, CodiceFiscale, Day, Instant } from '../common/scalars.js';
import { ApplicationId, ConventionId } from '../convention/convention.events.js';
import { SessionId } from '../session/session.events.js';
import { UserId } from '../user/user.events.js';
import { CertificateUse, ConnectionSettings } from './connection.events.js';
import { CASI_USO } from './pdnd-settings.js';
import { AnprOperatorId, CertificateId } from './scalars.js';

/** What administration asks of the connector, key = Comune; and what came of it, for every instance of administration. */
export const CONNECTION_COMMANDS = 'geres.anpr.connections';
export const CONNECTION_ANSWERS = 'geres.anpr.connection-answers';

/** Compact JWE to the connector's public key: administration relays what it cannot read. */
export const SealedToConnector = z.string().regex(/^[\w-]+(?:\.[\w-]*){4}$/).max(200_000);
/** A certificate with those above it, in PEM. */
export const IssuedChain = z.string().startsWith('-----BEGIN CERTIFICATE-----').max(65_536);
const Reason = { reason: z.string().min(1).max(500) };

/** `Subject` of a certificate request. */
export const RequestedSubject = z.strictObject({ commonName: z.string().min(1).max(64), organization: z.string().min(1).max(64).optional(), locality: z.string().min(1).max(64).optional(), province: z.string().min(1).max(64).optional() });
export type RequestedSubject = z.infer<typeof RequestedSubject>;

export const ConnectionAction = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('configure'), settings: ConnectionSettings }),
  z.strictObject({ kind: z.literal('assign-operator'), operator: AnprOperatorId, convention: ConventionId.optional(), codiceFiscale: CodiceFiscale, from: Day, to: Day.optional(), informedAt: Instant, acceptedAt: Instant }),
  z.strictObject({ kind: z.literal('withdraw-operator'), operator: AnprOperatorId, ...Reason }),
  /** `sealed`: `SealedKey`, for the connector alone. */
  z.strictObject({ kind: z.literal('install-key'), certificate: CertificateId, use: CertificateUse, responsible: UserId, sealed: SealedToConnector }),
  /** Makes a key inside the connector; the answer carries its PKCS#10 request, or the public key of a PDND client. */
  z.strictObject({ kind: z.literal('request-certificate'), certificate: CertificateId, use: CertificateUse, responsible: UserId, subject: RequestedSubject }),
  /** The certificate that came for a key made before, with those above it. */
  z.strictObject({ kind: z.literal('install-issued'), certificate: CertificateId, chain: IssuedChain }),
  /** A key inside a device (PKCS#11), by its label, with its certificate. */
  z.strictObject({ kind: z.literal('install-device'), certificate: CertificateId, use: CertificateUse, responsible: UserId, label: z.string().min(1).max(64), chain: IssuedChain.optional() }),
  z.strictObject({ kind: z.literal('retire-certificate'), certificate: CertificateId, ...Reason }),
  z.strictObject({ kind: z.literal('activate') }),
  z.strictObject({ kind: z.literal('suspend'), ...Reason }),
  /** TestConn on `ws`; on `pdnd` a voucher for one e-service, the first if none is named. */
  z.strictObject({ kind: z.literal('test'), service: z.enum(CASI_USO).optional() }),
  /** The connector's public key. */
  z.strictObject({ kind: z.literal('tell-key') }),
]);
export type ConnectionAction = z.infer<typeof ConnectionAction>;

export const AdministerConnection = z.strictObject({
  type: z.literal('anpr.connection.administer'),
  id: z.string().min(1).max(60),
  key: CodiceCatastale,
  issuedAt: Instant,
  expiresAt: Instant,
  data: z.strictObject({
    comune: CodiceCatastale,
    channel: Channel,
    by: z.strictObject({ user: UserId, application: ApplicationId.optional(), session: SessionId.optional() }),
    correlationId: z.string().max(60),
    /** Version of the connection that the caller has seen. */
    expected: z.int().min(-1).optional(),
    action: ConnectionAction,
  }),
});
export type AdministerConnection = z.infer<typeof AdministerConnection>;

/** What is sealed to the connector: a PKCS#12 with its password, or a PEM key for a PDND client. */
export const SealedKey = z.union([
  z.strictObject({ pkcs12: z.base64().max(100_000), password: z.string().max(200) }),
  z.strictObject({ pem: z.string().max(16_384), password: z.string().max(200).optional() }),
]);
export type SealedKey = z.infer<typeof SealedKey>;

export const ConnectionTest = z.strictObject({ succeeded: z.boolean(), step: z.string().optional(), detail: z.string().optional(), elapsedMs: z.int() });
export type ConnectionTest = z.infer<typeof ConnectionTest>;

export const ConnectionAnswer = z.strictObject({
  type: z.literal('anpr.connection.administered'),
  /** Id of the command. */
  to: z.string(),
  issuedAt: Instant,
  expiresAt: Instant,
  data: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('done'), request: z.string().optional(), publicKey: z.record(z.string(), z.unknown()).optional(), kid: z.string().optional(), test: ConnectionTest.optional() }),
    /** A problem of the connector’s catalogue, as it is told. */
    z.strictObject({ kind: z.literal('refused'), code: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  ]),
});
export type ConnectionAnswer = z.infer<typeof ConnectionAnswer>;
