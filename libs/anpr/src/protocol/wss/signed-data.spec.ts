import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { ContentInfo, SignedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority, type Authority, type Issued } from '../../testing/certificates.js';
import { NOW } from '../../testing/wss.js';
import { describeWithOpenssl, run } from '../../testing/xmlsec.js';
import type { SignatureAlgorithm } from './algorithms.js';
import { signedData } from './signed-data.js';
import { CannotSign } from './signer.js';

let ca: Authority;
let postazione: Issued;
beforeAll(async () => {
  ca = await authority();
  postazione = await ca.issue('999001-PC-0001', { serialNumber: '00f1e2d3c4b5a697' });
});

const CONTENT = Buffer.from('999001-PC-0001');
const made = (algorithm: SignatureAlgorithm = 'rsa-sha256'): Promise<Buffer> => signedData(CONTENT, postazione.signer, algorithm, NOW);

describe('the id of a postazione, signed', () => {
  it('holds the id, the certificate of its signer as it was issued, and a signature of that key', async () => {
    const data = AsnConvert.parse(AsnConvert.parse(await made(), ContentInfo).content, SignedData);
    expect(Buffer.from(data.encapContentInfo.eContent!.single!.buffer)).toEqual(CONTENT);
    expect(data.certificates).toHaveLength(1);
    expect(Buffer.from(AsnConvert.serialize(data.certificates![0]!)).equals(postazione.signer.certificate.raw)).toBe(true);
    const [signer] = data.signerInfos;
    const attributes = Buffer.concat(signer!.signedAttrs!.map((one) => Buffer.from(AsnConvert.serialize(one))));
    const signed = Buffer.concat([Buffer.from([0x31, attributes.length]), attributes]); // as a set, which is what a signature covers
    expect(verify('sha256', signed, createPublicKey(postazione.key), Buffer.from(signer!.signature.buffer))).toBe(true);
  });

  it('is not made with a certificate that would not go into it as it was issued', async () => {
    const { raw } = new X509Certificate(ca.pem);
    raw[raw.indexOf(Buffer.from([1, 1, 0xff])) + 2] = 1; // true, in BER and not in DER
    await expect(signedData(CONTENT, { ...postazione.signer, certificate: new X509Certificate(raw) }, 'rsa-sha256', NOW)).rejects.toMatchObject({ name: CannotSign.name, reason: 'certificato non in DER' });
  });

  it('is the same again at the same moment: nothing of it is left to chance', async () => {
    expect((await made()).equals(await made())).toBe(true);
  });
});

describeWithOpenssl('openssl', () => {
  const verified = (cms: Buffer, authorityPem: string) => run('openssl', ['cms', '-verify', '-inform', 'DER', '-in', '{it.der}', '-CAfile', '{ca.pem}', '-purpose', 'any', '-binary'], { 'it.der': cms, 'ca.pem': authorityPem });

  it.each(['rsa-sha1', 'rsa-sha256', 'rsa-sha512'] as const)('accepts it, and reads the id in it: %s', async (algorithm) => {
    const { status, stdout, stderr } = await verified(await made(algorithm), ca.pem);
    expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: CONTENT.toString() });
  });

  it('refuses it under another authority, with another id, with another attribute', async () => {
    const cms = await made();
    const altered = (from: Buffer, to: Buffer): Buffer => {
      const copy = Buffer.from(cms);
      to.copy(copy, copy.indexOf(from));
      return copy;
    };
    const changed = [altered(CONTENT, Buffer.from('999001-PC-0002')), altered(Buffer.from('260120091530Z'), Buffer.from('260120091531Z'))];
    expect(changed.every((one) => !one.equals(cms))).toBe(true);
    expect([await verified(cms, (await authority('Altra CA')).pem), await verified(changed[0]!, ca.pem), await verified(changed[1]!, ca.pem)].map(({ status }) => status === 0)).toEqual([false, false, false]);
  });
});
