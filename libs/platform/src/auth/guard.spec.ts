import { AUDIENCES } from '@geres/contracts';
import type { DomainEvent } from '@geres/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openGuardedApp, type GuardedApp } from '../testing/guarded-app.js';
import { CLAIMS, type Claims } from '../testing/issuer.js';
import { happened, LET_IN } from '../testing/rights.js';

const IDENTIFIED = '/api/v1/prova';
const STANDING = '/monitoraggio/v1/prova';
const ENFORCED = '/amministrazione/v1/prova';
const TOP = { role: 'TOP', comune: 'H501' };
const asTop = { ruolo: 'TOP', comune: 'H501' };

let app: GuardedApp;
beforeEach(async () => void (app = await openGuardedApp()));
afterEach(() => app.close());

describe('a service that enforces rights', () => {
  it('lets in an operator of whom nothing is against', async () => {
    await app.happens(...LET_IN);
    expect((await app.as(STANDING)).status).toBe(200);
  });

  it.each<[string, DomainEvent, number, string]>([
    ['a session that is closed', happened.closed, 401, 'sessione-chiusa'],
    ['a user who is disabled', happened.disabled(), 403, 'utente-non-abilitato'],
    ['a user who is locked', happened.locked(), 403, 'utente-non-abilitato'],
    ['an application that is disabled', happened.applicationDisabled, 403, 'applicazione-non-abilitata'],
  ])('stops %s, though the token had been accepted and is still good', async (_, event, status, code) => {
    await app.happens(...LET_IN);
    const authorization = `Bearer ${await app.issuer.token({ aud: AUDIENCES.monitoring })}`;
    expect((await app.get(STANDING, authorization)).status).toBe(200);
    await app.happens(event);
    expect(await app.get(STANDING, authorization)).toMatchObject({ status, code });
  });

  it('stops a session when it expires', async () => {
    await app.happens(happened.enrolled, happened.registered, happened.opened({ expiresAt: new Date(Date.now() + 60_000).toISOString() }));
    expect((await app.as(STANDING)).status).toBe(200);
    app.ahead = 60_000;
    expect(await app.as(STANDING)).toMatchObject({ status: 401, code: 'sessione-chiusa' });
  });

  it('does not know a session that nobody opened', async () => {
    await app.happens(happened.enrolled, happened.registered);
    expect(await app.as(STANDING)).toMatchObject({ status: 401, code: 'sessione-chiusa' });
  });

  it.each<[string, readonly DomainEvent[], DomainEvent, Claims]>([
    ['a session', [happened.enrolled, happened.registered], happened.opened(), {}],
    ['an application', [], happened.registered, { sub: CLAIMS.application, sid: undefined }],
  ])('waits for %s that it has not seen yet', async (_, before, event, claims) => {
    await app.happens(...before);
    const looks = vi.spyOn(app.rights, 'canTell');
    const letGo = app.stall();
    await app.append(event);
    const asked = app.as(STANDING, claims);
    await expect.poll(() => looks.mock.calls.length).toBe(1);
    letGo();
    expect((await asked).status).toBe(200);
  });

  it('lets nobody in when it cannot be shown that rights are fresh, and lets them in again when it can', async () => {
    await app.happens(...LET_IN);
    const letGo = app.stall();
    await expect.poll(() => app.as(STANDING), { timeout: 10_000 }).toMatchObject({ status: 503, code: 'diritti-non-verificabili' });
    expect((await app.as(STANDING)).headers.get('retry-after')).toBe('1');
    letGo();
    await expect.poll(() => app.as(STANDING)).toMatchObject({ status: 200 });
  });

  it('lets nobody in after an event that this release does not know', async () => {
    await app.happens(...LET_IN);
    await app.append({ ...happened.unlocked, v: 9 });
    await expect.poll(() => app.as(STANDING)).toMatchObject({ status: 503, code: 'diritti-non-verificabili' });
  });

  it('lets in an application without a person, while it is registered and enabled', async () => {
    const alone = { sub: CLAIMS.application, sid: undefined };
    expect(await app.as(STANDING, alone)).toMatchObject({ status: 403, code: 'applicazione-non-abilitata' });
    await app.happens(happened.registered);
    expect((await app.as(STANDING, alone)).status).toBe(200);
  });
});

