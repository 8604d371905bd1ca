import type { AskLookup, ConventionTerms, Sealed, Tag } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { absorb, emptyRegister, wayBack, type RegisterState } from '../register/register.domain.js';
import { facts, granting, grantsOf, ids, lookupId, NOW, question } from '../testing/world.js';
import type { Facts } from './admission.domain.js';
import { decideAsking, type Asking, type Decision } from './asking.domain.js';

const FIRST = lookupId(1);
const SECOND = lookupId(2);
const KEY = 'k'.repeat(32) as Tag;
const LAST_MONTH = 'm'.repeat(32) as Tag;
const BODY = 'b'.repeat(32) as Tag;

const command = (lookup: string): AskLookup => ({
  type: 'anpr.lookup.ask',
  id: lookup,
  key: ids.comune,
  issuedAt: NOW.toISOString(),
  expiresAt: '2026-11-23T09:01:00.000Z',
  data: {
    lookup,
    comune: ids.comune,
    request: { servizio: 'residenza', modalita: 'consultazione', soggetto: { idANPR: 'ZZ00001X6' }, motivo: 'TRIB-01', pratica: '1' },
    caller: { user: ids.user, ente: ids.ente, application: ids.application, session: ids.session, network: question.network },
    correlationId: 'c',
  },
});

const asking = (lookup: string, changed: Partial<Asking> = {}): Asking => ({
  command: command(lookup),
  facts: facts(),
  fresh: true,
  subject: 's1.x' as Sealed,
  tags: [],
  reserve: () => true,
  ...changed,
});
const bound = { keys: [KEY], bodies: [BODY] };
const at = (now: string): { facts: Facts } => ({ facts: facts({ now: new Date(now) }) });

/** A register in which a lookup was recorded with the key, and then happened what `events` say. */
const register = (...events: readonly { type: string; data: object }[]): RegisterState => {
  const state = emptyRegister();
  const first = decideAsking(asking(FIRST, { bound }), emptyRegister(), []);
  if (first.kind !== 'requested') throw new Error('the first was not admitted');
  for (const event of [first.event, ...events]) absorb(state, { v: 1, ...event });
  return state;
};
const answered = { type: 'anpr.lookup.answered', data: { lookup: FIRST, comune: ids.comune } };
const failed = (problem: string) => ({ type: 'anpr.lookup.failed', data: { lookup: FIRST, comune: ids.comune, problem } });
const decide = (given: Asking, day = emptyRegister(), before = emptyRegister()): Decision => decideAsking(given, day, [day, before]);

describe('a command that asks', () => {
  it('becomes a request that says everything the archive must know', () => {
    const decision = decide(asking(FIRST, { bound }));
    expect(decision).toMatchObject({
      kind: 'requested',
      event: { type: 'anpr.lookup.requested', data: { lookup: FIRST, user: ids.user, operationId: FIRST, anprOperator: ids.operator, key: KEY, body: BODY, askBy: '2026-11-23T09:01:00.000Z' } },
    });
  });

  it('is recorded as refused, with the reason, when a check fails', () =>
    expect(decide(asking(FIRST, { facts: facts({ now: new Date('2026-11-22T09:00:00Z') }) }))).toMatchObject({ kind: 'refused', event: { type: 'anpr.lookup.refused', data: { reason: 'fuori-orario', convention: ids.convention } } }));

  it('keeps no motivo that no convention has: somebody may have typed a person’s data there', () => {
    const typed = asking(FIRST);
    const decision = decide({ ...typed, command: { ...typed.command, data: { ...typed.command.data, request: { ...typed.command.data.request, motivo: 'SNTPRV85C55H501U' } } } });
    expect(decision).toMatchObject({ kind: 'refused', event: { data: { reason: 'motivo-non-ammesso', purpose: 'sconosciuto' } } });
    expect(JSON.stringify(decision)).not.toContain('SNTPRV');
  });

  it('is refused where it cannot be shown that the rights are fresh', () => expect(decide(asking(FIRST, { fresh: false }))).toMatchObject({ kind: 'refused', refusal: { reason: 'diritti-non-verificabili' } }));

  it('is refused past its deadline', () => expect(decide(asking(FIRST, at('2026-11-23T09:01:00.000Z')))).toMatchObject({ kind: 'refused', refusal: { reason: 'scaduta' } }));

  it('is refused where the bulkhead has no room', () => expect(decide(asking(FIRST, { reserve: () => false }))).toMatchObject({ kind: 'refused', refusal: { reason: 'comune-sovraccarico' } }));

  it('takes no place in the bulkhead unless every other check holds', () => {
    let asked = 0;
    const reserve = (): boolean => ((asked += 1), true);
    decide(asking(FIRST, { reserve, facts: facts({ now: new Date('2026-11-22T09:00:00Z') }) }));
    expect(asked).toBe(0);
  });

  it('is nothing new when it comes twice', () => expect(decide(asking(FIRST), register())).toEqual({ kind: 'known' }));
});

