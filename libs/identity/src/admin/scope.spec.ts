import type { RoleAssignment } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { administers, administersAlone, concerns, isOfficeOf, mayAssign, reaches, reachesSession, stopsIn, type Scope } from './scope.domain.js';

const gestore: Scope = { role: 'GESTORE' };
const top: Scope = { role: 'TOP', comune: 'H501' };
const admin: Scope = { role: 'ADMIN', comune: 'H501', ente: 'asl_roma1' };
const operatorScope: Scope = { role: 'AUTORIZZATO', comune: 'H501', ente: 'asl_roma1' };

const operator: RoleAssignment = { role: 'AUTORIZZATO', comune: 'H501', ente: 'asl_roma1' };
const elsewhere: RoleAssignment = { role: 'AUTORIZZATO', comune: 'A944', ente: 'asl_roma1' };
const another: RoleAssignment = { role: 'AUTORIZZATO', comune: 'H501', ente: 'altro_ente' };

describe('who may give which role', () => {
  it.each<[who: string, scope: Scope, may: readonly RoleAssignment[], mayNot: readonly RoleAssignment[]]>([
    ['a GESTORE: other GESTORI and TOP', gestore, [{ role: 'GESTORE' }, { role: 'TOP', comune: 'A944' }], [{ ...admin }, operator]],
    ['a TOP: any of its Comune', top, [{ role: 'TOP', comune: 'H501' }, { ...admin }, operator, another], [{ role: 'GESTORE' }, { role: 'TOP', comune: 'A944' }, elsewhere]],
    ['an ADMIN: its AUTORIZZATI', admin, [operator], [{ ...admin }, { role: 'TOP', comune: 'H501' }, { role: 'GESTORE' }, elsewhere, another]],
    ['an AUTORIZZATO: none', operatorScope, [], [operator, { role: 'GESTORE' }]],
  ])('%s', (_, scope, may, mayNot) => {
    expect(may.filter((held) => !mayAssign(scope, held))).toEqual([]);
    expect(mayNot.filter((held) => mayAssign(scope, held))).toEqual([]);
  });
});

describe('what is within reach', () => {
  it('of a TOP its Comune, of an ADMIN its Ente there, of a GESTORE nothing that a Comune grants', () => {
    const places = [{ comune: 'H501', ente: 'asl_roma1' }, { comune: 'H501', ente: 'altro_ente' }, { comune: 'A944', ente: 'asl_roma1' }];
    expect(places.map((place) => reaches(top, place))).toEqual([true, true, false]);
    expect(places.map((place) => reaches(admin, place))).toEqual([true, false, false]);
    expect(places.map((place) => reaches(gestore, place))).toEqual([false, false, false]);
    expect(places.map((place) => reaches(operatorScope, place))).toEqual([false, false, false]);
  });

  it('of a user that works in two Comuni: its role here, and not its person', () => {
    const user = { roles: [operator, elsewhere] };
    expect([administers(top, user), administersAlone(top, user)]).toEqual([true, false]);
    expect([administers(admin, user), administersAlone(admin, user)]).toEqual([true, false]);
    expect(administersAlone(top, { roles: [operator, another] })).toBe(true);
    expect(administersAlone(top, { roles: [] })).toBe(false);
    expect(user.roles.filter((held) => concerns(top, held))).toEqual([operator]);
    expect([operator, another, { role: 'TOP', comune: 'H501' } as const].filter((held) => concerns(admin, held))).toEqual([operator]);
    expect([operator, { role: 'TOP', comune: 'H501' } as const].filter((held) => concerns(gestore, held))).toEqual([{ role: 'TOP', comune: 'H501' }]);
  });
});

describe('where somebody stops a user', () => {
  it('a TOP in its Comune, a GESTORE everywhere', () => {
    expect(stopsIn(top, { roles: [operator, elsewhere] })).toEqual({ by: 'TOP', comune: 'H501' });
    expect(stopsIn(gestore, { roles: [{ role: 'TOP', comune: 'A944' }] })).toEqual({ by: 'GESTORE' });
  });
  it('an ADMIN only where nobody else’s role in the Comune is touched', () => {
    expect(stopsIn(admin, { roles: [operator, elsewhere] })).toEqual({ by: 'ADMIN', comune: 'H501' });
    expect(stopsIn(admin, { roles: [operator, another] })).toBeUndefined();
    expect(stopsIn(admin, { roles: [operator, { role: 'TOP', comune: 'H501' }] })).toBeUndefined();
  });
  it('nobody who does not administer it', () => {
    expect(stopsIn(top, { roles: [elsewhere] })).toBeUndefined();
    expect(stopsIn(gestore, { roles: [operator] })).toBeUndefined();
    expect(stopsIn(operatorScope, { roles: [operator] })).toBeUndefined();
  });
});

describe('which sessions of a user are within reach', () => {
  const user = { roles: [operator, elsewhere, { role: 'ADMIN', comune: 'A944', ente: 'asl_roma1' } as const] };

  it('at an application of the Ente for which it works here', () => {
    expect(reachesSession(top, user, { ente: 'asl_roma1' })).toBe(true);
    expect(reachesSession(admin, user, { ente: 'asl_roma1' })).toBe(true);
    expect(reachesSession(top, user, { ente: 'altro_ente' })).toBe(false);
    expect(reachesSession(gestore, user, { ente: 'asl_roma1' })).toBe(false);
  });
  it('at the console in a role that one may assign', () => {
    expect(reachesSession(top, user, { role: { role: 'ADMIN', comune: 'H501', ente: 'asl_roma1' } })).toBe(true);
    expect(reachesSession(top, user, { role: { role: 'ADMIN', comune: 'A944', ente: 'asl_roma1' } })).toBe(false);
    expect(reachesSession(admin, user, { role: { role: 'ADMIN', comune: 'H501', ente: 'asl_roma1' } })).toBe(false);
    expect(reachesSession(gestore, user, { role: { role: 'TOP', comune: 'A944' } })).toBe(true);
  });
});

it('knows the offices of a Comune by its code at IPA', () => {
  expect(['c_h501', 'c_h501_tributi', 'c_h5010', 'c_a944', 'h501'].map((ente) => isOfficeOf('H501', ente))).toEqual([true, true, false, false, false]);
});
