import { AUDIENCES, issuerOf } from '@geres/contracts';
import { exportSPKI, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGuardedApp, type GuardedApp } from '../testing/guarded-app.js';
import { CLAIMS, type Claims, type Signing } from '../testing/issuer.js';

const PATH = '/api/v1/prova';
const seconds = (from: number): number => Math.floor(Date.now() / 1000) + from;

let app: GuardedApp;
beforeAll(async () => void (app = await openGuardedApp()));
afterAll(() => app.close());

const bearing = async (claims: Claims = {}, signing: Signing = {}) => app.get(PATH, `Bearer ${await app.issuer.token(claims, signing)}`);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const parts = async (claims?: Claims): Promise<[string, string, string]> => (await app.issuer.token(claims)).split('.') as [string, string, string];

describe('an access token', () => {
  it('lets in who it says, as often as it is sent', async () => {
    const authorization = `Bearer ${await app.issuer.token()}`;
    for (const _ of [1, 2]) expect(await app.get(PATH, authorization)).toMatchObject({ status: 200, body: { user: CLAIMS.user, application: CLAIMS.application, session: CLAIMS.session } });
    expect(await app.get(PATH, authorization.replace('Bearer', 'bearer'))).toMatchObject({ status: 200 });
  });

  it.each<[string, () => Claims]>([
    ['that expired a moment ago, by another clock', () => ({ exp: seconds(-2) })],
    ['that will be issued in a moment, by another clock', () => ({ iat: seconds(3) })],
    ['of an application without a person', () => ({ sub: CLAIMS.application, sid: undefined })],
  ])('%s is accepted', async (_, claims) => {
    expect((await bearing(claims())).status).toBe(200);
  });

  it.each<[string, Claims]>([
    ['for another service', { aud: AUDIENCES.admin }],
    ['for two services', { aud: [AUDIENCES.gateway, AUDIENCES.admin] }],
    ['for nobody', { aud: undefined }],
    ['of another installation', { iss: issuerOf('http://altrove.example', 'test') }],
    ['of the other environment’s issuer', { iss: issuerOf('http://geres.example', 'produzione') }],
    ['that says the other environment', { ambiente: 'produzione' }],
    ['that says no environment', { ambiente: undefined }],
    ['that has expired', { exp: seconds(-6) }],
    ['that never expires', { exp: undefined }],
    ['without the instant of its issue', { iat: undefined }],
    ['issued in the future', { iat: seconds(30), exp: seconds(300) }],
    ['not valid yet', { nbf: seconds(60) }],
    ['without an application', { client_id: undefined }],
    ['without a subject', { sub: undefined }],
    ['with a role that is none', { ruolo: 'SINDACO' }],
  ])('%s is refused', async (_, claims) => {
    expect(await bearing(claims)).toMatchObject({ status: 401, code: 'non-autenticato' });
  });

  it.each<[string, Signing['header']]>([
    ['of another type', { typ: 'JWT' }],
    ['of no type', { typ: undefined as never }],
    ['of a key that the issuer does not have', { kid: 'altra' }],
    ['without a key id', { kid: undefined as never }],
  ])('%s is refused', async (_, header) => {
    expect(await bearing({}, { header: header! })).toMatchObject({ status: 401, code: 'non-autenticato' });
  });

  it('signed with another key under the name of a good one is refused', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    expect((await bearing({}, { key: privateKey })).status).toBe(401);
  });

  it.each(['RS256', 'ES384'])('signed with %s is refused', async (alg) => {
    const { privateKey } = await generateKeyPair(alg);
    expect((await bearing({}, { key: privateKey, header: { alg } })).status).toBe(401);
  });

  it('signed with the public key as if it were a secret is refused', async () => {
    const { keys } = (await (await fetch(app.issuer.jwksUrl)).json()) as { readonly keys: readonly [JWK] };
    const pem = await exportSPKI((await importJWK(keys[0], 'ES256', { extractable: true })) as CryptoKey);
    expect((await bearing({}, { key: Buffer.from(pem), header: { alg: 'HS256' } })).status).toBe(401);
  });

  it('without a signature is refused', async () => {
    const [, payload] = await parts();
    expect((await app.get(PATH, `Bearer ${part({ alg: 'none', typ: 'at+jwt', kid: 'k1' })}.${payload}.`)).status).toBe(401);
  });

  it('with altered claims is refused, also after the good one was accepted', async () => {
    const [header, payload, signature] = await parts();
    expect((await app.get(PATH, `Bearer ${header}.${payload}.${signature}`)).status).toBe(200);
    const altered = part({ ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), sub: '01JDUSER00000000000000000B' });
    expect((await app.get(PATH, `Bearer ${header}.${altered}.${signature}`)).status).toBe(401);
  });

  it.each([
    ['nothing', undefined],
    ['a scheme alone', 'Bearer'],
    ['another scheme', 'Basic dXRlbnRlOnBhc3N3b3Jk'],
    ['what is no token', 'Bearer ciao'],
    ['a header that is not JSON', 'Bearer ZZZ.ZZZ.ZZZ'],
    ['two tokens', 'Bearer a.b.c d.e.f'],
  ])('is needed: %s is refused, with the scheme that is wanted', async (_, authorization) => {
    const { status, code, headers } = await app.get(PATH, authorization);
    expect({ status, code, scheme: headers.get('www-authenticate') }).toEqual({ status: 401, code: 'non-autenticato', scheme: 'Bearer' });
  });

  it('of a new key of the issuer is accepted', async () => {
    const other = await openGuardedApp();
    await other.issuer.turnOver('k2');
    expect((await other.as(PATH)).status).toBe(200);
    await other.close();
  });

  it('cannot be judged where the keys of the issuer cannot be had: 503, and to be tried again', async () => {
    const away = await openGuardedApp({ jwksUrl: 'http://127.0.0.1:1/jwks' });
    const { status, code, headers } = await away.as(PATH);
    expect({ status, code }).toEqual({ status: 503, code: 'servizio-non-pronto' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await away.close();
  });
});
