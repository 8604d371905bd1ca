import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator, type X509Certificate } from '@peculiar/x509';
import { keySigner, type Signer } from '../protocol/wss/signer.js';

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };

export interface Issued {
  readonly pem: string;
  readonly keyPem: string;
  readonly key: KeyObject;
  readonly signer: Signer;
}

export interface Authority {
  readonly pem: string;
  /** A certificate with its key; `validFrom` and `validTo` are instants, `hosts` are for a TLS server. */
  issue(commonName: string, changes?: { readonly validFrom?: string; readonly validTo?: string; readonly hosts?: readonly string[]; readonly serialNumber?: string }): Promise<Issued>;
}

/** The library has types of its own for what Node's WebCrypto makes. */
type Keys = Extract<Parameters<typeof X509CertificateGenerator.createSelfSigned>[0], { keys: unknown }>['keys'];
const newKeys = async (): Promise<Keys> => (await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify'])) as unknown as Keys;

/** A certification authority of a spec, unknown to everybody else. */
export async function authority(name = 'CA di prova'): Promise<Authority> {
  const keys = await newKeys();
  const life = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2049-01-01T00:00:00Z') };
  const root: X509Certificate = await X509CertificateGenerator.createSelfSigned({
    ...life,
    serialNumber: '01',
    name: `CN=${name}`,
    keys,
    signingAlgorithm: RSA,
    extensions: [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true)],
  });
  return {
    pem: root.toString('pem'),
    async issue(commonName, { validFrom, validTo, hosts, serialNumber = '0a2b' } = {}) {
      const own = await newKeys();
      const certificate = await X509CertificateGenerator.create({
        notBefore: validFrom ? new Date(validFrom) : life.notBefore,
        notAfter: validTo ? new Date(validTo) : life.notAfter,
        serialNumber,
        subject: `CN=${commonName},O=Comune di Esempio,C=IT`,
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: RSA,
        extensions: [
          await SubjectKeyIdentifierExtension.create(own.publicKey),
          ...(hosts ? [new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const), value })))] : []),
        ],
      });
      const key = KeyObject.from(own.privateKey as unknown as webcrypto.CryptoKey);
      const pem = certificate.toString('pem');
      return { pem, key, keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), signer: keySigner(key, pem) };
    },
  };
}
