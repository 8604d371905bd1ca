import { AccessClaims, AUDIENCES } from '@geres/contracts';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimsFor, serve, signed, type Served } from '../testing/served.js';

const CLIENT = 'rendiconti-roma';

describe('a reporting tool of one Comune (client credentials, private_key_jwt)', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  const own = (): JWTPayload & { iat: number; exp: number } => claimsFor(served, CLIENT, CLIENT);
  const ask = async (assertion: string, more: Readonly<Record<string, string>> = {}): Promise<{ status: number; body: Record<string, string> }> => {
    const response = await served.post('/token', {
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...more,
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };

  it('gets a token for monitoring, of its Comune and Ente, with nobody behind it', async () => {
    const { body } = await ask(await signed(served, CLIENT, own()));
    const { payload } = await jwtVerify(body['access_token']!, createRemoteJWKSet(new URL(`${served.issuer}/jwks`)), { issuer: served.issuer, audience: AUDIENCES.monitoring, typ: 'at+jwt' });
    const claims = AccessClaims.strict().parse(payload);
    expect(claims).toMatchObject({ sub: CLIENT, client_id: CLIENT, comune: 'H501', ente: 'c_h501', ambiente: 'test' });
    expect(claims.sid).toBeUndefined();
    expect(claims.exp - claims.iat).toBe(300);
  });

  it('uses an assertion once, also when both arrive together', async () => {
    const assertion = await signed(served, CLIENT, own());
    const both = await Promise.all([ask(assertion), ask(assertion)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it.each([
    ['without an assertion', async () => ''],
    ['with an assertion of another application', async () => signed(served, 'tributi-bologna', own())],
    ['with an assertion that lasts too long', async () => signed(served, CLIENT, { ...own(), exp: own().iat + 3600 })],
    ['with another audience', async () => signed(served, CLIENT, { ...own(), aud: 'https://altrove.example' })],
  ])('is refused %s', async (_, make) => {
    const { status, body } = await ask(await make());
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body['access_token']).toBeUndefined();
  });

  it('may not ask for lookups or administration', async () => {
    for (const resource of [AUDIENCES.gateway, AUDIENCES.admin]) {
      expect((await ask(await signed(served, CLIENT, own()), { resource })).body['error']).toBe('invalid_target');
    }
  });
});
