import { UnknownEvent, type LookupEvent } from '@geres/contracts';
import type { DomainEvent, Recorded } from '@geres/kernel';
import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import { answered, ids, metaAt } from '../testing/archive.js';
import { PART, type TagsRow } from './lookup-tags.projection.js';
import type { LookupRow } from './lookups.projection.js';
import { registers } from './register.projection.js';

const AT = new Date('2026-11-23T09:00:00.250Z');
const LOOKUP = ulid(AT.getTime());
const TAGS = ['1'.repeat(32), '2'.repeat(32)];
const who = { lookup: LOOKUP, comune: ids.comune, user: ids.user, ente: ids.ente, application: ids.application, session: ids.session };
const what = { service: 'residenza', mode: 'consultazione', purpose: 'TRIB-01', subject: 's1.x', tags: TAGS };

const requested: DomainEvent = {
  type: 'anpr.lookup.requested',
  v: 1,
  data: { ...who, ...what, convention: ids.convention, profile: ids.profile, channel: 'ws', sections: ['1', '5'], territory: 'nazionale', anprOperator: ids.operator, operationId: LOOKUP, askBy: '2026-11-23T09:00:30.250Z' },
};
const refused: DomainEvent = { type: 'anpr.lookup.refused', v: 1, data: { ...who, ...what, reason: 'fuori-orario' } };
const taken: DomainEvent = { type: 'anpr.register.taken', v: 1, data: { comune: ids.comune, day: '2026-11-23', owner: 'spec' } };
const of = <T extends LookupEvent['type']>(type: T, data: object): DomainEvent => ({ type, v: 1, data: { lookup: LOOKUP, comune: ids.comune, ...data } });

/** The rows after the events, each recorded 100 ms after the one before. */
function rowsAfter(...events: readonly DomainEvent[]): Map<string, LookupRow | TagsRow> {
  const rows = new Map<string, LookupRow | TagsRow>();
  for (const [index, event] of events.entries()) {
    const recorded: Recorded = { ...event, id: String(index), stream: 'register-H501-20261123', version: index + 1, position: String(index), digest: '', meta: metaAt(new Date(AT.getTime() + 100 * index), LOOKUP) };
    for (const id of registers.idsOf(recorded)) {
      const row = registers.apply(rows.get(id), recorded, id);
      if (row) rows.set(id, row);
    }
  }
  return rows;
}
const rowAfter = (...events: readonly DomainEvent[]): LookupRow | undefined => rowsAfter(...events).get(LOOKUP) as LookupRow | undefined;

