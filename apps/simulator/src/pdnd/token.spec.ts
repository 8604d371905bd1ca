import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../server.js';
import { assertion, causes, control, evidence, fruitore, requestToken, sha256hex, type Fruitore } from '../testing/pdnd.js';

const NOW = Date.parse('2026-03-10T10:00:00Z');
const SECONDS = NOW / 1_000;
let simulator: Simulator;
let who: Fruitore;
let stranger: Fruitore;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, people: 10, now: () => NOW });
  who = await fruitore(simulator.url, ['C020']);
  stranger = await fruitore(simulator.url, ['C030']);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await control(simulator.url, 'DELETE', 'pdnd/comportamento');
  await control(simulator.url, 'PUT', 'pdnd/comportamento', { tokenAlSecondo: 1_000 });
});

const asked = async (change: Record<string, unknown> = {}, header: Record<string, unknown> = {}, form: Record<string, string> = {}, signer = who): Promise<{ status: number; json: Record<string, unknown> }> => {
  const response = await requestToken(who, await assertion({ ...who, key: signer.key }, 'C020', NOW, await evidence(who, 'C020', NOW), change, header), form);
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
};

describe('a voucher', () => {
  it('copies the digest, is for the e-service of the purpose, lasts 600 seconds, and is signed with a key of the JWKS', async () => {
    const tracking = await evidence(who, 'C020', NOW);
    const response = await requestToken(who, await assertion(who, 'C020', NOW, tracking));
    const { access_token: voucher = '', ...rest } = (await response.json()) as { access_token?: string };
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 600 });
    expect(response.headers.get('x-rate-limit-limit')).toBe('1000');
    expect(decodeProtectedHeader(voucher)).toMatchObject({ alg: 'RS256', use: 'sig', typ: 'at+jwt' });
    expect(decodeJwt(voucher)).toMatchObject({
      iss: 'uat.interop.pagopa.it', aud: 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C020-servizioAccertamentoResidenza/v1',
      client_id: who.clientId, sub: who.clientId, iat: SECONDS, nbf: SECONDS, exp: SECONDS + 600, purposeId: who.purposes.C020, digest: { alg: 'SHA256', value: sha256hex(tracking) },
    });
    const jwks = (await (await fetch(`${simulator.url}/.well-known/jwks.json`)).json()) as Parameters<typeof createLocalJWKSet>[0];
    await expect(compactVerify(voucher, createLocalJWKSet(jwks))).resolves.toBeDefined();
  });

  it('has no digest when none was asked for', async () => {
    const { json } = await asked({ digest: undefined });
    expect(decodeJwt(String(json['access_token']))['digest']).toBeUndefined();
  });

  it('gives the public key of a client by its kid, and no other', async () => {
    expect(await (await fetch(`${simulator.url}/keys/${who.kid}`)).json()).toMatchObject({ clientId: who.clientId, jwk: { kid: who.kid, kty: 'RSA' } });
    expect((await fetch(`${simulator.url}/keys/nessuna`)).status).toBe(404);
  });
});