describe('the operation id of a lookup over PDND', () => {
  const services = [{ service: 'residenza', modes: ['consultazione'], channel: 'pdnd' }] satisfies ConventionTerms['services'];
  const over = (lookup: string, now = NOW): Asking => asking(lookup, { facts: facts({ now, grants: grantsOf(...granting({ services })) }) });
  const idOf = (decision: Decision): string => {
    if (decision.kind !== 'requested' || decision.event.type !== 'anpr.lookup.requested') throw new Error(`not requested: ${decision.kind}`);
    expect(decision.operationId).toBe(decision.event.data.operationId);
    return decision.operationId;
  };
  /** A register whose last operation had this id, of a first call or of a further one. */
  const last = (operationId: string, further = false): RegisterState => {
    const state = register();
    const asked = { type: 'anpr.lookup.asked', v: 1, data: { lookup: FIRST, comune: ids.comune, call: 2, operationId, askBy: '2026-11-23T09:01:00.000Z' } };
    if (further) absorb(state, asked);
    else state.lastOperation = operationId;
    return state;
  };

  it('is a decimal from the clock, of at most 19 digits', () => expect(idOf(decide(over(SECOND)))).toBe('1795424400000000'));

  it('is above the last one, though the clock was set back', () => {
    expect(idOf(decide(over(SECOND), last('1795424400500000')))).toBe('1795424400500010');
    expect(idOf(decide(over(SECOND), last('1795424400500003', true)))).toBe('1795424400500010');
  });

  it('is above the last one of yesterday', () => expect(idOf(decide(over(SECOND), emptyRegister(), last('1795424400700000')))).toBe('1795424400700010'));

  it('is not given again when its event did not come to pass: it may be appended all the same', () => {
    const day = emptyRegister();
    const first = decide(over(FIRST), day);
    if (first.kind !== 'requested') throw new Error('not requested');
    const back = wayBack(day, first.event);
    absorb(day, first.event);
    back();
    expect(idOf(decide(over(SECOND), day))).toBe('1795424400000010');
  });

  it('is the lookup’s own over ws', () => expect(idOf(decide(asking(SECOND), last('1795424400500000')))).toBe(SECOND));
});

describe('a key that is used again', () => {
  it('waits with the first while that is in flight', () => expect(decide(asking(SECOND, { bound }), register())).toEqual({ kind: 'repeated', first: FIRST }));

  it('gets what the first got', () => expect(decide(asking(SECOND, { bound }), register(answered))).toEqual({ kind: 'repeated', first: FIRST }));

  it('is found in the register of the day before', () => expect(decide(asking(SECOND, { bound }), emptyRegister(), register(answered))).toEqual({ kind: 'repeated', first: FIRST }));

  it('is found under the secret of last month', () => {
    const two = { keys: [LAST_MONTH, KEY], bodies: ['c'.repeat(32) as Tag, BODY] };
    expect(decide(asking(SECOND, { bound: two }), register(answered))).toEqual({ kind: 'repeated', first: FIRST });
  });

  it('is refused with another body', () => expect(decide(asking(SECOND, { bound: { keys: [KEY], bodies: ['c'.repeat(32) as Tag] } }), register(answered))).toEqual({ kind: 'key-reused' }));

  it('means nothing after 24 hours', () => {
    const before = register(answered);
    const later = asking(lookupId(2, new Date('2026-11-24T09:00:00.000Z')), { bound, ...at('2026-11-24T09:00:00.000Z') });
    const open = { ...later.facts, rights: { ...later.facts.rights, sessions: new Map([[ids.session, { user: ids.user, application: ids.application, method: 'password', expiresAt: '2027-01-01T00:00:00Z' }]]) } };
    const fresh = { ...later, facts: open, command: { ...later.command, expiresAt: '2026-11-24T09:01:00.000Z' } };
    expect(decide(fresh, emptyRegister(), before)).toMatchObject({ kind: 'requested' });
  });

  it.each(['anpr-non-disponibile', 'anpr-tempo-scaduto', 'scaduta', 'diritti-non-verificabili', 'connessione-non-attiva', 'sessione-chiusa'])('starts a new attempt, linked to the first, after %s', (problem) =>
    expect(decide(asking(SECOND, { bound }), register(failed(problem)))).toMatchObject({ kind: 'requested', event: { data: { retryOf: FIRST } } }));

  it('starts a new attempt after an interruption', () =>
    expect(decide(asking(SECOND, { bound }), register({ type: 'anpr.lookup.interrupted', data: { lookup: FIRST, comune: ids.comune, reason: 'processo-interrotto' } }))).toMatchObject({ kind: 'requested', event: { data: { retryOf: FIRST } } }));

  it('gets the same refusal of ANPR again', () => expect(decide(asking(SECOND, { bound }), register(failed('anpr-ha-rifiutato')))).toEqual({ kind: 'repeated', first: FIRST }));

  it('gets nothing when the caller may no longer ask', () => expect(decide(asking(SECOND, { bound, ...at('2026-11-22T09:00:00Z') }), register(answered))).toMatchObject({ kind: 'refused' }));

  it('takes no quota', () => {
    const used = register(answered);
    for (let i = 0; i < 10; i++) used.usage.lookup(ids.user, ids.convention, NOW.getTime());
    expect(decide(asking(SECOND, { bound }), used)).toMatchObject({ kind: 'repeated' });
  });

  it('is free after a refusal', () => {
    const state = emptyRegister();
    const refused = decide(asking(FIRST, { bound, facts: facts({ now: new Date('2026-11-22T09:00:00Z') }) }));
    if (refused.kind !== 'refused') throw new Error('the first was admitted');
    absorb(state, refused.event);
    expect(decide(asking(SECOND, { bound }), state)).toMatchObject({ kind: 'requested' });
  });
});
