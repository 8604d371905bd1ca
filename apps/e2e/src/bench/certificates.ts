import { constants, createPublicKey, generateKeyPairSync, privateEncrypt, X509Certificate } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import forge from 'node-forge';

const { pki, md } = forge;
const YEAR_MS = 365 * 86_400_000;

/** A key of a connection with its certificate, if it has one, in PEM. */
export interface Kept {
  readonly key: string;
  readonly certificate?: string;
}

/** Makes certificates of Comuni for one key of 2048 bits, as ANPR's are: the key is what takes time to make, and weighs the same. */
export interface Issuer {
  /** Of the server of a Comune. */
  issue(istat: string): Kept;
  readonly key: string;
}

/** What an event says of a key: `kid`, and `x509` where it has a certificate. */
export async function described({ key, certificate }: Kept): Promise<{ readonly kid: string; readonly x509?: object }> {
  const kid = await calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as JWK);
  if (certificate === undefined) return { kid };
  const { fingerprint256, subject, issuer, serialNumber, validFromDate, validToDate } = new X509Certificate(certificate);
  const line = (name: string): string => name.split('\n').join(', ');
  return { kid, x509: { thumbprint: fingerprint256.replaceAll(':', '').toLowerCase(), subject: line(subject), issuer: line(issuer), serial: serialNumber, notBefore: validFromDate.toISOString(), notAfter: validToDate.toISOString() } };
}

/** DigestInfo of SHA-256, before the digest. */
const SHA256 = Buffer.from('3031300d060960864801650304020105000420', 'hex');

export function issuer(): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  // OpenSSL signs in a thirtieth of the time that forge takes.
  const signer = { sign: (digest: forge.md.MessageDigest) => privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([SHA256, Buffer.from(digest.digest().getBytes(), 'latin1')])).toString('latin1') };
  const subject = pki.publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  let serial = 0;
  return {
    key,
    issue(istat) {
      const certificate = pki.createCertificate();
      certificate.publicKey = subject;
      certificate.serialNumber = (++serial).toString(16).padStart(4, '0');
      certificate.validity.notBefore = new Date(Date.now() - 86_400_000);
      certificate.validity.notAfter = new Date(Date.now() + 6 * YEAR_MS);
      certificate.setSubject([{ name: 'commonName', value: `${istat}-CO-9999` }, { name: 'organizationName', value: 'Dati sintetici - misura' }]);
      certificate.setIssuer([{ name: 'commonName', value: 'CA Postazioni - misura' }]);
      certificate.setExtensions([{ name: 'keyUsage', digitalSignature: true, critical: true }]);
      certificate.sign(signer as unknown as forge.pki.rsa.PrivateKey, md.sha256.create());
      return { key, certificate: pki.certificateToPem(certificate) };
    },
  };
}
