import { AccessClaims } from '@geres/contracts';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { CLAIMS, goodClaims, type Claims } from '../testing/issuer.js';
import { callerOf } from './caller.js';

const NOW = new Date('2026-11-23T09:00:00.400Z');
const request = { id: '0f9b2a52-6c1f-4c8e-9d53-1d0f3c1b2a11', ip: '10.1.2.3' } as FastifyRequest;
const caller = (claims: Claims = {}) => callerOf(AccessClaims.parse({ ...goodClaims('http://geres.example', NOW.getTime()), ...claims }), request, 'test', () => NOW);

describe('who calls', () => {
  it('is an operator, through an application, in a session', () => {
    expect(caller()).toMatchObject({ user: CLAIMS.user, application: CLAIMS.application, session: CLAIMS.session, network: '10.1.2.3', correlationId: request.id, scope: [] });
    expect(caller()).not.toHaveProperty('role');
  });

  it('is an application alone where no session stands behind the token', () => {
    const alone = caller({ sub: 'rendiconti', client_id: 'rendiconti', sid: undefined });
    expect(alone).toMatchObject({ application: 'rendiconti' });
    expect([alone.user, alone.session]).toEqual([undefined, undefined]);
  });

  it.each([
    [{ ruolo: 'GESTORE' }, { role: 'GESTORE' }],
    [{ ruolo: 'TOP', comune: 'H501' }, { role: 'TOP', comune: 'H501' }],
    [{ ruolo: 'ADMIN', comune: 'H501', ente: 'c_h501' }, { role: 'ADMIN', comune: 'H501', ente: 'c_h501' }],
  ])('acts in the role chosen at sign-in: %j', (claims, role) => {
    expect(caller(claims).role).toEqual(role);
  });

  it('has the scopes of the token', () => {
    expect(caller({ scope: 'openid  profile' }).scope).toEqual(['openid', 'profile']);
  });
});

describe('the metadata of what a caller causes', () => {
  it('names user, application, session, command and environment', () => {
    expect(caller().meta('01JDC0MMAND00000000000000A')).toEqual({
      actor: `user:${CLAIMS.user}`,
      application: CLAIMS.application,
      session: CLAIMS.session,
      correlationId: request.id,
      causationId: '01JDC0MMAND00000000000000A',
      recordedAt: NOW.toISOString(),
      environment: 'test',
    });
  });

  it('names the application as the actor where nobody stands behind it', () => {
    const meta = caller({ sub: 'rendiconti', client_id: 'rendiconti', sid: undefined }).meta('c');
    expect(meta.actor).toBe('application:rendiconti');
    expect(meta).not.toHaveProperty('session');
  });
});
