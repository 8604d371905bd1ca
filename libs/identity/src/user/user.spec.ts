import type { RoleAssignment, Sealed, Tag, UserEvent } from '@geres/contracts';
import { fold } from '@geres/kernel';
import { scenario } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { isDisabledIn, isLocked, user, type EnrolledUser } from './user.domain.js';

const { given } = scenario(user);
const id = '01JD0000000000000000000006';
const details = 's1.details' as Sealed;
const other = 's1.other' as Sealed;
const loginTag = 'b'.repeat(32) as Tag;
const operator: RoleAssignment = { role: 'AUTORIZZATO', comune: 'H501', ente: 'asl_roma1', application: 'anagrafe-asl' };
const place = { comune: 'H501', ente: 'asl_roma1' };
const profile = '01JD0000000000000000000007';

const enrolled: UserEvent = { type: 'identity.user.enrolled', v: 1, data: { user: id, details, loginTag } };
const assigned = (assignment: RoleAssignment): UserEvent => ({ type: 'identity.user.role-assigned', v: 1, data: { user: id, assignment } });
const removed = (assignment: RoleAssignment): UserEvent => ({ type: 'identity.user.role-removed', v: 1, data: { user: id, assignment } });
const given1: UserEvent = { type: 'identity.user.profile-assigned', v: 1, data: { user: id, profile, ...place } };
const taken1: UserEvent = { type: 'identity.user.profile-removed', v: 1, data: { user: id, profile, ...place } };
const stateOf = (...events: readonly UserEvent[]): EnrolledUser => fold(user, events) as EnrolledUser;

describe('enrolling a user', () => {
  const enrol = { type: 'enrol', user: id, details, loginTag } as const;
  const credentials = { hash: 's1.hash' as Sealed, mustChange: true };

  it('enrols it', () => given().when(enrol).then(enrolled));
  it('gives it a role and a password in the same append', () =>
    given()
      .when({ ...enrol, assignment: operator, credentials })
      .then(enrolled, assigned(operator), { type: 'identity.user.credentials-set', v: 1, data: { user: id, ...credentials } }));
  it('refuses one that is enrolled', () => given(enrolled).when(enrol).thenFails('utente-gia-presente'));
  it('refuses a role in no place', () => given().when({ ...enrol, assignment: { role: 'TOP' } }).thenFails('ruolo-non-coerente'));
});

describe('changing name, login or contacts', () => {
  const change = { type: 'change', user: id, details: other, loginTag } as const;

  it('records the sealed details', () => given(enrolled).when(change).then({ type: 'identity.user.changed', v: 1, data: { user: id, details: other, loginTag } }));
  it('does nothing when they were found to be the same', () => given(enrolled).when({ ...change, sameAs: details }).thenNothing());
  it('is not fooled by details that somebody has changed meanwhile', () =>
    given(enrolled, { type: 'identity.user.changed', v: 1, data: { user: id, details: 's1.meanwhile' as Sealed, loginTag } })
      .when({ ...change, sameAs: details })
      .then({ type: 'identity.user.changed', v: 1, data: { user: id, details: other, loginTag } }));
  it('refuses a user that is not there', () => given().when(change).thenFails('utente-assente'));
});

describe('roles', () => {
  it.each<RoleAssignment>([{ role: 'GESTORE' }, { role: 'TOP', comune: 'H501' }, { role: 'ADMIN', ...place }, operator, { role: 'AUTORIZZATO', ...place }])('are assigned: %j', (assignment) =>
    given(enrolled).when({ type: 'assign-role', user: id, assignment }).then(assigned(assignment)),
  );
  it.each<RoleAssignment>([
    { role: 'GESTORE', comune: 'H501' },
    { role: 'TOP' },
    { role: 'TOP', ...place },
    { role: 'ADMIN', comune: 'H501' },
    { role: 'ADMIN', ...place, application: 'anagrafe-asl' },
    { role: 'AUTORIZZATO', comune: 'H501' },
  ])('are refused in another place than theirs: %j', (assignment) => given(enrolled).when({ type: 'assign-role', user: id, assignment }).thenFails('ruolo-non-coerente'));
  it('are assigned once', () => given(enrolled, assigned(operator)).when({ type: 'assign-role', user: id, assignment: operator }).thenNothing());
  it('are removed', () => given(enrolled, assigned({ role: 'TOP', comune: 'H501' })).when({ type: 'remove-role', user: id, assignment: { role: 'TOP', comune: 'H501' } }).then(removed({ role: 'TOP', comune: 'H501' })));
  it('are removed only where they are held', () => given(enrolled).when({ type: 'remove-role', user: id, assignment: operator }).thenFails('ruolo-assente'));
  it('take the profiles given there with them', () => given(enrolled, assigned(operator), given1).when({ type: 'remove-role', user: id, assignment: operator }).then(taken1, removed(operator)));
  it('leave the profiles while another role of that Ente and Comune is held', () => {
    const { application: _, ...unbound } = operator;
    given(enrolled, assigned(operator), assigned(unbound), given1).when({ type: 'remove-role', user: id, assignment: operator }).then(removed(operator));
  });
});

