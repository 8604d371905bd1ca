import { generateKeyPairSync, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority, type Authority, type Issued } from '../../testing/certificates.js';
import { CannotSign, certificatesIn, keySigner } from './signer.js';

let ca: Authority;
let server: Issued;
beforeAll(async () => {
  ca = await authority();
  server = await ca.issue('999001-CO-9999');
});

const because = (reason: string) => expect.objectContaining({ name: CannotSign.name, reason }) as Error;

describe('a key in memory', () => {
  it.each([
    ['rsa-sha1', 'sha1'],
    ['rsa-sha256', 'sha256'],
    ['rsa-sha512', 'sha512'],
  ] as const)('signs with %s', async (algorithm, hash) => {
    const data = Buffer.from('dati');
    expect(verify(hash, data, server.signer.certificate.publicKey, await server.signer.sign(data, algorithm))).toBe(true);
  });

  it('comes with its certificate, first of a chain or alone in DER', () => {
    const chained = keySigner(server.key, `${server.pem}\n${ca.pem}`);
    expect([chained.certificate.subject, chained.issuers.map(({ subject }) => subject)]).toEqual([server.signer.certificate.subject, ['CN=CA di prova']]);
    expect(keySigner(server.key, server.signer.certificate.raw).issuers).toEqual([]);
  });

  it('is refused with the certificate of another key, with none that can be read, and if it is not RSA', () => {
    expect(() => keySigner(server.key, ca.pem)).toThrow(because('chiave di un altro certificato'));
    expect(() => certificatesIn('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toThrow(because('certificato illeggibile'));
    expect(() => keySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, server.pem)).toThrow(because('chiave non RSA'));
    expect(() => keySigner(server.signer.certificate.publicKey, server.pem)).toThrow(because('chiave non RSA'));
  });
});