describe('a service that only identifies', () => {
  it('lets in whoever has a good token: who decides also records why not', async () => {
    await app.happens(...LET_IN, happened.closed, happened.disabled(), happened.applicationDisabled);
    expect(await app.as(IDENTIFIED)).toMatchObject({ status: 200, body: { user: CLAIMS.user } });
  });

  it('enforces a route that names its roles all the same', async () => {
    await app.happens(...LET_IN, happened.role(TOP));
    expect((await app.as(`${IDENTIFIED}/top`, asTop)).status).toBe(200);
    await app.happens(happened.closed);
    expect(await app.as(`${IDENTIFIED}/top`, asTop)).toMatchObject({ status: 401, code: 'sessione-chiusa' });
  });
});

describe('a route with roles', () => {
  beforeEach(() => app.happens(...LET_IN, happened.role(TOP), happened.role({ role: 'ADMIN', comune: 'H501', ente: 'c_h501' })));

  it.each([
    ['the TOP', ENFORCED, asTop, 200],
    ['the ADMIN', ENFORCED, { ruolo: 'ADMIN', comune: 'H501', ente: 'c_h501' }, 200],
    ['the TOP, where TOP alone is admitted', `${ENFORCED}/top`, asTop, 200],
    ['the ADMIN, where TOP alone is admitted', `${ENFORCED}/top`, { ruolo: 'ADMIN', comune: 'H501', ente: 'c_h501' }, 403],
    ['an AUTORIZZATO', ENFORCED, { ruolo: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501' }, 403],
    ['a TOP of another Comune than its own', ENFORCED, { ruolo: 'TOP', comune: 'F205' }, 403],
    ['a GESTORE who is none', ENFORCED, { ruolo: 'GESTORE' }, 403],
    ['somebody who has chosen no role', ENFORCED, {}, 403],
  ])('answers %s with its due', async (_, path, claims, status) => {
    expect(await app.as(path, claims)).toMatchObject(status === 200 ? { status } : { status, code: 'non-autorizzato' });
  });

  it.each<[string, DomainEvent]>([
    ['the role is removed', happened.roleRemoved(TOP)],
    ['the Comune of the role stops the user', happened.disabled('H501')],
  ])('closes when %s, though the token still says it', async (_, event) => {
    expect((await app.as(ENFORCED, asTop)).status).toBe(200);
    await app.happens(event);
    expect(await app.as(ENFORCED, asTop)).toMatchObject({ status: 403, code: 'non-autorizzato' });
  });

  it('closes to an application without a person', async () => {
    expect(await app.as(ENFORCED, { ...asTop, sub: CLAIMS.application, sid: undefined })).toMatchObject({ status: 403, code: 'non-autorizzato' });
  });
});

describe('the guard of a service', () => {
  it('looks after its own addresses, each with its own audience, and no others', async () => {
    await app.happens(...LET_IN, happened.role(TOP));
    expect((await app.as(ENFORCED, { ...asTop, aud: AUDIENCES.gateway })).status).toBe(401);
    expect((await app.as(IDENTIFIED, { aud: AUDIENCES.admin })).status).toBe(401);
    expect((await app.get('/health/live')).status).toBe(200);
  });

  it('tells somebody without a token nothing about what is there', async () => {
    expect(await app.get(`${IDENTIFIED}`)).toMatchObject({ status: 401, code: 'non-autenticato' });
    expect(await app.get(`${ENFORCED}/top`)).toMatchObject({ status: 401, code: 'non-autenticato' });
  });
});