describe('profiles', () => {
  const give = { type: 'assign-profile', user: id, profile, ...place, of: place } as const;

  it('are given to an AUTORIZZATO of that Ente and Comune', () => given(enrolled, assigned(operator)).when(give).then(given1));
  it('are given once', () => given(enrolled, assigned(operator), given1).when(give).thenNothing());
  it('are not given when withdrawn or unknown', () => given(enrolled, assigned(operator)).when({ ...give, of: undefined }).thenFails('profilo-non-assegnabile'));
  it('are not given for another place', () => given(enrolled, assigned(operator)).when({ ...give, of: { comune: 'A944', ente: 'asl_roma1' } }).thenFails('profilo-di-altro-ente'));
  it('are not given to who is not AUTORIZZATO there', () => {
    given(enrolled).when(give).thenFails('non-autorizzato-per-ente');
    given(enrolled, assigned({ role: 'ADMIN', ...place })).when(give).thenFails('non-autorizzato-per-ente');
  });
  it('are taken back', () => given(enrolled, assigned(operator), given1).when({ type: 'remove-profile', user: id, profile }).then(taken1));
  it('are taken back once', () => given(enrolled, assigned(operator)).when({ type: 'remove-profile', user: id, profile }).thenNothing());
});

describe('stopping a user', () => {
  const stopped = (by: 'GESTORE' | 'TOP' | 'ADMIN', comune?: string): UserEvent => ({ type: 'identity.user.disabled', v: 1, data: { user: id, reason: 'prova', by, ...(comune === undefined ? {} : { comune }) } });
  const stop = { type: 'disable', user: id, reason: 'prova', by: 'TOP', comune: 'H501' } as const;
  const start = { type: 'enable', user: id, by: 'TOP', comune: 'H501' } as const;
  const started: UserEvent = { type: 'identity.user.enabled', v: 1, data: { user: id, comune: 'H501' } };

  it('stops it in one Comune, and nowhere else', () => {
    given(enrolled).when(stop).then(stopped('TOP', 'H501'));
    const state = stateOf(enrolled, stopped('TOP', 'H501'));
    expect([isDisabledIn(state, 'H501'), isDisabledIn(state, 'A944')]).toEqual([true, false]);
  });
  it('stops it everywhere', () => {
    given(enrolled).when({ type: 'disable', user: id, reason: 'prova', by: 'GESTORE' }).then(stopped('GESTORE'));
    expect(isDisabledIn(stateOf(enrolled, stopped('GESTORE')), 'A944')).toBe(true);
  });
  it('stops it once, and a TOP also where an ADMIN has stopped it', () => {
    given(enrolled, stopped('TOP', 'H501')).when(stop).thenNothing();
    given(enrolled, stopped('TOP', 'H501')).when({ ...stop, by: 'ADMIN' }).thenNothing();
    given(enrolled, stopped('ADMIN', 'H501')).when(stop).then(stopped('TOP', 'H501'));
  });
  it('is undone by who did it, or who stands above', () => {
    given(enrolled, stopped('TOP', 'H501')).when(start).then(started);
    given(enrolled, stopped('ADMIN', 'H501')).when(start).then(started);
  });
  it('is not undone by who stands below', () => given(enrolled, stopped('ADMIN', 'H501'), stopped('TOP', 'H501')).when({ ...start, by: 'ADMIN' }).thenFails('disabilitato-da-altri'));
  it('is undone once, and where it was done', () => {
    given(enrolled).when(start).thenNothing();
    given(enrolled, stopped('TOP', 'A944')).when(start).thenNothing();
  });
});

describe('locking a user', () => {
  const until = '2026-11-23T09:15:00.000Z';
  const locked = (at?: string): UserEvent => ({ type: 'identity.user.locked', v: 1, data: { user: id, reason: 'prova', ...(at === undefined ? {} : { until: at }) } });

  it('locks it until an instant, or until it is unlocked', () => {
    given(enrolled).when({ type: 'lock', user: id, reason: 'prova', until }).then(locked(until));
    expect(isLocked(stateOf(enrolled, locked(until)), new Date('2026-11-23T09:14:59.999Z'))).toBe(true);
    expect(isLocked(stateOf(enrolled, locked(until)), new Date(until))).toBe(false);
    expect(isLocked(stateOf(enrolled, locked()), new Date('2099-01-01T00:00:00.000Z'))).toBe(true);
  });
  it('never shortens a lock without an end', () => given(enrolled, locked()).when({ type: 'lock', user: id, reason: 'prova', until }).thenNothing());
  it('unlocks it, once', () => {
    given(enrolled, locked()).when({ type: 'unlock', user: id }).then({ type: 'identity.user.unlocked', v: 1, data: { user: id } });
    given(enrolled).when({ type: 'unlock', user: id }).thenNothing();
  });
  it('refuses a user that is not there', () => given().when({ type: 'unlock', user: id }).thenFails('utente-assente'));
});
