import { beforeAll, describe, expect, it } from 'vitest';
import { authority, type Authority, type Issued } from '../../testing/certificates.js';
import { content, each, identityOf, NOW, part, PAYLOAD, payloadOf, signatureOf, verified } from '../../testing/wss.js';
import { at, text, treeOf, type Node } from '../soap/tree.js';
import { digestOf } from './algorithms.js';
import type { WssIdentity } from './identity.js';
import { WSS_DEFAULTS, type WssOptions } from './options.js';
import { wsSecurity } from './security.js';
import { CannotSign, type Signer } from './signer.js';

let ca: Authority;
let server: Issued;
let workstation: Issued;
beforeAll(async () => {
  ca = await authority();
  [server, workstation] = await Promise.all([ca.issue('999001-CO-9999'), ca.issue('999001-PC-0001')]);
});

interface World {
  now: Date;
  signatures: number;
  readonly counting: (signer: Signer) => Signer;
  readonly as: (changes?: Partial<WssIdentity>) => WssIdentity;
  readonly after: (ms: number) => void;
  readonly sign: (identity?: WssIdentity, payload?: string) => Promise<string>;
}

function world(options: WssOptions = WSS_DEFAULTS, keepsAtMost = 10): World {
  const made: World = {
    now: NOW,
    signatures: 0,
    counting: (signer: Signer): Signer => ({
      ...signer,
      sign: (...given) => {
        made.signatures += 1;
        return signer.sign(...given);
      },
    }),
    /** One server that is its own workstation, its signatures counted. */
    as: (changes = {}) => identityOf(made.counting(server.signer), changes),
    after: (ms) => void (made.now = new Date(NOW.getTime() + ms)),
    sign: (identity = made.as(), payload = PAYLOAD) => security.sign(payload, identity),
  };
  const security = wsSecurity({ clock: () => made.now, options, keepsAtMost });
  return made;
}

const security = (xml: string): Node => at(treeOf(xml), 'Header', 'Security')!;
const idOf = (xml: string): string => /<saml2:Assertion [^>]*ID="([^"]+)"/.exec(xml)![1]!;
const created = (xml: string): string => content(xml, 'wsu:Created');

