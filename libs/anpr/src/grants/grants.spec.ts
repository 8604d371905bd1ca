import { comuneEvents, connectionEvents, conventionEvents, profileEvents, userEvents, UnknownEvent, type ConventionTerms } from '@geres/contracts';
import type { DomainEvent } from '@geres/kernel';
import { describe, expect, it } from 'vitest';
import { grantsOf, granting, ids, recorded, terms } from '../testing/world.js';
import { applyGrant, assignedKey, connectionKey, dumpGrants, loadGrants, noGrants, type Grants } from './grants.js';

const convention = { convention: ids.convention, comune: ids.comune, ente: ids.ente };
const profile = { profile: ids.profile, convention: ids.convention, comune: ids.comune, ente: ids.ente };
const onConnection = { comune: ids.comune, channel: 'ws' };
const of = (type: string, data: object, v = 1): DomainEvent => ({ type, v, data });
const after = (...events: readonly DomainEvent[]): Grants => grantsOf(...granting(), ...events);
const conventionAfter = (...events: readonly DomainEvent[]) => after(...events).conventions.get(ids.convention)!;
const keyOfUser = assignedKey(ids.user, ids.comune, ids.ente);
const assignment = (id: string) => ({ user: ids.user, profile: id, comune: ids.comune, ente: ids.ente });

describe('what a Comune grants', () => {
  it('is a convention with its applications, from the day it was approved', () => {
    expect(conventionAfter()).toEqual({ id: ids.convention, comune: ids.comune, ente: ids.ente, status: 'approved', terms, recertifyBy: '2027-01-15', applications: new Set([ids.application]) });
    expect(grantsOf(granting()[0]!).conventions.get(ids.convention)).toMatchObject({ status: 'drafted', applications: new Set() });
  });

  it.each<[string, DomainEvent, object]>([
    ['amended', of('identity.convention.amended', { ...convention, terms: { ...terms, territory: 'residenti' } satisfies ConventionTerms }), { status: 'approved', terms: { territory: 'residenti' } }],
    ['suspended', of('identity.convention.suspended', { ...convention, reason: 'x' }), { status: 'suspended' }],
    ['revoked', of('identity.convention.revoked', { ...convention, reason: 'x' }), { status: 'ended' }],
    ['expired', of('identity.convention.expired', { ...convention, on: '2027-12-31' }), { status: 'ended' }],
    ['recertified', of('identity.convention.recertified', { ...convention, recertifyBy: '2028-01-15' }), { recertifyBy: '2028-01-15', status: 'approved' }],
    ['extended', of('identity.convention.extended', { ...convention, to: '2029-12-31' }), { terms: { to: '2029-12-31', from: terms.from } }],
    ['left by its application', of('identity.convention.application-removed', { ...convention, application: ids.application }), { applications: new Set() }],
    ['joined by another application', of('identity.convention.application-admitted', { ...convention, application: 'anagrafe' }), { applications: new Set([ids.application, 'anagrafe']) }],
  ])('changes when it is %s', (_, event, expected) => {
    expect(conventionAfter(event)).toMatchObject(expected);
  });

  it('is granted again when a suspension ends', () => {
    expect(conventionAfter(of('identity.convention.suspended', { ...convention, reason: 'x' }), of('identity.convention.resumed', convention)).status).toBe('approved');
  });

  it('says nothing new about a convention that was never drafted', () => {
    expect(grantsOf(of('identity.convention.approved', { ...convention, approvedAt: '2026-01-15T10:00:00Z', recertifyBy: '2027-01-15' })).conventions.size).toBe(0);
  });

  it('stops with the Comune, and comes back with it', () => {
    const suspended = of('identity.comune.suspended', { comune: ids.comune, reason: 'x' });
    expect(after(suspended).suspendedComuni).toEqual(new Set([ids.comune]));
    expect(after(suspended, of('identity.comune.resumed', { comune: ids.comune })).suspendedComuni).toEqual(new Set());
    expect(after(of('identity.comune.succeeded', { comune: ids.comune, by: 'F205', from: '2027-01-01' })).suspendedComuni).toEqual(new Set([ids.comune]));
  });
});

