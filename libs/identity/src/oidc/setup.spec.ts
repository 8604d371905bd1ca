import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { seedDemo } from '../demo/seed.js';
import { demoToken } from '../demo/token.js';
import { openIdentity, type Identity } from '../identity.js';
import { memoryWorld } from '../testing/world.js';
import { oidcPlugin } from './plugin.js';

const form = (code: string, more: Readonly<Record<string, string>> = {}): string =>
  new URLSearchParams({ codice: code, nome: 'Prima', cognome: 'Persona', utente: 'gestore.uno', password: 'lunga-abbastanza', ripetuta: 'lunga-abbastanza', ...more }).toString();

describe('the first start in production', () => {
  let world: ReturnType<typeof memoryWorld> & { readonly signal: AbortSignal };
  let stopping: AbortController;
  let identity: Identity;
  let server: FastifyInstance;

  beforeEach(async () => {
    stopping = new AbortController();
    world = { ...memoryWorld(), signal: stopping.signal };
    identity = openIdentity({ ...world, environment: 'produzione', incarnation: randomUUID(), publicUrl: () => 'http://127.0.0.1:8080' });
    server = fastify();
    await server.register(oidcPlugin, { prefix: '/oidc/produzione', environment: 'produzione', oidc: identity.oidc });
  });
  afterEach(async () => {
    await server.close();
    stopping.abort();
  });

  const post = async (payload: string): Promise<{ statusCode: number; body: string }> =>
    server.inject({ method: 'POST', url: '/oidc/produzione/primo-avvio', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload });

  it('creates the GESTORE with the code that was printed, once', async () => {
    const code = (await identity.setup.code())!;
    expect((await server.inject('/oidc/produzione/primo-avvio')).body).toContain('Codice di primo avvio');
    expect((await post(form(code.toLowerCase()))).body).toContain('GESTORE creato');
    const found = (await identity.users.byLogin('gestore.uno'))!;
    expect(found.state.roles).toEqual([{ role: 'GESTORE' }]);
    expect(await identity.users.passwordMatches(found, 'lunga-abbastanza')).toBe(true);
    expect((await post(form(code))).statusCode).toBe(404);
  });

  it('lets one of two that hold the code create it', async () => {
    const code = (await identity.setup.code())!;
    const answers = await Promise.all([post(form(code)), post(form(code, { utente: 'gestore.due' }))]);
    expect(answers.filter(({ body }) => body.includes('GESTORE creato'))).toHaveLength(1);
  });

  it('takes neither a wrong code, nor that of an earlier start, nor a weak password', async () => {
    const earlier = (await identity.setup.code())!;
    const code = (await identity.setup.code())!;
    expect((await post(form('AAAAA-BBBBB'))).body).toContain('non è corretto');
    expect((await post(form(earlier))).body).toContain('non è corretto');
    expect((await post(form(code, { password: 'corta', ripetuta: 'corta' }))).body).toContain('almeno 12 caratteri');
    expect((await post(form(code, { ripetuta: 'diversa-diversa' }))).body).toContain('sono diverse');
    expect((await post(form(code))).statusCode).toBe(200);
  });

  it('wants a login that the administration would take too', async () => {
    const code = (await identity.setup.code())!;
    expect((await post(form(code, { utente: 'x' }))).body).toContain('Il nome utente ha da 3 a 60');
    expect((await post(form(code, { cognome: '  ' }))).body).toContain('Nome e cognome sono obbligatori');
    expect(await identity.setup.isOpen()).toBe(true);
  });

  it('knows of a GESTORE before its read models have caught up', async () => {
    await identity.users.enrol('01JD0000000000000000000006', { login: 'gestore', name: 'Prima', surname: 'Persona' }, world.meta(), { assignment: { role: 'GESTORE' } });
    const restarted = openIdentity({ ...world, environment: 'produzione', incarnation: randomUUID(), publicUrl: () => 'http://127.0.0.1:8080' });
    expect(await restarted.setup.code()).toBeUndefined();
  });

  it('has no demo identities: the demo refuses to be made', async () => {
    const demo = { ...world, environment: 'produzione', publicUrl: 'http://127.0.0.1:8080', outFolder: 'mai' } as const;
    await expect(seedDemo(demo)).rejects.toThrow(TypeError);
    await expect(demoToken(demo)).rejects.toThrow(TypeError);
    expect(world.events).toEqual([]);
  });

  it('gives no code any more once there is a GESTORE, also after a restart that lost everything but the events', async () => {
    await post(form((await identity.setup.code())!));
    await world.durable.collection({ name: 'setups' }).clear();
    const { rows } = identity.readModels;
    await expect.poll(async () => (await rows.roleHolders.find({ equal: { role: 'GESTORE' } })).rows.length).toBe(1);
    expect(await identity.setup.code()).toBeUndefined();
    expect(await identity.setup.isOpen()).toBe(false);
  });
});
