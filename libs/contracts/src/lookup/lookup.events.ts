import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { Channel, CodiceCatastale, Instant, Mode, Sealed, Service, Tag, Territory, Ulid } from '../common/scalars.js';
import { ApplicationId, ConventionId } from '../convention/convention.events.js';
import { AnprOperatorId } from '../connection/scalars.js';
import { EnteId } from '../ente/ente.events.js';
import { ProfileId } from '../profile/profile.events.js';
import { SessionId } from '../session/session.events.js';
import { UserId } from '../user/user.events.js';

export const LookupId = Ulid;
export const OUTCOMES = ['trovato', 'non-trovato', 'ambiguo', 'confermato', 'non-confermato', 'indeterminato'] as const;

const Lookup = { lookup: LookupId, comune: CodiceCatastale };

/** Who asks what, without the person. */
const Asking = {
  ...Lookup,
  user: UserId,
  ente: EnteId,
  application: ApplicationId,
  session: SessionId,
  service: Service,
  mode: Mode,
  purpose: z.string().max(20),
  /** Subject, what was declared, pratica and dataRiferimento (see `SealedSubject`), under the data key of the Comune and month. */
  subject: Sealed,
  /** Keyed tags under which a person or a pratica is found again, for the month of the lookup. */
  tags: z.array(Tag),
};

/** The clear form of `subject`: it exists in memory only. */
export const SealedSubject = z.strictObject({ soggetto: z.record(z.string(), z.unknown()), dichiarati: z.record(z.string(), z.unknown()).optional(), pratica: z.string().optional(), dataRiferimento: z.string() });

export const lookupEvents = [
  defineEvent('anpr.lookup.requested', 1, 'A lookup was admitted and is about to be asked of ANPR.', {
    ...Asking,
    convention: ConventionId,
    profile: ProfileId,
    channel: Channel,
    /** Codes of table 16 of ANPR that are asked. */
    sections: z.array(z.string()),
    territory: Territory,
    /** In whose name ANPR is asked over `ws`. */
    anprOperator: AnprOperatorId.optional(),
    /** `idOperazioneComune` or `idOperazioneClient`. */
    operationId: z.string(),
    /** No call to ANPR starts past it. */
    askBy: Instant,
    /** HMAC of the `Idempotency-Key` with its scope, and of the body; absent without a key. */
    key: Tag.optional(),
    body: Tag.optional(),
    /** The lookup that had the same key and got no answer. */
    retryOf: LookupId.optional(),
  }),
  defineEvent('anpr.lookup.refused', 1, 'A lookup was not admitted; `reason` is the code of the first check that failed.', {
    ...Asking,
    convention: ConventionId.optional(),
    reason: z.string(),
  }),
  defineEvent('anpr.lookup.refusals-counted', 1, 'Refusals of one application for one reason past the sixtieth of a minute, together.', {
    comune: CodiceCatastale,
    application: ApplicationId,
    reason: z.string(),
    minute: Instant,
    lookups: z.array(LookupId).min(1),
  }),
  defineEvent('anpr.lookup.asked', 1, 'A further call to ANPR for the same lookup is about to start.', { ...Lookup, call: z.int().min(2), operationId: z.string(), askBy: Instant }),
  defineEvent('anpr.lookup.answered', 1, 'ANPR answered; the outcome is recorded before it is told.', {
    ...Lookup,
    outcome: z.enum(OUTCOMES),
    /** Codes of table 16 that were disclosed. */
    sections: z.array(z.string()),
    persons: z.int().min(0),
    anprOperationId: z.string().optional(),
    /** Keyed digest of the answer. */
    answer: Tag,
    /** Tags of the person that was found, where they differ from those asked by. */
    tags: z.array(Tag),
    /** Milliseconds that ANPR took. */
    anprMs: z.int().min(0),
  }),
  defineEvent('anpr.lookup.failed', 1, 'ANPR refused, was absent or too slow, or gave an answer that does not match; `problem` is the code told to the caller.', {
    ...Lookup,
    problem: z.string(),
    /** ANPR's code, or our reason. Never ANPR's text. */
    detail: z.string().max(60).optional(),
    anprOperationId: z.string().optional(),
    anprMs: z.int().min(0).optional(),
  }),
  defineEvent('anpr.lookup.interrupted', 1, 'A lookup that nobody can conclude any more was closed: whether ANPR was asked is not known.', { ...Lookup, reason: z.enum(['processo-interrotto', 'fermata']) }),
] as const;

export type LookupEvent = EventOf<(typeof lookupEvents)[number]>;