describe('the projection of lookups', () => {
  it('has a lookup open once it was requested', () => {
    expect(rowAfter(requested)).toEqual({
      ...{ comune: 'H501', day: '2026-11-23', askedAt: AT.getTime(), user: ids.user, ente: ids.ente, application: ids.application, session: ids.session, convention: ids.convention },
      ...{ service: 'residenza', mode: 'consultazione', purpose: 'TRIB-01', channel: 'ws', territory: 'nazionale', status: 'aperta', outcome: 'in-corso' },
      ...{ anprOperator: ids.operator, sections: ['1', '5'], askBy: Date.parse('2026-11-23T09:00:30.250Z'), versions: [1] },
    });
  });

  it('has the outcome, the sections disclosed and the times once it was answered', () => {
    expect(rowAfter(taken, requested, answered(LOOKUP, ids.comune, 'trovato', ['3'.repeat(32)]))).toMatchObject({
      ...{ status: 'risposta', outcome: 'trovato', sections: ['1'], anprOperationId: '42', anprMs: 120, totalMs: 200, versions: [2, 3] },
    });
  });

  it('has the operation id and the deadline of the last call', () => {
    expect(rowAfter(requested, of('anpr.lookup.asked', { call: 2, operationId: 'second', askBy: '2026-11-23T09:01:00.000Z' }))).toMatchObject({ status: 'aperta', operationId: 'second', askBy: Date.parse('2026-11-23T09:01:00.000Z'), versions: [1, 2] });
  });

  it('has the code of the problem where ANPR failed', () => {
    expect(rowAfter(requested, of('anpr.lookup.failed', { problem: 'anpr-tempo-scaduto', anprMs: 20_000 }))).toMatchObject({ status: 'fallita', outcome: 'anpr-tempo-scaduto', anprMs: 20_000 });
  });

  it('says that it was interrupted', () => {
    expect(rowAfter(requested, of('anpr.lookup.interrupted', { reason: 'processo-interrotto' }))).toMatchObject({ status: 'interrotta', outcome: 'interrotta' });
  });

  it('has the reason of a refusal', () => {
    expect(rowAfter(refused)).toMatchObject({ status: 'rifiutata', outcome: 'fuori-orario', user: ids.user });
  });

  it('has one row for each refusal of those counted together', () => {
    const many = [ulid(AT.getTime()), ulid(AT.getTime() + 1), ulid(AT.getTime() + 2)];
    const rows = rowsAfter({ type: 'anpr.lookup.refusals-counted', v: 1, data: { comune: ids.comune, application: ids.application, reason: 'quota-superata', minute: '2026-11-23T09:00:00.000Z', lookups: many } });
    expect([...rows.keys()]).toEqual(many);
    expect(rows.get(many[2]!)).toEqual({
      ...{ comune: 'H501', day: '2026-11-23', askedAt: AT.getTime() + 2, application: ids.application, status: 'rifiutata', outcome: 'quota-superata', versions: [1] },
    });
  });

  it.each([
    ['type', { type: 'anpr.lookup.forgotten', v: 1, data: {} }],
    ['version', { ...requested, v: 2 }],
  ])('stops at an event of unknown %s', (_, event) => {
    expect(() => rowsAfter(event)).toThrow(UnknownEvent);
  });

  it('stops at an outcome without its question', () => {
    expect(() => rowAfter(answered(LOOKUP, ids.comune, 'trovato'))).toThrow(/never requested/);
  });
});

describe('the tags of lookups', () => {
  const found = '3'.repeat(32);
  const tagged = (...events: readonly DomainEvent[]) => Object.fromEntries([...rowsAfter(...events)].filter(([id]) => id !== LOOKUP && id.includes('/')));

  it('lead to the lookup from its person, its pratica and the person found, by the day', () => {
    expect(tagged(taken, requested, answered(LOOKUP, ids.comune, 'trovato', [TAGS[0]!, found]))).toEqual(Object.fromEntries([...TAGS, found].map((tag) => [`20261123/${tag}`, { lookups: [LOOKUP] }])));
  });

  it('lead to a refused lookup too', () => {
    expect(Object.keys(tagged(refused))).toHaveLength(2);
  });

  it('are in rows of so many events of a register, however many a day has, and the day says how many', () => {
    const after = (version: number, row?: TagsRow): readonly (readonly [string, unknown])[] => {
      const recorded: Recorded = { ...requested, id: '1', stream: 'register-H501-20261123', version, position: '1', digest: '', meta: metaAt(AT, LOOKUP) };
      return registers.idsOf(recorded).flatMap((id) => (id === LOOKUP ? [] : [[id, registers.apply(id.includes('//') ? row : undefined, recorded, id)] as const]));
    };
    const rows = (suffix: string): readonly (readonly [string, unknown])[] => TAGS.map((tag) => [`20261123/${tag}${suffix}`, { lookups: [LOOKUP] }] as const);
    expect(after(PART)).toEqual(rows(''));
    expect(after(PART + 1)).toEqual([...rows('/1'), ['20261123//H501', { parts: 2 }]]);
    expect(after(3 * PART, { parts: 2 })).toEqual([...rows('/2'), ['20261123//H501', { parts: 3 }]]);
    const row = { parts: 4 };
    expect(after(3 * PART, row).at(-1)![1]).toBe(row);
  });

  it('lead to every lookup of the day about the same person', () => {
    const other = ulid(AT.getTime() + 1);
    expect(tagged(requested, { ...refused, data: { ...refused.data, lookup: other } })[`20261123/${TAGS[0]}`]).toEqual({ lookups: [LOOKUP, other] });
  });
});
