import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { connectionEvents, type CertificateUse, type InstalledCertificate, type SealedKey } from '@geres/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority, type Authority, type Issued } from '../testing/certificates.js';
import { sealedTo, secretRows, type SecretRows } from '../testing/custody.js';
import { openssl, opensslSays } from '../testing/openssl.js';
import { describeWithOpenssl } from '../testing/xmlsec.js';
import { openCustody, type Custody, type MadeKey } from './custody.js';
import { noDevice, type Device } from './device.js';
import { heldKey, publicPart } from './held.js';
import { keptOf, openedKey } from './vault.js';

const ROMA = { comune: 'H501', channel: 'ws' } as const;
const PDND = { comune: 'H501', channel: 'pdnd' } as const;
const FIRST = '01JD0CERT0000000000000000A';
const SECOND = '01JD0CERT0000000000000000B';
const responsible = '01JD0SER00000000000000000A';
const subject = { commonName: '058091-CO-9999', organization: 'Comune di Città della Pièv’è', locality: 'Roma', province: 'RM' };

let root: Authority;
let ca: Authority;
let one: Issued;
let two: Issued;
beforeAll(async () => {
  root = await authority('CA radice');
  ca = await root.below('CA Postazioni');
  [one, two] = await Promise.all([ca.issue('058091-CO-9999', { validTo: '2030-06-01T00:00:00Z', serialNumber: '0c1d' }), ca.issue('058091-PC-0001')]);
});

interface World extends SecretRows {
  readonly custody: Custody;
  install(content: SealedKey, changes?: { readonly use?: CertificateUse; readonly certificate?: string; readonly of?: typeof ROMA | typeof PDND }): Promise<InstalledCertificate>;
  request(changes?: { readonly use?: CertificateUse; readonly certificate?: string }): Promise<MadeKey>;
}

function world(device: Device = noDevice, rows = secretRows()): World {
  const custody = openCustody({ secrets: rows.store(), device });
  return {
    ...rows,
    custody,
    install: async (content, { use = 'firma', certificate = FIRST, of = ROMA } = {}) => custody.install(of, { certificate, use, responsible, sealed: await sealedTo(await custody.publicKey(), of, content) }),
    request: ({ use = 'firma', certificate = FIRST } = {}) => custody.request(use === 'client' ? PDND : ROMA, { certificate, use, responsible, subject }),
  };
}

const pem = (...parts: readonly string[]): SealedKey => ({ pem: parts.join('\n') });
const awaiting = (made: MadeKey): Extract<MadeKey, { kind: 'awaits' }> => {
  if (made.kind !== 'awaits') throw new Error(made.kind);
  return made;
};
const publicKeyOf = (request: string): Promise<KeyObject> => openssl(['req', '-in', '{csr}', '-noout', '-pubkey'], { csr: request }).then((text) => createPublicKey(text));

describe('installing a key that was sealed to the connector', () => {
  it('tells what its certificate says, and nothing of the key', async () => {
    const { install } = world();
    const installed = await install(pem(one.keyPem, ca.pem, one.pem));
    expect(installed).toEqual({
      certificate: FIRST,
      use: 'firma',
      responsible,
      custody: 'connettore',
      kid: publicPart(one.key).kid,
      x509: {
        thumbprint: new X509Certificate(one.pem).fingerprint256.replaceAll(':', '').toLowerCase(),
        subject: 'CN=058091-CO-9999, O=Comune di Esempio, C=IT',
        issuer: 'CN=CA Postazioni',
        serial: '0C1D',
        notBefore: '2020-01-01T00:00:00.000Z',
        notAfter: '2030-06-01T00:00:00.000Z',
      },
    });
    const contract = connectionEvents.find(({ type }) => type === 'anpr.connection.certificate-installed')!;
    expect(contract.data.safeParse({ ...ROMA, ...installed }).success).toBe(true);
  });

  it('keeps it, so that it signs, after another start too', async () => {
    const { install, store } = world();
    const installed = await install(pem(one.keyPem, one.pem, ca.pem));
    const opened = await openedKey({ secrets: store(), device: noDevice }, ROMA, installed);
    expect(opened!.held.issuers.map(({ subject: name }) => name)).toEqual(['CN=CA Postazioni']);
    expect(await opened!.held.sign(Buffer.from('x'), 'rsa-sha256')).toEqual(await heldKey(one.key, []).sign(Buffer.from('x'), 'rsa-sha256'));
    await expect(openCustody({ secrets: store(), device: noDevice }).usable(ROMA, installed)).resolves.toBeUndefined();
  });

  it('may be repeated after a crash: the same file is the same key', async () => {
    const { install, store } = world();
    const first = await install(pem(one.keyPem, one.pem));
    expect(await install(pem(one.keyPem, one.pem))).toEqual(first);
    await expect(install(pem(two.keyPem, two.pem))).rejects.toMatchObject({ code: 'certificato-gia-presente' });
    expect((await openedKey({ secrets: store(), device: noDevice }, ROMA, first))!.held.kid).toBe(first.kid);
  });

  it('wants a certificate, but for the key of a PDND client', async () => {
    const { install, store } = world();
    await expect(install(pem(one.keyPem))).rejects.toMatchObject({ code: 'certificato-mancante' });
    expect(await keptOf(store(), ROMA, FIRST)).toBeUndefined();
    const installed = await install(pem(one.keyPem), { use: 'client', of: PDND });
    expect(installed).not.toHaveProperty('x509');
    await expect(openedKey({ secrets: store(), device: noDevice }, PDND, installed)).resolves.toMatchObject({ held: { kid: publicPart(one.key).kid } });
  });

  it('keeps nothing when it cannot be read', async () => {
    const { install, rows, custody } = world();
    await custody.publicKey();
    for (const content of [pem('ciao'), pem(one.keyPem, two.pem), { pkcs12: 'AAAA', password: '' }]) await expect(install(content)).rejects.toMatchObject({ name: 'Problem' });
    expect((await rows.find({ limit: 10 })).rows.map(({ id }) => id)).toEqual(['connector/inbox']);
  });

  it('keeps the keys of two Comuni apart', async () => {
    const { install, store } = world();
    const installed = await install(pem(one.keyPem, one.pem));
    expect(await openedKey({ secrets: store(), device: noDevice }, { comune: 'F205', channel: 'ws' }, installed)).toBeUndefined();
    expect(await openedKey({ secrets: store(), device: noDevice }, PDND, installed)).toBeUndefined();
  });

  it('is not used for an event that speaks of another key or certificate', async () => {
    const { install, store } = world();
    const installed = await install(pem(one.keyPem, one.pem));
    const vault = { secrets: store(), device: noDevice };
    expect(await openedKey(vault, ROMA, { ...installed, kid: publicPart(two.key).kid })).toBeUndefined();
    expect(await openedKey(vault, ROMA, { ...installed, x509: { ...installed.x509!, thumbprint: '0'.repeat(64) } })).toBeUndefined();
    await expect(openCustody(vault).usable(ROMA, { ...installed, kid: 'x' })).rejects.toMatchObject({ code: 'certificato-assente' });
  });
});

