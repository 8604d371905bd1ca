import type { DomainEvent } from '@geres/kernel';
import { describe, expect, it } from 'vitest';
import { CLAIMS } from '../testing/issuer.js';
import { happened, LET_IN, NOW, rightsAfter } from '../testing/rights.js';
import { holdsRole, standingOf } from './index.js';

const now = new Date(NOW);
const { user, application, session } = CLAIMS;
const operator = { user, application, session };

describe('whether a caller with a good token may enter', () => {
  it.each<[string, readonly DomainEvent[], string | undefined]>([
    ['nothing is against it', LET_IN, undefined],
    ['the session is closed', [...LET_IN, happened.closed], 'sessione-chiusa'],
    ['the session is not known', [happened.enrolled, happened.registered], 'sessione-chiusa'],
    ['the session has expired', [happened.enrolled, happened.registered, happened.opened({ expiresAt: NOW })], 'sessione-chiusa'],
    ['the session is somebody else’s', [happened.enrolled, happened.registered, happened.opened({ user: '01JDUSER00000000000000000B' })], 'sessione-chiusa'],
    ['the session is of another application', [happened.enrolled, happened.registered, happened.opened({ application: 'anagrafe' })], 'sessione-chiusa'],
    ['the user is not known', [happened.registered, happened.opened()], 'utente-non-abilitato'],
    ['the user is disabled', [...LET_IN, happened.disabled()], 'utente-non-abilitato'],
    ['the user is enabled again', [...LET_IN, happened.disabled(), happened.enabled()], undefined],
    ['one Comune alone has stopped the user', [...LET_IN, happened.disabled('H501')], undefined],
    ['the user is locked', [...LET_IN, happened.locked()], 'utente-non-abilitato'],
    ['the user is locked until later', [...LET_IN, happened.locked('2026-11-23T09:00:01.000Z')], 'utente-non-abilitato'],
    ['the user was locked until now', [...LET_IN, happened.locked(NOW)], undefined],
    ['the application is disabled', [...LET_IN, happened.applicationDisabled], 'applicazione-non-abilitata'],
    ['the application is enabled again', [...LET_IN, happened.applicationDisabled, happened.applicationEnabled], undefined],
    ['everything is against it: the session speaks', [...LET_IN, happened.applicationDisabled, happened.disabled(), happened.closed], 'sessione-chiusa'],
  ])('%s', (_, events, expected) => {
    expect(standingOf(rightsAfter(events), operator, now)).toBe(expected);
  });

  it('the console is no application of an Ente: its session counts', () => {
    const events = [happened.enrolled, happened.opened({ application: 'console' })];
    expect(standingOf(rightsAfter(events), { user, session, application: 'console' }, now)).toBeUndefined();
  });

  it('an application alone enters while it is registered and enabled', () => {
    const alone = { application, user: undefined, session: undefined } as unknown as typeof operator;
    expect(standingOf(rightsAfter([happened.registered]), alone, now)).toBeUndefined();
    expect(standingOf(rightsAfter([happened.registered, happened.applicationDisabled]), alone, now)).toBe('applicazione-non-abilitata');
    expect(standingOf(rightsAfter([]), alone, now)).toBe('applicazione-non-abilitata');
  });
});

describe('whether the role of a token is still held', () => {
  const role = { role: 'ADMIN', comune: 'H501', ente: 'c_h501' } as const;
  const caller = { user, role };
  const given = (...events: readonly DomainEvent[]) => rightsAfter([happened.enrolled, happened.role(role), ...events]);

  it('it is until it is removed', () => {
    expect(holdsRole(given(), caller)).toBe(true);
    expect(holdsRole(given(happened.roleRemoved(role)), caller)).toBe(false);
  });

  it.each([
    ['of another Comune', { ...role, comune: 'F205' }],
    ['of another Ente', { ...role, ente: 'asl_rm1' }],
    ['that is another one', { ...role, role: 'TOP' as const }],
    ['of a Comune without its Ente', { role: 'ADMIN' as const, comune: 'H501' }],
  ])('a role %s is not held with it', (_, other) => {
    expect(holdsRole(given(), { user, role: other })).toBe(false);
  });

  it('it is not where its Comune has stopped the user, and it is in another', () => {
    const other = { role: 'TOP', comune: 'F205' } as const;
    const rights = given(happened.role(other), happened.disabled('H501'));
    expect(holdsRole(rights, caller)).toBe(false);
    expect(holdsRole(rights, { user, role: other })).toBe(true);
  });

  it('nobody holds one without a user, or without a role', () => {
    expect(holdsRole(given(), { role } as unknown as typeof caller)).toBe(false);
    expect(holdsRole(given(), { user } as unknown as typeof caller)).toBe(false);
    expect(holdsRole(rightsAfter([]), caller)).toBe(false);
  });
});