describe('a message to ANPR', () => {
  it('has the strict layout: timestamp, assertion, token, signature', async () => {
    const xml = await world().sign();
    expect(xml).toContain('<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"');
    expect(part(xml, 'wsse:Security')).toMatch(/^<wsse:Security [^>]*soapenv:mustUnderstand="1">/);
    expect(security(xml).children.map(({ name }) => name)).toEqual(['Timestamp', 'Assertion', 'BinarySecurityToken', 'Signature']);
    expect(content(xml, 'wsse:BinarySecurityToken')).toBe(server.signer.certificate.raw.toString('base64'));
    expect(signatureOf(xml, 'message')).toContain('<wsse:Reference URI="#X509-1"');
  });

  it('carries the payload as it was given', async () => {
    expect(payloadOf(await world().sign())).toBe(PAYLOAD);
  });

  it('holds for five minutes', async () => {
    const xml = await world().sign();
    expect([created(xml), content(xml, 'wsu:Expires')]).toEqual(['2026-01-20T09:15:30.120Z', '2026-01-20T09:20:30.120Z']);
  });

  it('has the digests that others compute for it', async () => {
    // Of timestamp and body written in another way, by `xmllint --exc-c14n` and `openssl dgst -sha256`.
    expect(each(signatureOf(await world().sign(), 'message'), 'ds:DigestValue')).toEqual(['5GzJ1N+HXSrKNI7gIuC2RDlfBcQhex1VTXuzfwo5ao4=', 'C0XduG79GlHHIGhBMOymx1Cuo00otmyFzJGNXdJnOik=']);
  });

  it('is signed over timestamp and body, and its assertion apart, by the server', async () => {
    const xml = await world().sign();
    expect([...signatureOf(xml, 'message').matchAll(/URI="(#[^"]+)"><ds:Transforms>/g)].map(([, uri]) => uri)).toEqual(['#TS-1', '#Body-1']);
    expect([verified(xml, 'message', server.pem), verified(xml, 'assertion', server.pem)]).toEqual([true, true]);
    expect([verified(xml, 'message', workstation.pem), verified(xml, 'assertion', workstation.pem)]).toEqual([false, false]);
  });

  it.each([
    ['body', 'SNTPRV85C55H501U</codiceFiscale>', 'SNTPRV85C15H501Q</codiceFiscale>', [false, true]],
    ['timestamp', '<wsu:Expires>2026-01-20T09:20', '<wsu:Expires>2026-01-20T10:20', [false, true]],
    ['operator', 'SNTPRV85C55H501U</saml2:NameID>', 'SNTPRV85C15H501Q</saml2:NameID>', [true, false]],
    ['workstation', '>999001-CO-9999</saml2:AttributeValue>', '>999001-CO-9998</saml2:AttributeValue>', [true, false]],
    ['meaning of a type', 'xmlns:xsd="http://www.w3.org/2001/XMLSchema"', 'xmlns:xsd="urn:altro"', [true, false]],
  ])('whose %s is altered is not accepted', async (_, from, to, accepted) => {
    const xml = await world().sign();
    const altered = xml.replace(from, to);
    expect(altered).not.toBe(xml);
    expect([verified(altered, 'message', server.pem), verified(altered, 'assertion', server.pem)]).toEqual(accepted);
  });
});

describe('the assertion', () => {
  it('is about the operator, with the four attributes of ANPR', async () => {
    const assertion = at(security(await world().sign()), 'Assertion')!;
    expect(assertion.children.map(({ name }) => name)).toEqual(['Issuer', 'Signature', 'Subject', 'AuthnStatement', 'AttributeStatement']);
    expect([text(assertion, 'Issuer'), text(at(assertion, 'Subject'), 'NameID')]).toEqual(['XS', 'SNTPRV85C55H501U']);
    const attributes = at(assertion, 'AttributeStatement')!.children.map((one) => text(one, 'AttributeValue'));
    expect([attributes[0], attributes[1], attributes[3]]).toEqual(['999001', '999001-CO-9999', 'GeRes & "prova"']);
    expect(Buffer.from(attributes[2]!, 'base64').includes('999001-CO-9999')).toBe(true);
  });

  it('names the workstation, whose key signs its id, where that is not the server', async () => {
    const xml = await world().sign(identityOf(server.signer, { idPostazione: '999001-PC-0001', workstation: workstation.signer }));
    const cms = Buffer.from(each(xml, 'saml2:AttributeValue')[2]!, 'base64');
    expect([cms.includes(workstation.signer.certificate.raw), cms.includes(server.signer.certificate.raw)]).toEqual([true, false]);
  });

  it('says from where only if that is known', async () => {
    const { address: _, ...elsewhere } = identityOf(server.signer);
    expect(part(await world().sign(), 'saml2:SubjectLocality')).toContain('Address="192.0.2.10"');
    expect(await world().sign(elsewhere)).not.toContain('SubjectLocality');
  });

  it('is reused inside its validity, with its signed id: only the message is signed again', async () => {
    const made = world();
    const first = await made.sign();
    expect(made.signatures).toBe(3);
    made.after(3 * 60_000);
    const second = await made.sign();
    expect([idOf(second), made.signatures]).toEqual([idOf(first), 4]);
    expect(created(second)).toBe('2026-01-20T09:18:30.120Z');
    expect(verified(second, 'assertion', server.pem)).toBe(true);
  });

  it('is made again in its last minute, with the id as it was signed', async () => {
    const made = world();
    const first = await made.sign();
    made.after(4 * 60_000);
    const second = await made.sign();
    expect([idOf(second) === idOf(first), made.signatures]).toEqual([false, 5]);
    expect(each(second, 'saml2:AttributeValue')[2]).toBe(each(first, 'saml2:AttributeValue')[2]);
  });

  it('is never reused past the end of a certificate', async () => {
    const short = await ca.issue('999001-CO-9997', { validTo: '2026-01-20T09:16:00Z' });
    const made = world();
    await made.sign(identityOf(short.signer));
    made.after(30_000);
    await expect(made.sign(identityOf(short.signer))).rejects.toMatchObject({ name: CannotSign.name, reason: 'certificato server scaduto' });
  });

  it('is one for all who ask at the same time', async () => {
    const made = world();
    const all = await Promise.all([made.sign(), made.sign(), made.sign()]);
    expect([new Set(all.map(idOf)).size, made.signatures]).toEqual([1, 5]);
  });

  it('is never shared: not with another operator, place, application, or certificate', async () => {
    const made = world();
    const renewed = await ca.issue('999001-CO-9998');
    const ids = [];
    for (const identity of [made.as(), made.as({ operator: 'SNTPRV85C15H501Q' }), made.as({ idApplicazione: 'Altra' }), made.as({ address: '192.0.2.11' }), made.as({ idPostazione: '999001-CO-9998' }), identityOf(renewed.signer), made.as({ workstation: renewed.signer })]) ids.push(idOf(await made.sign(identity)));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a message sent again', () => {
  it('has the same body to the byte, under a timestamp and a signature of its own', async () => {
    const made = world();
    const first = await made.sign();
    made.after(1000);
    const again = await made.sign();
    expect(part(again, 'soapenv:Body')).toBe(part(first, 'soapenv:Body'));
    expect([created(again), signatureOf(again, 'message') === signatureOf(first, 'message')]).toEqual(['2026-01-20T09:15:31.120Z', false]);
  });
});

describe('what ANPR does not publish', () => {
  const changed = (changes: Partial<WssOptions>): Promise<string> => world({ ...WSS_DEFAULTS, ...changes }).sign();
  const assertion = (changes: Partial<WssOptions['assertion']>): Promise<string> => changed({ assertion: { ...WSS_DEFAULTS.assertion, ...changes } });

  it.each([
    ['rsa-sha1', 'sha1'],
    ['rsa-sha512', 'sha512'],
  ] as const)('can be chosen: algorithms %s and %s', async (signature, digest) => {
    const xml = await changed({ signature, digest });
    expect(each(signatureOf(xml, 'message'), 'ds:DigestValue')[1]).toBe(digestOf(digest, part(xml, 'soapenv:Body')).toString('base64'));
    expect([verified(xml, 'message', server.pem), verified(xml, 'assertion', server.pem)]).toEqual([true, true]);
  });

  it.each([
    ['subject-key-identifier', '#X509SubjectKeyIdentifier', () => server.signer.certificate.raw.includes.bind(server.signer.certificate.raw)],
    ['thumbprint', '#ThumbprintSHA1', () => (value: Buffer) => value.equals(digestOf('sha1', server.signer.certificate.raw))],
  ] as const)('can be chosen: the certificate named by its %s and not sent', async (keyReference, type, holds) => {
    const xml = await changed({ keyReference });
    expect(security(xml).children.map(({ name }) => name)).toEqual(['Timestamp', 'Assertion', 'Signature']);
    expect(part(xml, 'wsse:KeyIdentifier')).toContain(type);
    const value = Buffer.from(content(xml, 'wsse:KeyIdentifier'), 'base64');
    expect([value.length, holds()(value)]).toEqual([20, true]);
    expect(verified(xml, 'message', server.pem)).toBe(true);
  });

  it('can be chosen: the operator as issuer, attributes without a type, conditions', async () => {
    const xml = await assertion({ issuer: 'operator', typed: false, conditionsMs: 60_000 });
    expect([content(xml, 'saml2:Issuer'), xml.includes('XMLSchema')]).toEqual(['SNTPRV85C55H501U', false]);
    expect(part(xml, 'saml2:Conditions')).toBe('<saml2:Conditions NotBefore="2026-01-20T09:15:30.120Z" NotOnOrAfter="2026-01-20T09:16:30.120Z"></saml2:Conditions>');
    expect(verified(xml, 'assertion', server.pem)).toBe(true);
  });

  it('can be chosen: a start before now, with an end that moves with it', async () => {
    const xml = await changed({ timestamp: { lastsMs: 300_000, startsBeforeMs: 30_000 }, assertion: { ...WSS_DEFAULTS.assertion, startsBeforeMs: 30_000 } });
    expect([created(xml), content(xml, 'wsu:Expires')]).toEqual(['2026-01-20T09:15:00.120Z', '2026-01-20T09:20:00.120Z']);
    expect(part(xml, 'saml2:SubjectConfirmationData')).toContain('NotBefore="2026-01-20T09:15:00.120Z" NotOnOrAfter="2026-01-20T09:20:00.120Z"');
  });

  it('limits how long an assertion is reused: with conditions of a minute, half of that', async () => {
    const made = world({ ...WSS_DEFAULTS, assertion: { ...WSS_DEFAULTS.assertion, conditionsMs: 60_000 } });
    const ids = [];
    for (const ms of [0, 29_000, 31_000]) {
      made.after(ms);
      ids.push(idOf(await made.sign()));
    }
    expect([ids[0] === ids[1], ids[1] === ids[2]]).toEqual([true, false]);
  });
});

describe('nothing is signed', () => {
  it.each([
    ['for an operator without a codice fiscale', { operator: 'rossi' }, 'operator'],
    ['for a place that is none', { idSede: '99901' }, 'idSede'],
    ['for a workstation that is none', { idPostazione: '999001-9999' }, 'idPostazione'],
    ['for a workstation of another place', { idPostazione: '999002-CO-9999' }, 'idPostazione di un’altra sede'],
    ['for an application that XML cannot carry', { idApplicazione: 'a\u0001' }, 'idApplicazione'],
    ['from an address that is none', { address: 'comune.example' }, 'address'],
  ] as const)('%s', async (_, changes, reason) => {
    const made = world();
    await expect(made.sign(made.as(changes))).rejects.toMatchObject({ name: CannotSign.name, reason });
    expect(made.signatures).toBe(0);
  });

  it('with a certificate before its time', async () => {
    const early = await ca.issue('999001-PC-0002', { validFrom: '2026-01-20T09:15:31Z' });
    await expect(world().sign(identityOf(server.signer, { workstation: early.signer }))).rejects.toMatchObject({ reason: 'certificato postazione non ancora valido' });
  });

  it('by a device that fails, until it works again', async () => {
    let works = false;
    const device: Signer = { ...server.signer, sign: (...given) => (works ? server.signer.sign(...given) : Promise.reject(new CannotSign('dispositivo'))) };
    const made = world();
    await expect(made.sign(identityOf(device))).rejects.toMatchObject({ reason: 'dispositivo' });
    works = true;
    expect(verified(await made.sign(identityOf(device)), 'message', server.pem)).toBe(true);
  });
});