describeWithOpenssl('a key that is made in the connector', () => {
  it('asks for its certificate with a request that it has signed itself', async () => {
    const { request } = world();
    const { requested, request: csr } = awaiting(await request());
    expect(await opensslSays(['req', '-in', '{csr}', '-verify', '-noout'], { csr })).toMatch(/verify OK/);
    const names = (await openssl(['req', '-in', '{csr}', '-noout', '-subject', '-nameopt', 'utf8,sep_comma_plus'], { csr })).toString();
    expect(names.trim()).toBe('subject=C=IT,ST=RM,L=Roma,O=Comune di Città della Pièv’è,CN=058091-CO-9999');
    const publicKey = await publicKeyOf(csr);
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
    expect(requested).toEqual({ certificate: FIRST, use: 'firma', responsible, kid: publicPart(publicKey).kid });
    const altered = Buffer.from(csr.split('\n').slice(1, -2).join(''), 'base64');
    altered[altered.length - 1]! ^= 1;
    expect(await opensslSays(['req', '-inform', 'DER', '-in', '{csr}', '-verify', '-noout'], { csr: altered })).toMatch(/verify failure/);
  });

  it('is the same when the act is repeated, in another process too', async () => {
    const { request, ...rows } = world();
    const first = awaiting(await request());
    const again = awaiting(await world(noDevice, rows).request());
    expect(again.requested).toEqual(first.requested);
    expect(awaiting(await request({ certificate: SECOND })).requested.kid).not.toBe(first.requested.kid);
  });

  it('takes the certificate that was issued for it', async () => {
    const { request, custody, store } = world();
    const { requested, request: csr } = awaiting(await request());
    const issued = await ca.certify(await publicKeyOf(csr), '058091-CO-9999');
    const installed = await custody.installIssued(ROMA, requested, [root.pem, issued, ca.pem].join('\n'));
    expect(installed).toMatchObject({ certificate: FIRST, use: 'firma', kid: requested.kid, responsible, custody: 'connettore', x509: { issuer: 'CN=CA Postazioni' } });
    const { held } = (await openedKey({ secrets: store(), device: noDevice }, ROMA, installed))!;
    expect([held.certificate, ...held.issuers].map((one) => one!.subject.split('\n')[0])).toEqual(['CN=058091-CO-9999', 'CN=CA Postazioni', 'CN=CA radice']);
    expect(new X509Certificate(issued).publicKey.equals(held.certificate!.publicKey)).toBe(true);
  });

  it('takes no certificate of another key, and waits for its own', async () => {
    const { request, custody } = world();
    const { requested, request: csr } = awaiting(await request());
    await expect(custody.installIssued(ROMA, requested, one.pem)).rejects.toMatchObject({ code: 'certificato-di-un-altra-chiave' });
    await expect(custody.installIssued(ROMA, { ...requested, kid: publicPart(one.key).kid }, await ca.certify(await publicKeyOf(csr), 'x'))).rejects.toMatchObject({ code: 'certificato-di-un-altra-chiave' });
    await expect(custody.installIssued(ROMA, requested, 'niente')).rejects.toMatchObject({ code: 'certificato-mancante' });
    await expect(custody.installIssued(ROMA, { ...requested, certificate: SECOND }, one.pem)).rejects.toMatchObject({ code: 'certificato-assente' });
    await expect(custody.installIssued(ROMA, requested, await ca.certify(await publicKeyOf(csr), 'x'))).resolves.toMatchObject({ kid: requested.kid });
  });

  it('may be given its certificate again after a crash, another one too: the event says which it is', async () => {
    const { request, custody, store } = world();
    const { requested, request: csr } = awaiting(await request());
    const key = await publicKeyOf(csr);
    const [early, late] = [await ca.certify(key, 'prima'), await ca.certify(key, 'dopo')];
    const first = await custody.installIssued(ROMA, requested, early);
    const second = await custody.installIssued(ROMA, requested, late);
    expect(await custody.installIssued(ROMA, requested, early)).toEqual(first);
    for (const [installed, name] of [[first, 'prima'], [second, 'dopo']] as const) {
      expect((await openedKey({ secrets: store(), device: noDevice }, ROMA, installed))!.held.certificate!.subject).toContain(`CN=${name}`);
    }
  });

  it('waits for no certificate where it is that of a PDND client', async () => {
    const { request, custody } = world();
    const made = await request({ use: 'client' });
    if (made.kind !== 'ready') throw new Error(made.kind);
    expect(made.installed).toEqual({ certificate: FIRST, use: 'client', responsible, custody: 'connettore', kid: made.publicKey.kid });
    expect(Object.keys(made.publicKey).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    await expect(custody.usable(PDND, made.installed)).resolves.toBeUndefined();
  });
});

describe('a key of a device', () => {
  const deviceOf = (issued: Issued): Device => ({ ...noDevice, key: () => Promise.resolve(heldKey(issued.key, [])) });
  const asked = (label: string, chain?: string) => ({ certificate: FIRST, use: 'firma' as const, responsible, label, ...(chain === undefined ? {} : { chain }) });

  it('stays there, and its certificate is kept here', async () => {
    const { custody, rows, store } = world(deviceOf(one));
    const installed = await custody.device(ROMA, asked('H501-firma', one.pem + ca.pem));
    expect(installed).toMatchObject({ custody: 'dispositivo', kid: publicPart(one.key).kid, x509: { serial: '0C1D' } });
    expect((await keptOf(store(), ROMA, FIRST))!.stored).not.toHaveProperty('key');
    expect((await rows.find({ limit: 10 })).rows).toHaveLength(1);
    const opened = await openedKey({ secrets: store(), device: deviceOf(one) }, ROMA, installed);
    expect(opened).not.toHaveProperty('key');
    expect(opened!.held.certificate!.serialNumber).toBe('0C1D');
  });

  it('is not used once the device has another under its label', async () => {
    const { custody, store } = world(deviceOf(one));
    const installed = await custody.device(ROMA, asked('H501-firma', one.pem));
    expect(await openedKey({ secrets: store(), device: deviceOf(two) }, ROMA, installed)).toBeUndefined();
  });

  it.each(['F205-firma', 'firma', 'H501', 'h501-firma', ' H501-firma'])('is of the Comune that its label begins with, so not %s', async (label) => {
    await expect(world(deviceOf(one)).custody.device(ROMA, asked(label, one.pem))).rejects.toMatchObject({ code: 'dispositivo-assente', params: { motivo: 'l’etichetta della chiave deve cominciare con H501-' } });
  });

  it('has its own certificate', async () => {
    const { custody } = world(deviceOf(one));
    await expect(custody.device(ROMA, asked('H501-firma', two.pem))).rejects.toMatchObject({ code: 'certificato-di-un-altra-chiave' });
    await expect(custody.device(ROMA, asked('H501-firma'))).rejects.toMatchObject({ code: 'certificato-mancante' });
  });

  it('is not there where no device is configured', async () => {
    await expect(world().custody.device(ROMA, asked('H501-firma', one.pem))).rejects.toMatchObject({ code: 'dispositivo-assente', params: { motivo: expect.stringContaining('GERES_PKCS11_MODULE') as string } });
  });
});

describe('a retired key', () => {
  it('is erased, and its place is taken by no other', async () => {
    const { install, custody, rows, store } = world();
    const installed = await install(pem(one.keyPem, one.pem));
    await custody.retire(ROMA, FIRST);
    await custody.retire(ROMA, FIRST);
    expect(await openedKey({ secrets: store(), device: noDevice }, ROMA, installed)).toBeUndefined();
    expect(await rows.get(`anpr/H501/ws/${FIRST}`)).toEqual({ destroyed: true });
    await expect(install(pem(one.keyPem, one.pem))).rejects.toMatchObject({ code: 'certificato-gia-presente' });
    await expect(world(noDevice, { rows, store }).request()).rejects.toMatchObject({ code: 'certificato-gia-presente' });
  });
});
