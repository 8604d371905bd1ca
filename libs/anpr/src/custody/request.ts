import type { RequestedSubject } from '@geres/contracts';
import { CertificationRequest, CertificationRequestInfo, Attributes } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import type { KeyObject } from 'node:crypto';
import type { HeldKey } from './keys.js';

/** sha256WithRSAEncryption; its parameters are NULL. */
const SHA256_RSA = '1.2.840.113549.1.1.11';
const NULL = new Uint8Array([5, 0]).buffer;
const TYPES = { country: '2.5.4.6', province: '2.5.4.8', locality: '2.5.4.7', organization: '2.5.4.10', commonName: '2.5.4.3' } as const;

/** A PKCS#10 request in PEM, signed with the key that it asks a certificate for. */
export async function certificateRequest(publicKey: KeyObject, subject: RequestedSubject, sign: HeldKey['sign']): Promise<string> {
  const asked = new CertificationRequestInfo({
    subject: nameOf(subject),
    subjectPKInfo: AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo),
    attributes: new Attributes(),
  });
  const signature = await sign(Buffer.from(AsnConvert.serialize(asked)), 'rsa-sha256');
  const request = new CertificationRequest({
    certificationRequestInfo: asked,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: SHA256_RSA, parameters: NULL }),
    signature: new Uint8Array(signature).buffer,
  });
  const base64 = Buffer.from(AsnConvert.serialize(request)).toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** Country first, as authorities write it. */
const nameOf = ({ commonName, organization, locality, province }: RequestedSubject): Name =>
  new Name(
    [
      part(TYPES.country, new AttributeValue({ printableString: 'IT' })),
      ...Object.entries({ [TYPES.province]: province, [TYPES.locality]: locality, [TYPES.organization]: organization, [TYPES.commonName]: commonName }).flatMap(([type, text]) => (text === undefined ? [] : [part(type, new AttributeValue({ utf8String: text }))])),
    ],
  );

const part = (type: string, value: AttributeValue): RelativeDistinguishedName => new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })]);
