import { z } from 'zod';
import { CodiceCatastale, Instant, Ulid } from '../common/scalars.js';
import { ApplicationId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';
import { SessionId } from '../session/session.events.js';
import { UserId } from '../user/user.events.js';
import { IdempotencyKey, LookupRequest } from './lookup.http.js';
import { LookupId } from './lookup.events.js';

/** Commands for the connector, key = Comune; and what comes of them, for every gateway instance. */
export const LOOKUP_COMMANDS = 'geres.anpr.commands';
export const LOOKUP_ANSWERS = 'geres.anpr.answers';

const Envelope = { id: z.string().min(1).max(60), key: CodiceCatastale, issuedAt: Instant, expiresAt: Instant };

/** Who asks, as the gateway has verified. */
export const LookupCaller = z.strictObject({
  user: UserId,
  ente: EnteId,
  application: ApplicationId,
  session: SessionId,
  /** IP address of the caller. */
  network: z.string().max(45),
});
export type LookupCaller = z.infer<typeof LookupCaller>;

export const AskLookup = z.strictObject({
  type: z.literal('anpr.lookup.ask'),
  ...Envelope,
  data: z.strictObject({ lookup: LookupId, comune: CodiceCatastale, request: LookupRequest, caller: LookupCaller, idempotencyKey: IdempotencyKey.optional(), correlationId: z.string().max(60) }),
});
export type AskLookup = z.infer<typeof AskLookup>;

/** Pick-up of an answer. `id` is of this command; `data.lookup` is the one asked about. */
export const CollectLookup = z.strictObject({
  type: z.literal('anpr.lookup.collect'),
  ...Envelope,
  data: z.strictObject({ lookup: LookupId, comune: CodiceCatastale, caller: LookupCaller, correlationId: z.string().max(60) }),
});
export type CollectLookup = z.infer<typeof CollectLookup>;

/** From monitoring's sweep: a lookup without outcome, past every deadline. The owner closes it unless it holds it. */
export const SettleLookup = z.strictObject({ type: z.literal('anpr.lookup.settle'), ...Envelope, data: z.strictObject({ lookup: LookupId, comune: CodiceCatastale }) });
export type SettleLookup = z.infer<typeof SettleLookup>;

export const LookupCommand = z.discriminatedUnion('type', [AskLookup, CollectLookup, SettleLookup]);
export type LookupCommand = z.infer<typeof LookupCommand>;

/** The tightest quota after this lookup, for `X-RateLimit-*`: `reset` in seconds. */
export const Limits = z.strictObject({ limit: z.int(), remaining: z.int(), reset: z.int() });
export type Limits = z.infer<typeof Limits>;

/** `recorded`: the request is durable, an outcome will follow. `pending`: asked for pick-up, still open. The others end the command that they answer. */
export const LookupAnswer = z.strictObject({
  type: z.literal('anpr.lookup.answer'),
  to: z.string(),
  issuedAt: Instant,
  expiresAt: Instant,
  data: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('recorded'), lookup: Ulid }),
    z.strictObject({ kind: z.literal('pending'), lookup: Ulid, retryAfter: z.int() }),
    z.strictObject({ kind: z.literal('answered'), lookup: Ulid, risposta: z.record(z.string(), z.unknown()), limits: Limits.optional() }),
    z.strictObject({
      kind: z.literal('problem'),
      lookup: Ulid,
      problem: z.strictObject({ code: z.string(), status: z.int(), title: z.string(), detail: z.string(), params: z.record(z.string(), z.unknown()), retryAfter: z.int().optional() }),
      limits: Limits.optional(),
    }),
  ]),
});
export type LookupAnswer = z.infer<typeof LookupAnswer>;
export type LookupOutcome = LookupAnswer['data'];
