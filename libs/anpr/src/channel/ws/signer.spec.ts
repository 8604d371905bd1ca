import { verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { heldKey } from '../../custody/held.js';
import { CannotSign } from '../../protocol/wss/index.js';
import { authority, type Authority, type Issued } from '../../testing/certificates.js';
import { keySigner, wssSigner } from './signer.js';

let ca: Authority;
let server: Issued;
beforeAll(async () => {
  ca = await authority();
  server = await ca.issue('999001-CO-9999');
});

const because = (reason: string) => expect.objectContaining({ name: CannotSign.name, reason }) as Error;

describe('a key with which messages to ANPR are signed', () => {
  it.each([
    ['rsa-sha1', 'sha1'],
    ['rsa-sha256', 'sha256'],
    ['rsa-sha512', 'sha512'],
  ] as const)('signs with %s', async (algorithm, hash) => {
    const data = Buffer.from('dati');
    expect(verify(hash, data, server.signer.certificate.publicKey, await server.signer.sign(data, algorithm))).toBe(true);
  });

  it('comes with its certificate, and those above it', () => {
    const chained = keySigner(server.key, `${server.pem}\n${ca.pem}`);
    expect([chained.certificate.subject, chained.issuers.map(({ subject }) => subject)]).toEqual([server.signer.certificate.subject, ['CN=CA di prova']]);
  });

  it('has a certificate', () => expect(() => wssSigner(heldKey(server.key, []))).toThrow(because('chiave senza certificato')));

  it('says that it does not sign in our words, whatever its device says', async () => {
    const away = wssSigner({ ...server.held, sign: () => Promise.reject(new Error('CKR_DEVICE_REMOVED')) });
    await expect(away.sign(Buffer.from('dati'), 'rsa-sha256')).rejects.toThrow(because('firma'));
  });
});