describe('who has a profile', () => {
  it('has it until it is taken back', () => {
    expect(after().assigned.get(keyOfUser)).toEqual([ids.profile]);
    expect(after(of('identity.user.profile-removed', assignment(ids.profile))).assigned.has(keyOfUser)).toBe(false);
  });

  it('has several in the order they were given, each once', () => {
    const grants = after(of('identity.user.profile-assigned', assignment('B')), of('identity.user.profile-assigned', assignment(ids.profile)));
    expect(grants.assigned.get(keyOfUser)).toEqual(['B', ids.profile]);
  });

  it('has what the profile says now, and nothing when it is withdrawn', () => {
    const changed = of('identity.profile.changed', { ...profile, terms: { name: 'Altro', services: [{ service: 'generalita', modes: ['consultazione'] }] } });
    expect(after(changed).profiles.get(ids.profile)).toMatchObject({ convention: ids.convention, terms: { name: 'Altro' } });
    expect(after(changed, of('identity.profile.withdrawn', profile)).profiles.size).toBe(0);
  });
});

describe('the connections', () => {
  const key = connectionKey(ids.comune, 'ws');
  it('are folded as their own rules say', () => {
    expect(after().connections.get(key)).toMatchObject({ status: 'active', operators: [{ operator: ids.operator, from: '2026-01-01' }] });
    expect(after(of('anpr.connection.suspended', { ...onConnection, reason: 'x' })).connections.get(key)).toMatchObject({ status: 'suspended' });
    expect(after(of('anpr.connection.operator-withdrawn', { ...onConnection, operator: ids.operator, reason: 'x' })).connections.get(key)).toMatchObject({ operators: [] });
  });
});

describe('every event of what it follows', () => {
  const contracts = [...comuneEvents, ...conventionEvents, ...profileEvents, ...userEvents, ...connectionEvents];
  /** Enough of a payload for any of them. */
  const payload = { ...profile, ...onConnection, ...assignment(ids.profile), application: 'x', terms, to: '2028-01-01', from: '2026-01-01', recertifyBy: '2028-01-01', operator: 'x', settings: {}, istatCodes: [], assignment: { role: 'TOP' } };

  it.each(contracts.map(({ type, v }) => [type, v] as const))('is known: %s v%i', (type, v) => {
    const grants = after();
    expect(() => applyGrant(grants, recorded(of(type, payload, v)))).not.toThrow();
  });

  it.each([
    ['of a type that this release does not know', of('identity.convention.blessed', convention)],
    ['of a version that this release does not know', of('identity.convention.approved', convention, 2)],
    ['of a stream that is not its own', of('identity.ente.registered', {})],
  ])('stops it when it is %s', (_, event) => {
    const grants = noGrants();
    expect(() => applyGrant(grants, recorded(event))).toThrow(UnknownEvent);
  });

  it('about who people are changes nothing here', () => {
    const before = dumpGrants(after());
    for (const type of ['enrolled', 'changed', 'role-assigned', 'role-removed', 'credentials-set', 'second-factor-enrolled', 'locked', 'unlocked', 'disabled', 'enabled']) {
      expect(dumpGrants(after(of(`identity.user.${type}`, payload)))).toEqual(before);
    }
  });
});

describe('a snapshot', () => {
  const full = (): Grants => after(of('identity.comune.suspended', { comune: 'F205', reason: 'x' }), of('identity.user.profile-assigned', assignment('B')));

  it('is plain JSON that loads into the same', () => {
    const grants = full();
    expect(loadGrants(JSON.parse(JSON.stringify(dumpGrants(grants))) as object)).toEqual(grants);
    expect(loadGrants(dumpGrants(noGrants()))).toEqual(noGrants());
  });

  it('goes on where it was taken', () => {
    const next = of('identity.convention.application-admitted', { ...convention, application: 'anagrafe' });
    const live = full();
    const loaded = loadGrants(JSON.parse(JSON.stringify(dumpGrants(live))) as object);
    for (const grants of [live, loaded]) applyGrant(grants, recorded(next));
    expect(loaded).toEqual(live);
    expect(loaded.conventions.get(ids.convention)!.applications).toContain('anagrafe');
  });
});
