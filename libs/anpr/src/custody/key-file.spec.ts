import type { SealedKey } from '@geres/contracts';
import type { Problem } from '@geres/kernel';
import { createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority, type Authority, type Issued } from '../testing/certificates.js';
import { pkcs12, PROTECTIONS } from '../testing/key-files.js';
import { openssl } from '../testing/openssl.js';
import { describeWithOpenssl } from '../testing/xmlsec.js';
import { readKeyFile } from './key-file.js';

let root: Authority;
let middle: Authority;
let one: Issued;
let two: Issued;
beforeAll(async () => {
  root = await authority('CA radice');
  middle = await root.below('CA Postazioni');
  [one, two] = await Promise.all([middle.issue('058091-CO-9999'), middle.issue('058091-PC-0001')]);
});

const refusal = async (reading: Promise<unknown>): Promise<string> => {
  const error = (await reading.then(() => undefined, (failure: unknown) => failure)) as Problem;
  const { motivo } = error.params as { readonly motivo?: string };
  return motivo === undefined ? error.code : `${error.code}: ${motivo}`;
};
const unreadable = (why: string): string => `chiave-illeggibile: ${why}`;
const raw = (pem: string): Buffer => new X509Certificate(pem).raw;
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describeWithOpenssl('a key with its certificates in a PKCS#12', () => {
  it.each(PROTECTIONS)('is read when protected with %s', async (_, protection) => {
    const { key, chain } = await readKeyFile(await pkcs12({ ...one, others: [middle.pem], protection }));
    expect(key.equals(one.key)).toBe(true);
    expect(chain.map(({ raw: der }) => der)).toEqual([raw(one.pem), raw(middle.pem)]);
  });

  it.each(PROTECTIONS)('is not read with another password, protected with %s', async (_, protection) => {
    const file = await pkcs12({ ...one, protection });
    expect(await refusal(readKeyFile({ ...file, password: 'altra' }))).toMatch(/^chiave-illeggibile: (?:la password è errata|è danneggiato)$/);
  });

  it.each(['', 'segreta ', 'SEGRETA'])('is not read with a password that is almost its own: “%s”', async (password) => {
    expect(await refusal(readKeyFile({ ...(await pkcs12(one)), password }))).toBe(unreadable('la password è errata'));
  });

  it.each(['', 'perché no', '密码', 'a'.repeat(200)])('is read with the password “%s”', async (password) => {
    for (const protection of [[], ['-legacy']]) expect((await readKeyFile(await pkcs12({ ...one, password, protection }))).key.equals(one.key)).toBe(true);
  });

  it('has the certificate of the key first, then those above it, whatever their order in the file, and nobody else’s', async () => {
    for (const others of [
      [root.pem, two.pem, middle.pem],
      [two.pem, middle.pem, root.pem],
    ]) {
      expect((await readKeyFile(await pkcs12({ ...one, others }))).chain.map(({ raw: der }) => der)).toEqual([raw(one.pem), raw(middle.pem), raw(root.pem)]);
    }
  });

  it('has of two certificates of the key the one that began last', async () => {
    const renewed = await middle.certify(new X509Certificate(one.pem).publicKey, '058091-CO-9999', { validFrom: '2026-01-01T00:00:00Z' });
    expect((await readKeyFile(await pkcs12({ ...one, others: [renewed] }))).chain[0]!.raw).toEqual(raw(renewed));
  });

  it('may be without certificate, as the key of a PDND client is', async () => {
    const { keyPem } = one;
    expect((await readKeyFile(await pkcs12({ keyPem }))).chain).toEqual([]);
  });

  it('is refused when it is protected in a way that nobody has seen for long', async () => {
    expect(await refusal(readKeyFile(await pkcs12({ ...one, protection: ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128'] })))).toBe(unreadable('è protetto in un modo che non è previsto'));
  });

  it('is refused without a key', async () => {
    const file = await openssl(['pkcs12', '-export', '-nokeys', '-in', '{cert.pem}', '-passout', 'pass:segreta'], { 'cert.pem': one.pem });
    expect(await refusal(readKeyFile({ pkcs12: file.toString('base64'), password: 'segreta' }))).toBe(unreadable('non contiene una chiave'));
  });

  it('is refused with the certificate of another key', async () => {
    const { keyPem } = one;
    expect(await refusal(readKeyFile(await pkcs12({ keyPem, others: [two.pem] })))).toBe('certificato-di-un-altra-chiave');
  });

  it('is refused when it is cut, altered or something else, with nothing of it in the words', async () => {
    const { pkcs12: whole, password } = await pkcs12(one);
    const bytes = Buffer.from(whole, 'base64');
    for (const [n, wrong] of [bytes.subarray(0, 900), Buffer.concat([bytes.subarray(0, 1200), Buffer.alloc(40), bytes.subarray(1240)]), Buffer.from('ciao'), Buffer.alloc(0), Buffer.from(one.pem), Buffer.from('3003020103', 'hex')].entries()) {
      expect(await refusal(readKeyFile({ pkcs12: wrong.toString('base64'), password })), String(n)).toMatch(/^chiave-illeggibile: (?:non è un PKCS#12|la password è errata|è danneggiato)$/);
    }
  });

  it('is refused when its password takes too long, and nothing else waits for it', async () => {
    const file = await pkcs12({ ...one, protection: ['-iter', '1000000', '-legacy'] });
    const slow = refusal(readKeyFile(file, { patienceMs: 300 }));
    expect((await readKeyFile({ pem: one.keyPem })).key.equals(one.key)).toBe(true);
    expect(await slow).toBe(unreadable('leggerla richiede troppo tempo'));
  });
});

describe('a key in PEM', () => {
  const encrypted = (key: KeyObject, cipher: string): Extract<SealedKey, { pem: string }> => ({ pem: key.export({ type: 'pkcs8', format: 'pem', cipher, passphrase: 'segreta' }).toString(), password: 'segreta' });

  it('is read plain, in the form of PKCS#8 and of PKCS#1', async () => {
    for (const type of ['pkcs8', 'pkcs1'] as const) {
      const { key, chain } = await readKeyFile({ pem: one.key.export({ type, format: 'pem' }).toString() });
      expect(key.equals(one.key)).toBe(true);
      expect(chain).toEqual([]);
    }
  });

  it.each(['aes-256-cbc', 'aes-128-cbc', 'des-ede3-cbc'])('is read encrypted with %s', async (cipher) => {
    expect((await readKeyFile(encrypted(one.key, cipher))).key.equals(one.key)).toBe(true);
    expect(await refusal(readKeyFile({ ...encrypted(one.key, cipher), password: 'altra' }))).toBe(unreadable('la password è errata'));
    const { password: _, ...without } = encrypted(one.key, cipher);
    expect(await refusal(readKeyFile(without))).toBe(unreadable('è protetta da una password, che manca'));
  });

  it('is read encrypted as OpenSSL did of old', async () => {
    const pem = one.key.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'segreta' }).toString();
    expect(pem).toContain('Proc-Type: 4,ENCRYPTED');
    expect((await readKeyFile({ pem, password: 'segreta' })).key.equals(one.key)).toBe(true);
    expect(await refusal(readKeyFile({ pem, password: 'altra' }))).toBe(unreadable('la password è errata'));
  });

  it('has its certificates, if they are beside it', async () => {
    const { chain } = await readKeyFile({ pem: [middle.pem, one.keyPem, one.pem].join('\n') });
    expect(chain.map(({ raw: der }) => der)).toEqual([raw(one.pem), raw(middle.pem)]);
  });

  it.each<[string, () => string, string]>([
    ['nothing', () => '', 'non contiene una chiave'],
    ['a certificate alone', () => one.pem, 'non contiene una chiave'],
    ['a public key', () => createPublicKey(one.key).export({ type: 'spki', format: 'pem' }).toString(), 'non contiene una chiave'],
    ['two keys', () => one.keyPem + two.keyPem, 'contiene più chiavi'],
    ['a key of which a part is missing', () => one.keyPem.replace(/\n[^\n]+\n[^\n]+\n/, '\n'), 'è danneggiata'],
    ['a certificate that is none', () => `${one.keyPem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, 'un certificato non si legge'],
    ['more certificates than a chain has', () => [one.keyPem, one.pem, ...Array<string>(25).fill(middle.pem)].join('\n'), 'più di 20 certificati'],
  ])('is refused when the text has %s', async (_, pem, why) => {
    expect(await refusal(readKeyFile({ pem: pem() }))).toBe(unreadable(why));
  });

  it.each<[string, () => KeyObject]>([
    ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    ['an elliptic curve', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['Ed25519', () => generateKeyPairSync('ed25519').privateKey],
    ['RSA for PSS alone', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
  ])('is refused when it is %s', async (_, key) => {
    expect(await refusal(readKeyFile({ pem: pemOf(key()) }))).toBe('chiave-non-ammessa');
  });
});
