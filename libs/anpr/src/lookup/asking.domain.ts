import type { AskLookup, Channel, LookupEvent, Sealed, Tag } from '@geres/contracts';
import { decodeTime } from 'ulid';
import { firstOperationId } from '../protocol/pdnd/operation-id.domain.js';
import { laterOperation, type Entry, type RegisterState } from '../register/register.domain.js';
import { admit, repeatable, type Admission, type Facts, type Question, type Refusal } from './admission.domain.js';
import { ANSWERED_BY_ANPR } from './lookup.problems.js';

/** An idempotency key reduced to keyed digests: under this month's secret first, then last month's. */
export interface BoundKey {
  readonly keys: readonly Tag[];
  /** Digest of the body, one for each of `keys`. */
  readonly bodies: readonly Tag[];
}

/** Everything the decision on one command needs, prepared outside. */
export interface Asking {
  readonly command: AskLookup;
  readonly facts: Facts;
  /** False: it cannot be shown that rights and grants are at most one second old. */
  readonly fresh: boolean;
  readonly subject: Sealed;
  readonly tags: readonly Tag[];
  readonly bound?: BoundKey;
  /** Takes a place in the bulkhead; false when there is none. Called last. */
  readonly reserve: (admission: Admission) => boolean;
}

export type Decision =
  | { readonly kind: 'requested'; readonly admission: Admission; readonly operationId: string; readonly askBy: string; readonly event: LookupEvent }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly event: LookupEvent }
  /** The same command again: it has been recorded already. */
  | { readonly kind: 'known' }
  /** A key that is bound already: its caller gets what came of the first lookup, or will. */
  | { readonly kind: 'repeated'; readonly first: string }
  | { readonly kind: 'key-reused' };

const DAY_MS = 24 * 3600_000;
/** From the question to the last moment at which a call to ANPR may start for it. */
export const ASK_MS = 60_000;

export const questionOf = ({ data: { lookup, comune, caller, request } }: Pick<AskLookup, 'data'>): Question => ({
  askedAt: new Date(decodeTime(lookup)),
  comune,
  user: caller.user,
  ente: caller.ente,
  application: caller.application,
  session: caller.session,
  network: caller.network,
  service: request.servizio,
  mode: request.modalita,
  purpose: request.motivo,
  hasCase: request.pratica !== undefined,
});

/** Decides on one command against the register of its day, and all in which its key may be bound, newest first. Pure but for `reserve`. */
export function decideAsking(asking: Asking, day: RegisterState, newestFirst: readonly RegisterState[]): Decision {
  const { command, facts, fresh } = asking;
  const { lookup } = command.data;
  if (day.lookups.has(lookup) || day.counted.has(lookup)) return { kind: 'known' };
  if (!fresh) return refused(asking, { reason: 'diritti-non-verificabili' });
  const question = questionOf(command);
  const first = firstOf(asking, newestFirst);
  if (first) {
    // A repeat gets what the first got, if the caller may still have it; it takes no quota and no place.
    const wrong = repeatable(question, facts);
    if (wrong) return refused(asking, { reason: wrong });
    if (first.body === 'another') return { kind: 'key-reused' };
    if (!mayTryAgain(first.entry)) return { kind: 'repeated', first: first.lookup };
  }
  if (facts.now.getTime() >= Date.parse(command.expiresAt)) return refused(asking, { reason: 'scaduta' });
  const verdict = admit(question, facts, day.usage);
  if ('refused' in verdict) return refused(asking, verdict.refused);
  const { admitted } = verdict;
  if (!asking.reserve(admitted)) return refused(asking, { reason: 'comune-sovraccarico', convention: admitted.convention });
  return requested(asking, admitted, newestFirst, first?.lookup);
}

const mayTryAgain = ({ status, problem }: Entry): boolean => status === 'interrupted' || (status === 'failed' && (problem === undefined || !ANSWERED_BY_ANPR.includes(problem)));

interface First {
  readonly lookup: string;
  readonly entry: Entry;
  readonly body: 'same' | 'another';
}

function firstOf({ bound, facts }: Asking, newestFirst: readonly RegisterState[]): First | undefined {
  if (!bound) return undefined;
  for (const { keys, lookups } of newestFirst) {
    for (const [index, key] of bound.keys.entries()) {
      const lookup = keys.get(key);
      const entry = lookup === undefined ? undefined : lookups.get(lookup);
      if (lookup !== undefined && entry && facts.now.getTime() - decodeTime(lookup) < DAY_MS) return { lookup, entry, body: entry.body === bound.bodies[index] ? 'same' : 'another' };
    }
  }
  return undefined;
}

/** In place of a motivo that no convention of the Comune has: it may be anything that somebody typed, a person's data too, and events keep for ever. */
const UNKNOWN_PURPOSE = 'sconosciuto';

function isKnownPurpose(code: string, comune: string, { grants }: Facts): boolean {
  for (const id of grants.conventionsOf.get(comune) ?? []) if (grants.conventions.get(id)?.terms.purposes.some((purpose) => purpose.code === code)) return true;
  return false;
}

function asked({ command: { data }, facts, subject, tags }: Asking) {
  const { lookup, comune, caller, request } = data;
  return {
    lookup,
    comune,
    user: caller.user,
    ente: caller.ente,
    application: caller.application,
    session: caller.session,
    service: request.servizio,
    mode: request.modalita,
    purpose: isKnownPurpose(request.motivo, comune, facts) ? request.motivo : UNKNOWN_PURPOSE,
    subject,
    tags: [...tags],
  };
}

/**
 * Which operation the first call is, as ANPR knows it: the lookup itself over `ws`; over `pdnd` a number from the clock, above every one that the registers have
 * seen, so that a clock that was set back, a restart or another owner never gives one again.
 */
const operationIdOf = (lookup: string, channel: Channel, now: Date, registers: readonly RegisterState[]): string =>
  channel === 'ws' ? lookup : firstOperationId(now, registers.map(({ lastOperation }) => lastOperation).reduce(laterOperation, undefined));

function requested(asking: Asking, admission: Admission, registers: readonly RegisterState[], retryOf: string | undefined): Decision {
  const { convention, profile, channel, sections, territory, anprOperator } = admission;
  const { lookup } = asking.command.data;
  const operationId = operationIdOf(lookup, channel, asking.facts.now, registers);
  const askBy = new Date(Date.parse(asking.command.issuedAt) + ASK_MS).toISOString();
  const key = asking.bound && { key: asking.bound.keys[0]!, body: asking.bound.bodies[0]! };
  return {
    kind: 'requested',
    admission,
    operationId,
    askBy,
    event: {
      type: 'anpr.lookup.requested',
      v: 1,
      data: { ...asked(asking), convention, profile, channel, sections: [...sections], territory, ...(anprOperator === undefined ? {} : { anprOperator }), operationId, askBy, ...key, ...(retryOf ? { retryOf } : {}) },
    },
  };
}

function refused(asking: Asking, refusal: Refusal): Decision {
  const { reason, convention } = refusal;
  return { kind: 'refused', refusal, event: { type: 'anpr.lookup.refused', v: 1, data: { ...asked(asking), ...(convention ? { convention } : {}), reason } } };
}

