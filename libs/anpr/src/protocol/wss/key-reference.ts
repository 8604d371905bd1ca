import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate, id_ce_subjectKeyIdentifier } from '@peculiar/asn1-x509';
import type { X509Certificate } from 'node:crypto';
import { digestOf } from './algorithms.js';
import { element } from './canonical.js';
import { BASE64_BINARY, SUBJECT_KEY_IDENTIFIER, THUMBPRINT_SHA1, X509_V3 } from './namespaces.js';
import type { WssOptions } from './options.js';
import { CannotSign } from './signer.js';

const TOKEN = 'X509-1';

/** How a message tells whose key signed it. */
export interface KeyReference {
  /** The token before the signature; empty where the certificate is only named. */
  readonly token: string;
  /** Content of `ds:KeyInfo`. */
  readonly keyInfo: string;
}

export function keyReference(how: WssOptions['keyReference'], certificate: X509Certificate): KeyReference {
  switch (how) {
    case 'binary-security-token':
      return {
        token: element('wsse:BinarySecurityToken', { 'wsu:Id': TOKEN, EncodingType: BASE64_BINARY, ValueType: X509_V3 }, certificate.raw.toString('base64')),
        keyInfo: tokenReference(element('wsse:Reference', { URI: `#${TOKEN}`, ValueType: X509_V3 })),
      };
    case 'subject-key-identifier':
      return { token: '', keyInfo: named(SUBJECT_KEY_IDENTIFIER, subjectKeyIdentifier(certificate)) };
    case 'thumbprint':
      return { token: '', keyInfo: named(THUMBPRINT_SHA1, digestOf('sha1', certificate.raw)) };
    default:
      return how satisfies never;
  }
}

const tokenReference = (content: string): string => element('wsse:SecurityTokenReference', {}, content);
const named = (ValueType: string, value: Buffer): string => tokenReference(element('wsse:KeyIdentifier', { EncodingType: BASE64_BINARY, ValueType }, value.toString('base64')));

function subjectKeyIdentifier({ raw }: X509Certificate): Buffer {
  const found = AsnConvert.parse(raw, Certificate).tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  if (!found) throw new CannotSign('certificato senza identificativo della chiave');
  return Buffer.from(AsnConvert.parse(found.extnValue.buffer, OctetString).buffer);
}
