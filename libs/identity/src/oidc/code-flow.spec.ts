import { AccessClaims, AUDIENCES, type RoleAssignment } from '@geres/contracts';
import { whole } from '@geres/kernel';
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI_CLIENT, CONSOLE_CLIENT } from '../application/application.domain.js';
import { demoUserId } from '../demo/seed.js';
import { Browser } from '../testing/browser.js';
import { serve, type Served } from '../testing/served.js';

const challenge = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly error?: string;
  readonly error_description?: string;
}

describe('people who sign in with a password (authorization code and PKCE)', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  const passwordOf = (login: string): string => served.demo.utenti.find(({ username }) => username === login)!.password;
  const verifier = randomBytes(32).toString('base64url');
  const redirectOf = (client: string): string => (client === CONSOLE_CLIENT ? `${served.publicUrl}/console/accesso` : 'http://127.0.0.1:53111/ritorno');

  const authorization = (client: string, more: Readonly<Record<string, string>> = {}): string => {
    const parameters = { client_id: client, redirect_uri: redirectOf(client), response_type: 'code', scope: 'openid', state: 'stato', code_challenge: challenge(verifier), code_challenge_method: 'S256', ...more };
    return `${served.issuer}/auth?${new URLSearchParams(parameters).toString()}`;
  };

  async function signIn(browser: Browser, client: string, login: string, password = passwordOf(login)): Promise<{ response: Response; url: string; body: string }> {
    const page = await browser.go(authorization(client), served.publicUrl);
    expect(page.body).toContain('<label for="password">Password</label>');
    return browser.go(page.url, served.publicUrl, { utente: login, password });
  }

  async function redeem(url: string, client: string, more: Readonly<Record<string, string>> = {}): Promise<Tokens> {
    const code = new URL(url).searchParams.get('code')!;
    const response = await served.post('/token', { grant_type: 'authorization_code', client_id: client, code, redirect_uri: redirectOf(client), code_verifier: verifier, ...more });
    return (await response.json()) as Tokens;
  }

  const refresh = async (token: string, client: string, more: Readonly<Record<string, string>> = {}): Promise<Tokens> =>
    (await (await served.post('/token', { grant_type: 'refresh_token', client_id: client, refresh_token: token, ...more })).json()) as Tokens;

  async function claims(token: string, audience: string): Promise<AccessClaims> {
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${served.issuer}/jwks`)), { issuer: served.issuer, audience, typ: 'at+jwt' });
    return AccessClaims.strict().parse(payload);
  }

  it('brings an administrator to the console with the role in the token, for administration and monitoring', async () => {
    const { url } = await signIn(new Browser(), CONSOLE_CLIENT, 'top.roma');
    expect(url).toMatch(/\/console\/accesso\?code=/);
    const tokens = await redeem(url, CONSOLE_CLIENT);
    expect(tokens.expires_in).toBe(300);
    expect(await claims(tokens.access_token, AUDIENCES.admin)).toMatchObject({ sub: demoUserId('top.roma'), ruolo: 'TOP', comune: 'H501', ambiente: 'test' });
    const further = await refresh(tokens.refresh_token, CONSOLE_CLIENT, { resource: AUDIENCES.monitoring });
    expect(await claims(further.access_token, AUDIENCES.monitoring)).toMatchObject({ ruolo: 'TOP', comune: 'H501' });
  });

  it('lets whoever has several roles choose one', async () => {
    const browser = new Browser();
    const choice = await signIn(browser, CONSOLE_CLIENT, 'admin.esempio');
    expect(choice.body).toContain('ADMIN · Ente di esempio · Comune di Bologna');
    const wrong = await browser.go(`${choice.url}/ruolo`, served.publicUrl, { ruolo: '7' });
    expect(wrong.response.status).toBe(422);
    const { url } = await browser.go(`${choice.url}/ruolo`, served.publicUrl, { ruolo: '1' });
    const { access_token: token } = await redeem(url, CONSOLE_CLIENT);
    expect(await claims(token, AUDIENCES.admin)).toMatchObject({ ruolo: 'ADMIN', comune: 'A944', ente: 'ente_esempio' });
  });

  it('brings an administrator to the command line with the role in the token, on any port of the same computer, with the password every time', async () => {
    const browser = new Browser();
    const back = 'http://127.0.0.1:53111/accesso';
    const asked = authorization(CLI_CLIENT, { redirect_uri: back, resource: AUDIENCES.admin });
    const page = await browser.go(asked, served.publicUrl);
    const { url } = await browser.go(page.url, served.publicUrl, { utente: 'top.roma', password: passwordOf('top.roma') });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:53111\/accesso\?code=/);
    const { access_token: token } = await redeem(url, CLI_CLIENT, { redirect_uri: back, resource: AUDIENCES.admin });
    expect(await claims(token, AUDIENCES.admin)).toMatchObject({ client_id: CLI_CLIENT, ruolo: 'TOP', comune: 'H501' });
    expect((await browser.go(asked, served.publicUrl)).body).toContain('current-password');
    const elsewhere = await browser.go(authorization(CLI_CLIENT, { redirect_uri: 'http://altrove.example/accesso' }), served.publicUrl);
    expect(elsewhere.response.status).toBe(400);
  });

  it('gives an application a token for the gateway, without a role, and asks for the password every time', async () => {
    const browser = new Browser();
    const { url } = await signIn(browser, 'verifiche-esempio', 'operatore.esempio');
    const { access_token: token } = await redeem(url, 'verifiche-esempio');
    const found = await claims(token, AUDIENCES.gateway);
    expect(found).toMatchObject({ sub: demoUserId('operatore.esempio'), client_id: 'verifiche-esempio' });
    expect(found.ruolo).toBeUndefined();
    const again = await browser.go(authorization('verifiche-esempio'), served.publicUrl);
    expect(again.body).toContain('current-password');
  });

  it('asks for no password again at the console while the session is open, and does once it was closed', async () => {
    const browser = new Browser();
    const first = await signIn(browser, CONSOLE_CLIENT, 'top.matera');
    const { sid } = await claims((await redeem(first.url, CONSOLE_CLIENT)).access_token, AUDIENCES.admin);
    const second = await browser.go(authorization(CONSOLE_CLIENT), served.publicUrl);
    const tokens = await redeem(second.url, CONSOLE_CLIENT);
    expect((await claims(tokens.access_token, AUDIENCES.admin)).sid).toBe(sid);
    await served.identity.sessions.close(sid!, 'prova', served.world.meta());
    expect(await refresh(tokens.refresh_token, CONSOLE_CLIENT)).toMatchObject({ error: 'invalid_grant' });
    expect((await browser.go(authorization(CONSOLE_CLIENT), served.publicUrl)).body).toContain('current-password');
  });

  it('turns refresh tokens over, and closes the session when an old one comes again', async () => {
    const { url } = await signIn(new Browser(), CONSOLE_CLIENT, 'top.bologna');
    const first = await redeem(url, CONSOLE_CLIENT);
    const { sid } = await claims(first.access_token, AUDIENCES.admin);
    const second = await refresh(first.refresh_token, CONSOLE_CLIENT);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(first.refresh_token, CONSOLE_CLIENT)).error).toBe('invalid_grant');
    expect((await refresh(second.refresh_token, CONSOLE_CLIENT)).error).toBe('invalid_grant');
    const { events } = await whole(served.world.store.read(`session-${sid!}`));
    expect(events.map(({ type }) => type)).toEqual(['identity.session.opened', 'identity.session.closed']);
    expect(events.at(-1)!.data).toMatchObject({ reason: 'revoca' });
  });

  it('never lets a refresh token live past ten hours', async () => {
    const { url } = await signIn(new Browser(), CONSOLE_CLIENT, 'gestore');
    const first = await redeem(url, CONSOLE_CLIENT);
    served.world.advance(10 * 3600_000 + 1000);
    try {
      expect((await refresh(first.refresh_token, CONSOLE_CLIENT)).error).toBe('invalid_grant');
    } finally {
      served.world.advance(-10 * 3600_000 - 1000);
    }
  });

  it('closes the session when the person signs out', async () => {
    const browser = new Browser();
    const { url } = await signIn(browser, CONSOLE_CLIENT, 'admin.roma');
    const tokens = await redeem(url, CONSOLE_CLIENT);
    const { sid } = await claims(tokens.access_token, AUDIENCES.admin);
    const page = await browser.go(`${served.issuer}/session/end?client_id=${CONSOLE_CLIENT}`, served.publicUrl);
    expect(page.body).toContain('Vuoi uscire da GeRes?');
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)![1]!;
    const done = await browser.go(`${served.issuer}/session/end/confirm`, served.publicUrl, { xsrf, logout: 'yes' });
    expect(done.body).toContain('La sessione è chiusa');
    const { events } = await whole(served.world.store.read(`session-${sid!}`));
    expect(events.at(-1)).toMatchObject({ type: 'identity.session.closed', data: { reason: 'uscita' } });
    expect((await refresh(tokens.refresh_token, CONSOLE_CLIENT)).error).toBe('invalid_grant');
  });

  it('signs out whoever was there before when somebody else signs in', async () => {
    const browser = new Browser();
    const first = await signIn(browser, CONSOLE_CLIENT, 'admin.bologna');
    const { sid } = await claims((await redeem(first.url, CONSOLE_CLIENT)).access_token, AUDIENCES.admin);
    const page = await browser.go(authorization(CONSOLE_CLIENT, { prompt: 'login' }), served.publicUrl);
    const { url } = await browser.go(page.url, served.publicUrl, { utente: 'admin.matera', password: passwordOf('admin.matera') });
    expect((await claims((await redeem(url, CONSOLE_CLIENT)).access_token, AUDIENCES.admin)).sub).toBe(demoUserId('admin.matera'));
    const { events } = await whole(served.world.store.read(`session-${sid!}`));
    expect(events.at(-1)).toMatchObject({ type: 'identity.session.closed', data: { reason: 'altro-utente' } });
  });

  it('answers a wrong password, an unknown login and a user without a role here alike, and records each', async () => {
    const refusals = [
      await signIn(new Browser(), CONSOLE_CLIENT, 'top.roma', 'sbagliata-sbagliata'),
      await signIn(new Browser(), CONSOLE_CLIENT, 'nessuno', 'sbagliata-sbagliata'),
    ];
    for (const { response, body } of refusals) {
      expect(response.status).toBe(401);
      expect(body).toContain('role="alert" id="errore">Nome utente o password non corretti.');
    }
    const operator = await signIn(new Browser(), CONSOLE_CLIENT, 'operatore.roma');
    expect(operator.response.status).toBe(401);
    expect(operator.body).toContain('L’accesso non è consentito');
  });

  it('makes a login wait for fifteen minutes after ten failures, whether it exists or not', async () => {
    const { signIns } = await served.identity.oidc();
    for (const login of ['operatore.roma2', 'mai.esistito']) {
      const attempts = await Promise.all(Array.from({ length: 12 }, () => signIns.recognise(login, 'sbagliata-sbagliata', 'verifiche-esempio')));
      const texts = attempts.map((attempt) => (attempt.outcome === 'refused' ? attempt.text : ''));
      expect(texts.filter((text) => text.startsWith('Nome utente'))).toHaveLength(10);
      expect(texts.filter((text) => text.startsWith('Troppi tentativi'))).toHaveLength(2);
    }
    const state = await served.identity.users.load(demoUserId('operatore.roma2'));
    expect(state).toMatchObject({ locked: { until: expect.any(String) as string } });
  });

  it('does not let a stranger lock an operator who has no password', async () => {
    const { signIns } = await served.identity.oidc();
    const user = '01JD0000000000000000000006';
    await served.identity.users.enrol(user, { login: 'senza.password', name: 'Senza', surname: 'Password' }, served.world.meta());
    for (let attempt = 0; attempt < 11; attempt++) await signIns.recognise('senza.password', 'sbagliata-sbagliata', 'verifiche-esempio');
    expect(await served.identity.users.load(user)).not.toHaveProperty('locked');
  });

  it('keeps an operator signed in at an application while it has any role for its Ente', async () => {
    const { users } = served.identity;
    const user = demoUserId('operatore.esempio');
    const { url } = await signIn(new Browser(), 'verifiche-esempio', 'operatore.esempio');
    const first = await redeem(url, 'verifiche-esempio');
    const role = (comune: string): RoleAssignment => ({ role: 'AUTORIZZATO', comune, ente: 'ente_esempio', application: 'verifiche-esempio' });
    await users.run({ type: 'remove-role', user, assignment: role('H501') }, served.world.meta());
    const second = await refresh(first.refresh_token, 'verifiche-esempio');
    expect(second.access_token).toBeDefined();
    for (const comune of ['A944', 'F052']) await users.run({ type: 'remove-role', user, assignment: role(comune) }, served.world.meta());
    expect((await refresh(second.refresh_token, 'verifiche-esempio')).error).toBe('invalid_grant');
    for (const comune of ['H501', 'A944', 'F052']) await users.run({ type: 'assign-role', user, assignment: role(comune) }, served.world.meta());
  });

  it('has a person choose a new password where the one given must be changed', async () => {
    const user = demoUserId('admin.roma');
    await served.identity.users.setPassword(user, 'provvisoria-123', true, served.world.meta());
    const browser = new Browser();
    const page = await signIn(browser, CONSOLE_CLIENT, 'admin.roma', 'provvisoria-123');
    expect(page.body).toContain('Cambia la password');
    const answers = { utente: 'admin.roma', password: 'provvisoria-123' };
    const short = await browser.go(`${page.url}/password`, served.publicUrl, { ...answers, nuova: 'corta', ripetuta: 'corta' });
    expect(short.body).toContain('almeno 12 caratteri');
    const { url } = await browser.go(`${page.url}/password`, served.publicUrl, { ...answers, nuova: 'definitiva-456', ripetuta: 'definitiva-456' });
    expect((await redeem(url, CONSOLE_CLIENT)).access_token).toBeDefined();
    await served.identity.users.setPassword(user, passwordOf('admin.roma'), false, served.world.meta());
  });

  it('wants PKCE with S256, the right verifier, a registered address, and a code used once', async () => {
    const browser = new Browser();
    const missing = await browser.go(authorization(CONSOLE_CLIENT, { code_challenge: '', code_challenge_method: '' }), served.publicUrl);
    expect(new URL(missing.url).searchParams.get('error')).toBe('invalid_request');
    const plain = await browser.go(authorization(CONSOLE_CLIENT, { code_challenge_method: 'plain' }), served.publicUrl);
    expect(new URL(plain.url).searchParams.get('error')).toBe('invalid_request');
    const elsewhere = await browser.go(authorization(CONSOLE_CLIENT, { redirect_uri: 'https://altrove.example/' }), served.publicUrl);
    expect(elsewhere.response.status).toBe(400);
    expect(elsewhere.body).toContain('Qualcosa non va');
    const { url } = await signIn(new Browser(), CONSOLE_CLIENT, 'top.roma');
    expect((await redeem(url, CONSOLE_CLIENT, { code_verifier: randomBytes(32).toString('base64url') })).error).toBe('invalid_grant');
    expect((await redeem(url, CONSOLE_CLIENT)).access_token).toBeDefined();
    expect((await redeem(url, CONSOLE_CLIENT)).error).toBe('invalid_grant');
  });

  it('refuses a page without its cookie, a form from another site, and a resource that is not for this client', async () => {
    const browser = new Browser();
    const page = await browser.go(authorization(CONSOLE_CLIENT), served.publicUrl);
    const stranger = await new Browser().go(page.url, served.publicUrl);
    expect(stranger.response.status).toBe(400);
    expect(stranger.body).toContain('scaduta');
    const foreign = await fetch(page.url, { method: 'POST', headers: { origin: 'https://altrove.example' }, body: new URLSearchParams({ utente: 'x' }) });
    expect(foreign.status).toBe(403);
    const gateway = await browser.go(authorization(CONSOLE_CLIENT, { resource: AUDIENCES.gateway }), served.publicUrl);
    expect(new URL(gateway.url).searchParams.get('error')).toBe('invalid_target');
  });

  it('serves pages that run no script, may not be framed, and are not kept', async () => {
    const page = await new Browser().go(authorization(CONSOLE_CLIENT), served.publicUrl);
    const { headers } = page.response;
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(page.body).not.toMatch(/<script|style=|onclick/);
    expect(page.body).toContain('<html lang="it">');
    expect((await fetch(`${served.issuer}/stile.css`)).headers.get('content-type')).toMatch(/text\/css/);
    const discovery = (await (await fetch(`${served.issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
    expect(discovery).toMatchObject({ issuer: served.issuer, token_endpoint: `${served.issuer}/token`, jwks_uri: `${served.issuer}/jwks`, code_challenge_methods_supported: ['S256'] });
    const jwks = (await (await fetch(`${served.issuer}/jwks`)).json()) as { keys: Record<string, unknown>[] };
    expect(jwks.keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256' });
    expect(jwks.keys[0]).not.toHaveProperty('d');
  });

  it('writes markup of a login as text', async () => {
    const { body } = await signIn(new Browser(), CONSOLE_CLIENT, '"><b>x', 'sbagliata-sbagliata');
    expect(body).toContain('value="&quot;&gt;&lt;b&gt;x"');
  });

  it('keeps no token in clear', async () => {
    const { url } = await signIn(new Browser(), CONSOLE_CLIENT, 'top.roma');
    const { refresh_token: token } = await redeem(url, CONSOLE_CLIENT);
    const { rows } = await served.world.collections.collection<{ model: string; grant: string; uid: string; userCode: string }>({ name: 'oidc-state', indexes: [['grant'], ['model', 'uid'], ['model', 'userCode']] }).find({ limit: 1000 });
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(JSON.stringify(rows)).not.toContain(demoUserId('top.roma'));
  });
});
