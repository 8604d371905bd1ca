import { randomBytes } from 'node:crypto';
import type { WsSettings } from '@geres/contracts';
import { memoryCollections } from '@geres/kernel/testing';
import { keyEncryptionKey, KeyStore, type WrappedSecret } from '@geres/platform/keys';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HeldKey } from '../../custody/keys.js';
import { CannotSign, WSS_DEFAULTS } from '../../protocol/wss/index.js';
import { authority, type Authority, type Issued } from '../../testing/certificates.js';
import { content, each, NOW, part, PAYLOAD, verified } from '../../testing/wss.js';
import { wssOptionsOf } from './options.js';
import { messageSecurity, tlsMaterial, type SecurityPorts, type Signing } from './security.js';

const OPERATOR = '01JD0PER00000000000000000A';
const CODICE_FISCALE = 'SNTPRV85C55H501U';

let ca: Authority;
let server: Issued;
let workstation: Issued;
beforeAll(async () => {
  ca = await authority();
  [server, workstation] = await Promise.all([ca.issue('999001-CO-9999'), ca.issue('999001-PC-0001')]);
});

const operators = new KeyStore({ collection: memoryCollections().collection<WrappedSecret>({ name: 'secrets-connector' }), kek: keyEncryptionKey(randomBytes(32)) });
const because = (reason: string) => expect.objectContaining({ name: CannotSign.name, reason }) as Error;

type Uses = Partial<Record<'firma' | 'postazione', HeldKey>>;
const security = (uses: Uses, ports: Partial<SecurityPorts> = {}) => messageSecurity({ clock: () => NOW, operators, keys: { inUse: async (_, __, use) => uses[use as keyof Uses] }, ...ports });

async function signing(settings: Partial<WsSettings> = {}): Promise<Signing> {
  const codiceFiscale = (await operators.box(`operator/${OPERATOR}`)).seal(CODICE_FISCALE, OPERATOR);
  return { comune: { comune: 'Z999' }, settings: { senderCode: '999001', ...settings }, anprOperator: { operator: OPERATOR, codiceFiscale, from: '2020-01-01' } };
}

const attributes = (message: string): readonly string[] => each(message, 'saml2:AttributeValue');

