import { X509Certificate, type KeyObject } from 'node:crypto';
import type { InstalledCertificate } from '@geres/contracts';
import { failConnection } from '../connection/connection.problems.js';

/** Certificates in one chain, at most: a workstation of ANPR has one or two above it. */
const MOST = 20;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Errors: `chiave-illeggibile`. */
export function certificateOf(encoded: Uint8Array | string): X509Certificate {
  try {
    const certificate = new X509Certificate(encoded);
    // Read when it is first asked for: what cannot be read is found out here.
    if (!Number.isFinite(certificate.validFromDate.getTime() + certificate.validToDate.getTime())) throw new RangeError('validity');
    void certificate.publicKey;
    return certificate;
  } catch {
    throw failConnection('chiave-illeggibile', { motivo: 'un certificato non si legge' });
  }
}

/** The certificates of a PEM text, in their order. Errors: `chiave-illeggibile`. */
export const certificatesOf = (pem: string): readonly X509Certificate[] => (pem.match(PEM) ?? []).map(certificateOf);

/**
 * The certificate of `key` first, then whoever issued it, and so on as far as they were given; what else was given is left out. Of several certificates of the
 * key, the one that began last. Errors: `certificato-di-un-altra-chiave`, `chiave-illeggibile`.
 */
export function chainOf(key: KeyObject, given: readonly X509Certificate[]): readonly X509Certificate[] {
  if (given.length > MOST) throw failConnection('chiave-illeggibile', { motivo: `più di ${MOST} certificati` });
  const [leaf] = given.filter((one) => one.publicKey.equals(key)).sort((a, b) => b.validFromDate.getTime() - a.validFromDate.getTime());
  if (!leaf) throw failConnection('certificato-di-un-altra-chiave');
  const chain = [leaf];
  for (let last = leaf; !issued(last, last); ) {
    const above = given.find((one) => !chain.includes(one) && issued(last, one));
    if (!above) break;
    chain.push(above);
    last = above;
  }
  return chain;
}

const issued = (certificate: X509Certificate, by: X509Certificate): boolean => certificate.checkIssued(by) && certificate.verify(by.publicKey);

/** SHA-256, hex: by it an event names a certificate. */
export const thumbprintOf = ({ fingerprint256 }: X509Certificate): string => fingerprint256.replaceAll(':', '').toLowerCase();

/** What an event tells of a certificate. */
export const described = (certificate: X509Certificate): NonNullable<InstalledCertificate['x509']> => ({
  thumbprint: thumbprintOf(certificate),
  subject: onOneLine(certificate.subject),
  issuer: onOneLine(certificate.issuer),
  serial: certificate.serialNumber.slice(0, 80),
  notBefore: certificate.validFromDate.toISOString(),
  notAfter: certificate.validToDate.toISOString(),
});

const onOneLine = (name: string): string => name.split('\n').join(', ').slice(0, 1000);
