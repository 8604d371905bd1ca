import { z } from 'zod';
import { CodiceIstat } from '../common/scalars.js';
import { Authorities, Capacity } from './scalars.js';

const Window = z.strictObject({ lastsMs: z.int().min(1000).max(3_600_000), startsBeforeMs: z.int().min(0).max(300_000) });

/** What ANPR does not publish of its message security: only what differs from the default is written. */
export const WsSigning = z.strictObject({
  signature: z.enum(['rsa-sha1', 'rsa-sha256', 'rsa-sha512']).optional(),
  digest: z.enum(['sha1', 'sha256', 'sha512']).optional(),
  keyReference: z.enum(['binary-security-token', 'subject-key-identifier', 'thumbprint']).optional(),
  timestamp: Window.optional(),
  assertion: Window.optional(),
  /** `Issuer` of the assertion: a fixed name, or the operator. */
  issuer: z.union([z.literal('operator'), z.strictObject({ name: z.string().regex(/^[\x20-\x7e]{1,80}$/) })]).optional(),
  conditionsMs: z.int().min(1000).max(3_600_000).optional(),
});
export type WsSigning = z.infer<typeof WsSigning>;

/** How a Comune reaches ANPR's web services. */
export const WsSettings = z.strictObject({
  endpoint: z.url(),
  /** ISTAT code that the Comune has at ANPR (`codMittente`). */
  senderCode: CodiceIstat,
  /** `none` is accepted towards the simulator alone. */
  security: z.enum(['none', 'wss']),
  ...Capacity,
  /** `IdPostazione`; the server of the Comune (`058091-CO-9999`) if absent. */
  station: z.string().regex(/^\d{6}-(?:PC|CO)-\d{4}$/).optional(),
  /** `IdApplicazione`; GeRes if absent. */
  application: z.string().regex(/^[\x20-\x7e]{1,80}$/).optional(),
  /** Public IP address of the Comune, for the assertion. */
  address: z.union([z.ipv4(), z.ipv6()]).optional(),
  signing: WsSigning.optional(),
  /** In place of the authorities that Node trusts. */
  ca: Authorities.optional(),
  /** Name in the certificate of the server, where it is not the host of the endpoint. */
  serverName: z.hostname().optional(),
  /** Questions a minute in the name of one ANPR operator; no limit if absent. */
  operatorPerMinute: z.int().min(1).max(100_000).optional(),
});
export type WsSettings = z.infer<typeof WsSettings>;
