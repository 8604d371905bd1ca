import type { DomainEvent } from '@geres/kernel';
import { describe, expect, it } from 'vitest';
import { CLAIMS } from '../testing/issuer.js';
import { happened, LET_IN, rightsAfter } from '../testing/rights.js';
import { dumpRights, loadRights } from './index.js';

const { user, application, session } = CLAIMS;
const top = { role: 'TOP', comune: 'H501' };
const admin = { role: 'ADMIN', comune: 'H501', ente: 'c_h501' };
const key = { kty: 'EC', kid: 'uno', alg: 'ES256', crv: 'P-256', x: 'x', y: 'y' };
const keyAdded = (more: object = {}): DomainEvent => ({ type: 'identity.application.key-added', v: 1, data: { application, key: { ...key, ...more } } });
const opened = (id: string, expiresAt: string): DomainEvent => happened.opened({ session: id, expiresAt });

describe('the rights of a user', () => {
  it('start with no role, enabled', () => {
    expect(rightsAfter([happened.enrolled]).users.get(user)).toEqual({ enabled: true, disabledIn: new Set(), roles: [] });
  });

  it('are the roles that were assigned and not removed, each once', () => {
    const { users } = rightsAfter([happened.enrolled, happened.role(top), happened.role(admin), happened.role(top), happened.roleRemoved(admin)]);
    expect(users.get(user)?.roles).toEqual([top]);
  });

  it('tell the same role for two Enti apart', () => {
    const other = { ...admin, ente: 'asl_rm1' };
    const { users } = rightsAfter([happened.enrolled, happened.role(admin), happened.role(other), happened.roleRemoved(admin)]);
    expect(users.get(user)?.roles).toEqual([other]);
  });

  it('are stopped everywhere, or for one Comune alone, and given back', () => {
    const stopped = rightsAfter([happened.enrolled, happened.disabled('H501'), happened.disabled('F205'), happened.disabled()]);
    expect(stopped.users.get(user)).toMatchObject({ enabled: false, disabledIn: new Set(['H501', 'F205']) });
    rightsAfter([happened.enabled(), happened.enabled('H501')], stopped);
    expect(stopped.users.get(user)).toMatchObject({ enabled: true, disabledIn: new Set(['F205']) });
  });

  it('are locked until an instant, or until unlocked', () => {
    expect(rightsAfter([happened.enrolled, happened.locked('2026-11-23T10:00:00.000Z')]).users.get(user)?.lockedUntil).toBe('2026-11-23T10:00:00.000Z');
    expect(rightsAfter([happened.enrolled, happened.locked()]).users.get(user)?.lockedUntil).toBe('always');
    expect(rightsAfter([happened.enrolled, happened.locked(), happened.unlocked]).users.get(user)).not.toHaveProperty('lockedUntil');
  });
});

describe('the rights of an application', () => {
  it('are those of its registration, with its keys', () => {
    const { applications } = rightsAfter([happened.registered, keyAdded(), keyAdded({ kid: 'due' }), keyAdded({ x: 'nuova' })]);
    expect(applications.get(application)).toMatchObject({ ente: 'c_h501', enabled: true, grants: ['jwt-bearer'], keys: [{ kid: 'due' }, { kid: 'uno', x: 'nuova' }] });
  });

  it('lose a key that was removed', () => {
    const removed = { type: 'identity.application.key-removed', v: 1, data: { application, kid: 'uno' } };
    expect(rightsAfter([happened.registered, keyAdded(), keyAdded({ kid: 'due' }), removed]).applications.get(application)?.keys.map(({ kid }) => kid)).toEqual(['due']);
  });

  it('stop and come back with it', () => {
    const state = rightsAfter([happened.registered, happened.applicationDisabled]);
    expect(state.applications.get(application)?.enabled).toBe(false);
    expect(rightsAfter([happened.applicationEnabled], state).applications.get(application)?.enabled).toBe(true);
  });
});

describe('the sessions', () => {
  it('are those that were opened and not closed', () => {
    const state = rightsAfter([happened.opened()]);
    expect(state.sessions.get(session)).toEqual({ user, application, method: 'jwt-bearer', expiresAt: '2100-01-01T00:00:00.000Z' });
    expect(rightsAfter([happened.closed], state).sessions.size).toBe(0);
  });

  it('that have expired leave as others open, and those that have not stay', () => {
    const ids = Array.from({ length: 30 }, (_, n) => `old-${n}`);
    const state = rightsAfter([opened('lasting', '2026-11-25T00:00:00.000Z'), ...ids.map((id) => opened(id, '2026-11-23T10:00:00.000Z'))], undefined, '2026-11-23T09:00:00.000Z');
    expect(state.sessions.size).toBe(31);
    const next = Array.from({ length: 15 }, (_, n) => opened(`new-${n}`, '2026-11-24T12:00:00.000Z'));
    rightsAfter(next, state, '2026-11-24T09:00:00.000Z');
    expect([...state.sessions.keys()].filter((id) => id.startsWith('old-'))).toEqual([]);
    expect(state.sessions.size).toBe(16);
    expect(state.sessions.has('lasting')).toBe(true);
  });
});

describe('the Comuni', () => {
  it('go by their last name and codes', () => {
    const codes = { type: 'identity.comune.codes-changed', v: 1, data: { comune: 'H501', istatCodes: [{ code: '258091', from: '2026-06-01' }] } };
    const renamed = { type: 'identity.comune.renamed', v: 1, data: { comune: 'H501', name: 'Roma Capitale', from: '2026-06-01' } };
    expect(rightsAfter([happened.comune, codes, renamed]).comuni.resolve('258091')).toEqual({ comune: 'H501', name: 'Roma Capitale', province: 'RM', istat: '258091' });
  });
});

describe('the fold', () => {
  const EVERYTHING = [...LET_IN, happened.role(top), happened.role(admin), happened.disabled('F205'), happened.locked('2026-11-23T10:00:00.000Z'), keyAdded(), { type: 'identity.comune.codes-changed', v: 1, data: { comune: 'H501', istatCodes: [{ code: '258091', from: '2026-06-01' }] } }];

  it('is the same after it was kept as a snapshot and read again, and goes on from there', () => {
    const state = rightsAfter(EVERYTHING);
    const restored = loadRights(JSON.parse(JSON.stringify(dumpRights(state))) as object);
    expect(restored).toEqual(state);
    const more = [happened.unlocked, happened.roleRemoved(top), happened.closed, happened.enabled('F205')];
    expect(rightsAfter(more, restored)).toEqual(rightsAfter(more, state));
  });

  it('is the same after the same events arrive twice', () => {
    expect(rightsAfter(EVERYTHING.flatMap((event) => [event, event]))).toEqual(rightsAfter(EVERYTHING));
  });

  it.each([
    ['of a type that this release does not know', { type: 'identity.user.renamed', v: 1, data: { user } }],
    ['of a version that this release does not know', { ...happened.disabled(), v: 2 }],
  ])('stops at an event %s', (_, event) => {
    expect(() => rightsAfter([happened.enrolled, event])).toThrow(expect.objectContaining({ name: 'UnknownEvent' }));
  });

  it('makes nothing of an event about somebody who was never enrolled', () => {
    expect(rightsAfter([happened.role(top), happened.applicationDisabled, happened.closed])).toEqual(rightsAfter([]));
  });
});
