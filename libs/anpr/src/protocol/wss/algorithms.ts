import { createHash } from 'node:crypto';

export type SignatureAlgorithm = 'rsa-sha1' | 'rsa-sha256' | 'rsa-sha512';
export type DigestAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** Names of XML Signature (RFC 6931). RSA is PKCS#1 v1.5: the only padding seen at ANPR. */
export const SIGNATURE_METHOD: Readonly<Record<SignatureAlgorithm, string>> = {
  'rsa-sha1': 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  'rsa-sha256': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'rsa-sha512': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
};

export const DIGEST_METHOD: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
};

/** The hash inside a signature. */
export const HASH_OF: Readonly<Record<SignatureAlgorithm, DigestAlgorithm>> = { 'rsa-sha1': 'sha1', 'rsa-sha256': 'sha256', 'rsa-sha512': 'sha512' };

export const digestOf = (algorithm: DigestAlgorithm, data: string | Uint8Array): Buffer => createHash(algorithm).update(data).digest();
