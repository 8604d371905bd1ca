import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { decodeJwt, exportJWK, SignJWT, calculateJwkThumbprint, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { startSimulator, type Simulator } from '../server.js';
import { assertion, body, causes, control, evidence, fruitore, send, type CallAnswer, type Fruitore } from '../testing/pdnd.js';
import { SERVICES } from './catalogue.js';

const NOW = Date.parse('2026-03-10T10:00:00Z');
const SECONDS = NOW / 1_000;
const UAT = 'https://auth.uat.interop.pagopa.it/token.oauth2';
type Change = Readonly<Record<string, unknown>>;
interface Holder {
  readonly key: KeyObject;
  readonly jwk: JWK;
  readonly alg: string;
}
let simulator: Simulator;
let who: Fruitore;
let rsa: Holder;
let other: Holder;
let ec: Holder;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, people: 5, now: () => NOW });
  await control(simulator.url, 'PUT', 'pdnd/comportamento', { tokenAlSecondo: 1_000 });
  who = await fruitore(simulator.url, ['C020', 'C030']);
  const of = async ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }, alg: string): Promise<Holder> => ({ key: privateKey, jwk: await exportJWK(publicKey), alg });
  rsa = await of(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256');
  other = await of(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256');
  ec = await of(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256');
});
afterAll(() => simulator.close());
beforeEach(() => mode({ dpop: 'accettato' }));

const mode = async (knobs: Change): Promise<void> => { expect((await control(simulator.url, 'PUT', 'pdnd/comportamento', knobs)).status).toBe(200); };
const present = (values: Change): Change => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** `undefined` in a change takes a member away. */
function proof(holder: Holder, payload: Change = {}, header: Change = {}): Promise<string> {
  const claims = { htm: 'POST', htu: UAT, iat: SECONDS, jti: randomUUID(), ...payload };
  return new SignJWT(present(claims) as JWTPayload).setProtectedHeader(present({ typ: 'dpop+jwt', alg: holder.alg, jwk: holder.jwk, ...header }) as JWTHeaderParameters).sign(holder.key);
}

interface Issued {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly tracking: string;
}
async function issue(dpop?: string, casoUso: 'C020' | 'C030' = 'C020'): Promise<Issued> {
  const tracking = await evidence(who, casoUso, NOW);
  const form = new URLSearchParams({ client_id: who.clientId, client_assertion: await assertion(who, casoUso, NOW, tracking), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', grant_type: 'client_credentials' });
  const response = await fetch(`${simulator.url}/token.oauth2`, { method: 'POST', body: form, headers: dpop === undefined ? {} : { dpop } });
  return { status: response.status, json: (await response.json()) as Record<string, unknown>, tracking };
}
const voucherOf = ({ json }: Issued): string => String(json['access_token']);
const ath = (voucher: string): string => createHash('sha256').update(voucher).digest('base64url');
const URL_C020 = `https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/${SERVICES.C020}/v1/anpr-service-e002`;
async function ask(issued: Issued, headers: Readonly<Record<string, string | undefined>>): Promise<CallAnswer> {
  return send(who, 'C020', { tracking: issued.tracking, voucher: voucherOf(issued) }, NOW, body('C020', { idANPR: CASES[0]?.idANPR }), { headers });
}
const withProof = async (issued: Issued, payload: Change = {}, holder = rsa): Promise<CallAnswer> => ask(issued, { authorization: `DPoP ${voucherOf(issued)}`, dpop: await proof(holder, { htu: URL_C020, ath: ath(voucherOf(issued)), ...payload }) });

describe('a proof of possession at the token endpoint', () => {
  it.each([['RS256', () => rsa], ['ES256', () => ec]])('with %s binds the voucher to its key', async (_alg, holder) => {
    const issued = await issue(await proof(holder()));
    expect([issued.status, issued.json['token_type']]).toEqual([200, 'DPoP']);
    expect(decodeJwt(voucherOf(issued))['cnf']).toEqual({ jkt: await calculateJwkThumbprint(holder().jwk) });
  });

  it('may name the simulator by the address at which it is', async () => {
    expect((await issue(await proof(rsa, { htu: `${simulator.url}/token.oauth2` }))).status).toBe(200);
  });

  it('is not looked at where DPoP is off, may be left out where it is accepted, must be there where it is required', async () => {
    expect((await issue()).json['token_type']).toBe('Bearer');
    await mode({ dpop: 'richiesto' });
    const missing = await issue();
    expect([missing.status, await causes(simulator.url, missing.json['correlationId'])]).toEqual([400, ['0009']]);
    await mode({ dpop: 'spento' });
    const ignored = await issue('qualunque cosa');
    expect([ignored.status, ignored.json['token_type'], decodeJwt(voucherOf(ignored))['cnf']]).toEqual([200, 'Bearer', undefined]);
  });

  it('is required of one client for one e-service, where only that was asked', async () => {
    await mode({ dpop: 'spento' });
    await control(simulator.url, 'PUT', 'pdnd/finalita', { purposeId: who.purposes.C030, clientId: who.clientId, casoUso: 'C030', dpop: 'richiesto' });
    expect([(await issue(undefined, 'C030')).status, (await issue(undefined, 'C020')).status, (await issue(await proof(rsa), 'C030')).status]).toEqual([400, 200, 200]);
  });

  const rows: [string, () => Promise<string>][] = [
    ['DPOP-0002', () => Promise.resolve('una-prova')],
    ['DPOP-0003', () => Promise.resolve('a.b.c')],
    ['DPOP-0004', () => proof(rsa, { jti: undefined })],
    ['DPOP-0006', () => proof(rsa, { iat: undefined })],
    ['DPOP-0007', () => proof(rsa, {}, { typ: undefined })],
    ['DPOP-0008', () => proof(rsa, {}, { typ: 'JWT' })],
    ['DPOP-0009', () => proof(rsa, {}, { jwk: undefined })],
    ['DPOP-0010', () => proof(rsa, { htm: undefined })],
    ['DPOP-0011', () => proof(rsa, { htm: 'GET' })],
    ['DPOP-0012', () => proof(rsa, { htu: undefined })],
    ['DPOP-0013', () => proof(rsa, { htu: 'https://auth.interop.pagopa.it/token.oauth2' })],
    ['DPOP-0014', () => proof(rsa, {}, { jwk: other.jwk })],
    ['DPOP-0015', () => proof(rsa, {}, { jwk: ec.jwk })],
    ['DPOP-0017', () => proof({ ...rsa, alg: 'PS256' })],
    ['DPOP-0018', () => proof(rsa, { nonce: 'x' })],
    ['DPOP-0018', () => proof(rsa, { ath: 'x' })],
    ['DPOP-0018', () => proof(rsa, {}, { kid: 'x' })],
    ['DPOP-0018', async () => proof(rsa, {}, { jwk: await exportJWK(rsa.key) })],
    ['DPOP-0019', async () => (await proof(rsa)).replace(/[^.]*$/, '!')],
    ['DPOP-0020', () => proof(rsa, { iat: SECONDS - 61 })],
    ['DPOP-0021', () => proof(rsa, { iat: SECONDS + 11 })],
    ['DPOP-0022', async () => `${await proof(rsa)}, ${await proof(rsa)}`],
  ];
  it.each(rows)('that is wrong is masked, with the cause %s behind', async (code, wrong) => {
    const { status, json } = await issue(await wrong());
    expect([status, (json['errors'] as { code: string }[])[0]?.code]).toEqual([400, '015-0008']);
    expect(await causes(simulator.url, json['correlationId'])).toEqual([code]);
  });

  it('is good to the last second of its 60, and ten seconds ahead', async () => {
    for (const iat of [SECONDS - 60, SECONDS + 10]) expect((await issue(await proof(rsa, { iat }))).status).toBe(200);
  });

  it('is used once', async () => {
    const again = await proof(rsa);
    expect((await issue(again)).status).toBe(200);
    expect(await causes(simulator.url, (await issue(again)).json['correlationId'])).toEqual(['DPOP-0005']);
  });
});

describe('a bound voucher at an e-service', () => {
  it('is answered with a fresh proof of its key', async () => {
    expect((await withProof(await issue(await proof(rsa)))).status).toBe(200);
    const issued = await issue(await proof(ec));
    expect((await withProof(issued, { htu: `${simulator.url}/govway/rest/in/MinInternoPortaANPR-PDND/${SERVICES.C020}/v1/anpr-service-e002` }, ec)).status).toBe(200);
  });

  it('is refused without it, with what is behind for the integrator alone', async () => {
    const issued = await issue(await proof(rsa));
    const refusals: Readonly<Record<string, CallAnswer>> = {
      DPOP_SCHEME: await ask(issued, {}),
      DPOP_MISSING: await ask(issued, { authorization: `DPoP ${voucherOf(issued)}` }),
      'DPOP-0013': await withProof(issued, { htu: UAT }),
      'DPOP-0020': await withProof(issued, { iat: SECONDS - 91 }),
      'DPOP-0023': await withProof(issued, {}, ec),
      'DPOP-0024': await withProof(issued, { ath: undefined }),
      'DPOP-0025': await withProof(issued, { ath: ath('un altro voucher') }),
    };
    for (const [code, answer] of Object.entries(refusals)) {
      expect([answer.status, answer.json['title'], await causes(simulator.url, answer.json['govway_id'])], code).toEqual([401, 'TokenAuthenticationFailed', [code]]);
      expect(answer.headers.get('www-authenticate')).toBe('DPoP realm="PDND", error="invalid_token"');
    }
    const again = await proof(rsa, { htu: URL_C020, ath: ath(voucherOf(issued)) });
    const twice = [];
    for (let i = 0; i < 2; i += 1) twice.push((await ask(issued, { authorization: `DPoP ${voucherOf(issued)}`, dpop: again })).status);
    expect(twice).toEqual([200, 401]);
  });

  it('is what is needed where DPoP is required; a bearer one does not become it', async () => {
    const bearer = await issue();
    expect((await ask(bearer, {})).status).toBe(200);
    const asBound = await withProof(bearer);
    expect(await causes(simulator.url, asBound.json['govway_id'])).toEqual(['DPOP-0023']);
    await mode({ dpop: 'richiesto' });
    expect(await causes(simulator.url, (await ask(bearer, {})).json['govway_id'])).toEqual(['DPOP_REQUIRED']);
  });
});