describe('the control of the simulator', () => {
  const post = (body: unknown): Promise<Response> => fetch(`${simulator.url}/__sim/control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  it('rotates the keys of PDND, and a voucher of the old one stays good', async () => {
    const { access_token: before = '' } = (await (await requestToken(who, await assertion(who, 'C020', NOW, 'x'))).json()) as { access_token?: string };
    expect((await post({ ruotaChiavi: true })).status).toBe(200);
    const { access_token: after = '' } = (await (await requestToken(who, await assertion(who, 'C020', NOW, 'x'))).json()) as { access_token?: string };
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    const jwks = createLocalJWKSet((await (await fetch(`${simulator.url}/.well-known/jwks.json`)).json()) as Parameters<typeof createLocalJWKSet>[0]);
    for (const voucher of [before, after]) await expect(compactVerify(voucher, jwks)).resolves.toBeDefined();
  });

  it('revokes a key, moves the clock, and does nothing of a command that is partly wrong', async () => {
    const other = await fruitore(simulator.url, ['C020']);
    expect((await post({ revoca: other.kid, scartoMs: 0.5 })).status).toBe(400);
    expect((await requestToken(other, await assertion(other, 'C020', NOW, 'x'))).status).toBe(200);
    expect((await post({ revoca: other.kid })).status).toBe(200);
    expect((await requestToken(other, await assertion(other, 'C020', NOW, 'x'))).status).toBe(400);
    expect((await post({ fornitore: 'nessuno' })).status).toBe(404);
    expect((await post({ guasti: { percentuale: 100, tipo: 'fault' }, ritardo: { minMs: 2, maxMs: 1 } })).status).toBe(400);
    expect(await (await control(simulator.url, 'GET', 'guasti')).json()).toEqual({ percentuale: 0 });
    expect((await post({ guasti: { percentuale: 0, tipo: 'fault' }, ritardo: { minMs: 1, maxMs: 2 } })).status).toBe(200);
    expect(await (await control(simulator.url, 'GET', 'ritardo')).json()).toEqual({ minMs: 1, maxMs: 2 });
    expect((await post({ ritardo: { minMs: 0, maxMs: 0 } })).status).toBe(200);
    expect((await post({ scartoMs: 180_000 })).status).toBe(200);
    const late = (await (await requestToken(who, await assertion(who, 'C020', NOW, 'x'))).json()) as Record<string, unknown>;
    expect(await causes(simulator.url, late['correlationId'])).toEqual(['0017']);
    expect((await post({ scartoMs: 0 })).status).toBe(200);
  });
});

describe('the token endpoint masks', () => {
  type Row = [string, () => Promise<{ status: number; json: Record<string, unknown> }>];
  const rows: Row[] = [
    ['0002', () => asked({}, {}, { client_assertion_type: 'jwt' })],
    ['0004', () => asked({ aud: 'https://auth.uat.interop.pagopa.it/client-assertion' })],
    ['0005', () => asked({ aud: undefined })],
    ['0006', () => asked({}, {}, { client_assertion: 'non-un-jwt' })],
    ['0007', () => asked({}, {}, { client_assertion: 'a.b.c' })],
    ['0008', () => asked({ jti: undefined })],
    ['0009', () => asked({ iat: undefined })],
    ['0010', () => asked({ exp: undefined })],
    ['0011', () => asked({ iss: undefined })],
    ['0012', () => asked({ sub: undefined })],
    ['0013', () => asked({ sub: stranger.clientId })],
    ['0014', () => asked({ purposeId: 'finalita' })],
    ['0015', () => asked({}, { kid: undefined })],
    ['0016', () => asked({}, {}, {}, stranger)],
    ['0017', () => asked({ exp: SECONDS })],
    ['0023', () => asked({}, {}, { client_id: 'client' })],
    ['0024', () => asked({ sub: 'client' })],
    ['0025', () => asked({ digest: { alg: 'SHA256', value: 'a'.repeat(64), altro: 1 } })],
    ['0026', () => asked({ digest: { alg: 'SHA256', value: 'a'.repeat(44) } })],
    ['0027', () => asked({ digest: { alg: 'SHA512', value: 'a'.repeat(64) } })],
    ['0028', async () => asked({}, {}, { client_assertion: (await assertion(who, 'C020', NOW, 'x')).replace(/^[^.]*/, Buffer.from(JSON.stringify({ kid: who.kid, typ: 'JWT' })).toString('base64url')) })],
    ['0033', async () => asked({}, {}, { client_assertion: (await assertion(who, 'C020', NOW, 'x')).replace(/[^.]*$/, '!') })],
    ['0029', () => asked({}, { alg: 'PS256' })],
    ['0030', () => asked({ purposeId: undefined })],
    ['0031', () => asked({}, { kid: 'corto' })],
    ['0032', () => asked({ nbf: SECONDS })],
    ['0006', () => asked({}, { kid: stranger.kid })],
    ['0006', () => asked({ purposeId: stranger.purposes.C030 })],
  ];
  it.each(rows)('the cause %s behind 015-0008', async (code, request) => {
    const { status, json } = await request();
    expect(status).toBe(400);
    expect(json).toMatchObject({ type: 'about:blank', status: 400, title: 'The request contains bad syntax or cannot be fulfilled.', detail: 'Bad request', errors: [{ code: '015-0008', detail: 'Unable to generate a token for the given request' }] });
    expect(await causes(simulator.url, json['correlationId'])).toContain(code);
  });

  it('an nbf in the future as 0019 where claims are not strict, and accepts one of the past there', async () => {
    await control(simulator.url, 'PUT', 'pdnd/comportamento', { assertionStretta: false });
    expect(await causes(simulator.url, (await asked({ nbf: SECONDS + 60 })).json['correlationId'])).toEqual(['0019']);
    expect((await asked({ nbf: SECONDS - 60 })).status).toBe(200);
  });

  it('all that is wrong with the claims at once', async () => {
    const { json } = await asked({ jti: undefined, aud: undefined, extra: 1 });
    expect(await causes(simulator.url, json['correlationId'])).toEqual(['0005', '0008', '0032']);
  });

  it.each([
    ['finalita', '0020'],
    ['richiesta', '0021'],
    ['descrittore', '0022'],
  ])('that %s is not active', async (what, code) => {
    const other = await fruitore(simulator.url, ['C020']);
    await control(simulator.url, 'PUT', 'pdnd/finalita', { purposeId: other.purposes.C020, clientId: other.clientId, casoUso: 'C020', [what]: 'sospesa' });
    const response = await requestToken(other, await assertion(other, 'C020', NOW, 'x'));
    const json = (await response.json()) as Record<string, unknown>;
    expect([response.status, await causes(simulator.url, json['correlationId'])]).toEqual([400, [code]]);
  });

  it('a revoked key, while another of the same client goes on', async () => {
    const old = await fruitore(simulator.url, ['C020']);
    const young = await fruitore(simulator.url, [], '', old.clientId);
    await control(simulator.url, 'DELETE', `pdnd/chiavi/${old.kid}`);
    expect((await requestToken(old, await assertion(old, 'C020', NOW, 'x'))).status).toBe(400);
    expect((await requestToken(old, await assertion({ ...young, purposes: old.purposes }, 'C020', NOW, 'x'))).status).toBe(200);
  });
});

describe('the token endpoint', () => {
  it('fails inside when it is told to', async () => {
    await control(simulator.url, 'PUT', 'pdnd/comportamento', { tokenErroreInterno: true });
    const { status, json } = await asked();
    expect([status, json['type'], (json['errors'] as { code: string }[])[0]?.code, await causes(simulator.url, json['correlationId'])]).toEqual([500, 'internalServerError', '015-0000', ['0004']]);
    await control(simulator.url, 'PUT', 'pdnd/comportamento', { tokenErroreInterno: false });
    expect((await asked()).status).toBe(200);
  });

  it.each(['client_assertion', 'client_assertion_type', 'grant_type'])('says that %s is missing', async (name) => {
    const { status, json } = await asked({}, {}, { [name]: '' });
    expect([status, json['title'], (json['errors'] as { code: string }[])[0]?.code]).toEqual([400, 'Bad request', '007-9999']);
  });

  it('takes no JSON and no other grant', async () => {
    const response = await fetch(`${simulator.url}/token.oauth2`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"grant_type":"client_credentials"}' });
    expect([response.status, ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code]).toEqual([400, '007-9999']);
    expect((await asked({}, {}, { grant_type: 'authorization_code' })).json['detail']).toBe('Incorrect value for body');
  });

  it('refuses beyond so many vouchers a second', async () => {
    const one = await startSimulator({ port: 0, people: 1, now: () => NOW });
    const client = await fruitore(one.url, ['C020']);
    const statuses: number[] = [];
    for (let i = 0; i < 11; i += 1) statuses.push((await requestToken(client, await assertion(client, 'C020', NOW, 'x'))).status);
    await one.close();
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
  });
});
