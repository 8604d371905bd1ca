import { AccessClaims, AUDIENCES, JWT_BEARER } from '@geres/contracts';
import { handle, isCaughtUp, whole, type Recorded } from '@geres/kernel';
import { openSqliteCollections } from '@geres/platform/collections';
import fastify from 'fastify';
import { createRemoteJWKSet, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { application } from '../application/application.domain.js';
import { convention } from '../convention/convention.domain.js';
import { demoConventionId, demoUserId } from '../demo/seed.js';
import { openIdentity } from '../identity.js';
import { claimsFor, serve, signed, type Served } from '../testing/served.js';
import { oidcPlugin } from './plugin.js';

interface Told {
  readonly access_token: string;
  readonly expires_in: number;
  readonly token_type: string;
  readonly error: string;
  readonly error_description: string;
}

const CLIENT = 'tributi-roma';
const OPERATOR = 'operatore.roma';

describe('an application that vouches for its operator (RFC 7523)', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  const ask = async (assertion: string, client = CLIENT, more: Record<string, string> = {}): Promise<{ status: number; body: Told }> => {
    const response = await served.post('/token', { grant_type: JWT_BEARER, client_id: client, assertion, ...more });
    return { status: response.status, body: (await response.json()) as Told };
  };
  const askAs = async (login: string, client = CLIENT): Promise<{ status: number; body: Told }> => ask(await signed(served, client, claimsFor(served, client, login)), client);

  async function sessionEvents(): Promise<readonly Recorded[]> {
    const stop = new AbortController();
    const found: Recorded[] = [];
    for await (const item of served.world.store.subscribe('start', { prefixes: ['session-'], signal: stop.signal })) {
      if (isCaughtUp(item)) break;
      found.push(item);
    }
    stop.abort();
    return found;
  }

  it('gets a token for the gateway: ES256, at+jwt, five minutes, with exactly the claims of the contract', async () => {
    const { status, body } = await askAs(OPERATOR);
    expect(status).toBe(200);
    expect(body).toMatchObject({ expires_in: 300, token_type: 'Bearer' });
    const { payload } = await jwtVerify(body.access_token, createRemoteJWKSet(new URL(`${served.issuer}/jwks`)), { issuer: served.issuer, audience: AUDIENCES.gateway, typ: 'at+jwt', algorithms: ['ES256'] });
    expect(AccessClaims.strict().parse(payload)).toMatchObject({ sub: demoUserId(OPERATOR), client_id: CLIENT, ambiente: 'test' });
    expect(payload.exp! - payload.iat!).toBe(300);
    const { events } = await whole(served.world.store.read(`session-${String(payload['sid'])}`));
    expect(events.map(({ type }) => type)).toEqual(['identity.session.opened']);
  });

  it('uses the same session again while it lasts, also for tokens asked together', async () => {
    const told = await Promise.all([askAs('operatore.roma2'), askAs('operatore.roma2'), askAs('operatore.roma2')]);
    const later = await askAs('operatore.roma2');
    const sessions = [...told, later].map(({ body }) => (JSON.parse(Buffer.from(body.access_token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid);
    expect(new Set(sessions).size).toBe(1);
  });

  it('accepts an EC key, the token endpoint as audience, and an operator of several Comuni', async () => {
    const claims = { ...claimsFor(served, 'tributi-bologna', 'operatore.bologna'), aud: `${served.issuer}/token` };
    expect((await ask(await signed(served, 'tributi-bologna', claims), 'tributi-bologna')).status).toBe(200);
    expect((await askAs('operatore.esempio', 'verifiche-esempio')).status).toBe(200);
  });

  it('accepts an assertion once', async () => {
    const assertion = await signed(served, CLIENT, claimsFor(served, CLIENT, OPERATOR));
    const both = await Promise.all([ask(assertion), ask(assertion)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  it('accepts it once also after a restart that lost every read model and the state of sign-ins', async () => {
    const assertion = await signed(served, CLIENT, claimsFor(served, CLIENT, OPERATOR));
    expect((await ask(assertion)).status).toBe(200);
    const { world, publicUrl, issuer } = served;
    const collections = await openSqliteCollections({ file: join(world.folder, 'nuove.db'), durability: 'normal' });
    const restarted = openIdentity({ ...world, collections, environment: 'test', incarnation: randomUUID(), publicUrl: () => publicUrl });
    const server = fastify();
    try {
      await server.register(oidcPlugin, { prefix: '/oidc/test', environment: 'test', oidc: restarted.oidc });
      const post = async (value: string): Promise<{ error?: string; error_description?: string; access_token?: string }> =>
        (
          await server.inject({
            method: 'POST',
            url: `${new URL(issuer).pathname}/token`,
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            payload: new URLSearchParams({ grant_type: JWT_BEARER, client_id: CLIENT, assertion: value }).toString(),
          })
        ).json();
      expect(await post(assertion)).toMatchObject({ error: 'invalid_grant', error_description: 'L’asserzione (jti) è già stata usata.' });
      expect((await post(await signed(served, CLIENT, claimsFor(served, CLIENT, OPERATOR)))).access_token).toBeDefined();
    } finally {
      await server.close();
      await collections.close();
    }
  });

  it('is refused for an operator of its Ente that is bound to another application, or to none', async () => {
    const user = '01JD0000000000000000000007';
    const role = { role: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501' } as const;
    const { users } = served.identity;
    await users.enrol(user, { login: 'non.legato', name: 'Non', surname: 'Legato' }, served.world.meta(), { assignment: role });
    expect((await askAs('non.legato')).status).toBe(400);
    await users.run({ type: 'assign-role', user, assignment: { ...role, application: CLIENT } }, served.world.meta());
    expect((await askAs('non.legato')).status).toBe(200);
  });

  it('tells nobody whether an operator exists', async () => {
    const told = await Promise.all(['nessuno', 'operatore.bologna', 'admin.roma'].map(async (login) => (await askAs(login)).body.error_description));
    expect(new Set(told)).toEqual(new Set(['L’operatore non è abilitato a questa applicazione.']));
  });

  it('is not made to fill the archive by whoever sends what is not theirs', async () => {
    const before = (await sessionEvents()).length;
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask('x.y', 'tributi-bologna')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    expect((await sessionEvents()).length - before).toBeLessThanOrEqual(2 * 60);
    expect((await sessionEvents()).length - before).toBeLessThan(100);
  });

  const wrong: readonly (readonly [name: string, reason: string, (claims: JWTPayload & { iat: number; exp: number }) => Promise<string> | string])[] = [
    ['is not a JWT', 'asserzione-illeggibile', () => 'x.y'],
    ['has no algorithm', 'algoritmo-non-ammesso', (claims) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`],
    ['is signed with a secret', 'algoritmo-non-ammesso', (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32, 1))],
    ['is signed with another algorithm', 'algoritmo-non-ammesso', (claims) => signed(served, CLIENT, claims, { alg: 'RS512' })],
    ['is signed with a key that is not known', 'chiave-sconosciuta', (claims) => signed(served, CLIENT, claims, { header: { kid: 'altra' } })],
    ['is signed by somebody else', 'firma-non-valida', async (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign((await generateKeyPair('RS256')).privateKey)],
    ['is signed with the key of another application', 'algoritmo-non-ammesso', (claims) => signed(served, 'tributi-bologna', claims)],
    ['has another issuer', 'emittente-diverso', (claims) => signed(served, CLIENT, { ...claims, iss: 'tributi-bologna' })],
    ['has another audience', 'destinatario-diverso', (claims) => signed(served, CLIENT, { ...claims, aud: 'https://altrove.example' })],
    ['has expired', 'asserzione-scaduta', (claims) => signed(served, CLIENT, { ...claims, iat: claims.iat - 200, exp: claims.iat - 60 })],
    ['lasts more than five minutes', 'durata-eccessiva', (claims) => signed(served, CLIENT, { ...claims, exp: claims.iat + 301 })],
    ['ends in a far future', 'durata-eccessiva', (claims) => signed(served, CLIENT, { ...claims, exp: claims.iat + 86_400 })],
    ['comes from the future', 'asserzione-futura', (claims) => signed(served, CLIENT, { ...claims, iat: claims.iat + 60, exp: claims.iat + 120 })],
    ['holds only later', 'asserzione-futura', (claims) => signed(served, CLIENT, { ...claims, nbf: claims.iat + 60 })],
    ['has no jti', 'dichiarazioni-mancanti', ({ jti: _, ...claims }) => signed(served, CLIENT, claims)],
    ['has no iat', 'dichiarazioni-mancanti', ({ iat: _, ...claims }) => signed(served, CLIENT, claims)],
    ['has no exp', 'dichiarazioni-mancanti', ({ exp: _, ...claims }) => signed(served, CLIENT, claims)],
    ['has no sub', 'dichiarazioni-mancanti', ({ sub: _, ...claims }) => signed(served, CLIENT, claims)],
    ['names an operator that does not exist', 'utente-sconosciuto', (claims) => signed(served, CLIENT, { ...claims, sub: 'nessuno' })],
    ['names an operator of another Ente', 'operatore-non-legato', (claims) => signed(served, CLIENT, { ...claims, sub: 'operatore.bologna' })],
    ['names an administrator', 'operatore-non-legato', (claims) => signed(served, CLIENT, { ...claims, sub: 'admin.roma' })],
  ];

  it.each(wrong)('refuses an assertion that %s, and records it (%s)', async (_, reason, make) => {
    const { status, body } = await ask(await make(claimsFor(served, CLIENT, OPERATOR)));
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' });
    expect(body.error_description).toMatch(/^(?:L’|La |Nell’|iss |aud )/);
    const last = (await sessionEvents()).at(-1);
    expect(last).toMatchObject({ type: 'identity.session.refused', data: { application: CLIENT, method: 'jwt-bearer', reason } });
  });

  it('refuses what does not belong to the grant: no assertion, another resource, an unknown or wrong client', async () => {
    const good = async (): Promise<string> => signed(served, CLIENT, claimsFor(served, CLIENT, OPERATOR));
    expect((await ask('')).body.error).toBe('invalid_request');
    expect((await ask(await good(), CLIENT, { resource: AUDIENCES.admin })).body.error).toBe('invalid_target');
    const unknown = await ask(await good(), 'sconosciuta');
    expect(unknown).toMatchObject({ status: 401, body: { error: 'invalid_client', error_description: 'L’applicazione non è riconosciuta.' } });
    expect((await ask(await good(), 'rendiconti-roma')).status).toBe(401);
    expect((await ask(await good(), 'geres-console')).body.error).toBe('invalid_request');
  });

  it('refuses an operator who was locked or disabled, in general or in that Comune, from that moment on', async () => {
    const login = 'operatore.limitato';
    const user = demoUserId(login);
    const { users } = served.identity;
    const { meta } = served.world;
    const status = async (): Promise<number> => (await askAs(login)).status;
    expect(await status()).toBe(200);
    await users.run({ type: 'lock', user, reason: 'prova' }, meta());
    expect(await status()).toBe(400);
    await users.run({ type: 'unlock', user }, meta());
    await users.run({ type: 'disable', user, reason: 'prova', by: 'TOP', comune: 'H501' }, meta());
    expect(await status()).toBe(400);
    await users.run({ type: 'enable', user, by: 'TOP', comune: 'H501' }, meta());
    await users.run({ type: 'disable', user, reason: 'prova', by: 'GESTORE' }, meta());
    expect(await status()).toBe(400);
    await users.run({ type: 'enable', user, by: 'GESTORE' }, meta());
    expect(await status()).toBe(200);
  });

  it('opens another session once the first was closed', async () => {
    const sid = (told: Told): string => (JSON.parse(Buffer.from(told.access_token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
    const first = sid((await askAs('agente.matera', 'pattuglia-matera')).body);
    await served.identity.sessions.close(first, 'prova', served.world.meta());
    const second = sid((await askAs('agente.matera', 'pattuglia-matera')).body);
    expect(second).not.toBe(first);
  });

  it('refuses a disabled application, a removed key, and an application whose convention does not let it vouch', async () => {
    const { store, meta } = served.world;
    const client = 'tributi-matera';
    const status = async (): Promise<number> => (await askAs('operatore.matera', client)).status;
    expect(await status()).toBe(200);
    await handle(store, application, `application-${client}`, { type: 'disable', application: client, reason: 'prova' }, meta());
    expect(await status()).toBe(401);
    await handle(store, application, `application-${client}`, { type: 'enable', application: client }, meta());
    const of = { convention: demoConventionId('F052', 'c_f052'), comune: 'F052', ente: 'c_f052' };
    const { position } = await handle(store, convention, `convention-${of.convention}`, { type: 'suspend', ...of, reason: 'prova' }, meta());
    await served.identity.readModels.seen('conventions', position!, 5000);
    expect((await askAs('operatore.matera', client)).body.error_description).toMatch(/convenzione/);
    const resumed = await handle(store, convention, `convention-${of.convention}`, { type: 'resume', ...of }, meta());
    await served.identity.readModels.seen('conventions', resumed.position!, 5000);
    expect(await status()).toBe(200);
    const { events } = await whole(store.read(`application-${client}`));
    const { kid } = (events.find(({ type }) => type === 'identity.application.key-added')!.data as { key: { kid: string } }).key;
    await handle(store, application, `application-${client}`, { type: 'remove-key', application: client, kid }, meta());
    expect(await status()).toBe(400);
  });
});