describe('a message of a connection', () => {
  it('is signed with the key of the Comune, in the name of its operator, from the server of the Comune', async () => {
    const message = await security({ firma: server.held })(await signing(), PAYLOAD);
    expect([verified(message, 'message', server.pem), verified(message, 'assertion', server.pem)]).toEqual([true, true]);
    expect(each(message, 'saml2:NameID')).toEqual([CODICE_FISCALE]);
    const [idSede, idPostazione, , idApplicazione] = attributes(message);
    expect([idSede, idPostazione, idApplicazione]).toEqual(['999001', '999001-CO-9999', 'GeRes']);
    expect(message).not.toContain('SubjectLocality');
  });

  it('comes from the workstation, application and address that the connection names, the workstation signing for itself', async () => {
    const message = await security({ firma: server.held, postazione: workstation.held })(await signing({ station: '999001-PC-0001', application: 'Tributi', address: '192.0.2.10' }), PAYLOAD);
    const [, idPostazione, signed, idApplicazione] = attributes(message);
    expect([idPostazione, idApplicazione]).toEqual(['999001-PC-0001', 'Tributi']);
    expect(message).toContain('Address="192.0.2.10"');
    expect(Buffer.from(signed!, 'base64').includes(workstation.held.certificate!.raw)).toBe(true);
    expect(verified(message, 'message', server.pem)).toBe(true);
  });

  it('is signed as the connection wants it, others as usual', async () => {
    const sign = security({ firma: server.held });
    const own = await sign(await signing({ signing: { signature: 'rsa-sha512', digest: 'sha512', issuer: 'operator' } }), PAYLOAD);
    expect(own).toContain('rsa-sha512');
    expect(each(own, 'saml2:Issuer')).toEqual([CODICE_FISCALE]);
    expect(verified(own, 'message', server.pem)).toBe(true);
    const usual = await sign(await signing(), PAYLOAD);
    expect(usual).not.toContain('rsa-sha512');
    expect(each(usual, 'saml2:Issuer')).toEqual(['XS']);
  });

  it('goes with one assertion for its validity, and with another once the key is another', async () => {
    const uses: Uses = { firma: server.held };
    const sign = security(uses);
    const of = await signing();
    const assertions = [await sign(of, PAYLOAD), await sign(of, PAYLOAD)].map((message) => part(message, 'saml2:Assertion'));
    expect(assertions[0]).toBe(assertions[1]);
    uses.firma = workstation.held;
    const renewed = await sign(of, PAYLOAD);
    expect(verified(renewed, 'message', workstation.pem)).toBe(true);
    expect(content(part(renewed, 'saml2:Assertion'), 'ds:X509Certificate')).toBe(workstation.held.certificate!.raw.toString('base64'));
  });

  it.each<[why: string, uses: () => Uses, ports: () => Partial<SecurityPorts>, changes: object]>([
    ['operatore assente', () => ({ firma: server.held }), () => ({}), { anprOperator: undefined }],
    ['chiave assente', () => ({}), () => ({}), {}],
    ['chiave non disponibile', () => ({}), () => ({ keys: { inUse: (_, __, use) => (use === 'firma' ? Promise.reject(new Error('dispositivo-assente')) : Promise.resolve(undefined)) } }), {}],
    ['chiave della postazione non disponibile', () => ({}), () => ({ keys: { inUse: (_, __, use) => (use === 'firma' ? Promise.resolve(server.held) : Promise.reject(new Error('dispositivo-assente'))) } }), {}],
    ['operatore non leggibile', () => ({ firma: server.held }), () => ({}), { anprOperator: { operator: OPERATOR, codiceFiscale: 's1.x', from: '2020-01-01' } }],
    ['operator', () => ({ firma: server.held }), () => ({ operators: { box: async () => ({ ...(await operators.box('x')), open: () => 'non un codice fiscale' }) } }), {}],
  ])('is not signed: %s', async (reason, uses, ports, changes) => {
    await expect(security(uses(), ports())({ ...(await signing()), ...changes }, PAYLOAD)).rejects.toThrow(because(reason));
  });
});

describe('how a connection signs', () => {
  it('is the default where it says nothing', () => expect(wssOptionsOf({})).toEqual(WSS_DEFAULTS));

  it('is what it says, the rest by default', () =>
    expect(wssOptionsOf({ keyReference: 'thumbprint', timestamp: { lastsMs: 60_000, startsBeforeMs: 5000 }, assertion: { lastsMs: 120_000, startsBeforeMs: 0 }, issuer: { name: 'GERES' }, conditionsMs: 60_000 })).toEqual({
      ...WSS_DEFAULTS,
      keyReference: 'thumbprint',
      timestamp: { lastsMs: 60_000, startsBeforeMs: 5000 },
      assertion: { ...WSS_DEFAULTS.assertion, lastsMs: 120_000, issuer: { name: 'GERES' }, conditionsMs: 60_000 },
    }));
});

describe('what a Comune trusts and shows on TLS', () => {
  const of = (settings: Partial<WsSettings>) => ({ comune: { comune: 'Z999' }, settings });
  const shown = { cert: 'certificato', key: 'chiave' };

  it('is what its connection and its keys say', async () => {
    expect(await tlsMaterial({ clock: () => NOW, keys: { shown: async () => shown } })(of({ ca: [ca.pem], serverName: 'ws.anpr.interno.it' }))).toEqual({ ca: [ca.pem], servername: 'ws.anpr.interno.it', ...shown });
    expect(await tlsMaterial({ clock: () => NOW, keys: { shown: async () => undefined } })(of({}))).toEqual({});
  });

  it('is told to be missing where its key is not at hand', () => expect(tlsMaterial({ clock: () => NOW, keys: { shown: () => Promise.reject(new Error('dispositivo-assente')) } })(of({}))).rejects.toThrow(because('chiave di TLS non disponibile')));
});
