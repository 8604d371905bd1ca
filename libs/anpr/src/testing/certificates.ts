import 'reflect-metadata';
import { createPublicKey, KeyObject, webcrypto } from 'node:crypto';
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, PublicKey, SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator, type X509Certificate } from '@peculiar/x509';
import { wssSigner } from '../channel/ws/signer.js';
import { certificatesOf } from '../custody/chain.js';
import { heldKey } from '../custody/held.js';
import type { HeldKey } from '../custody/keys.js';
import type { Signer } from '../protocol/wss/index.js';

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };

export interface Issued {
  readonly pem: string;
  readonly keyPem: string;
  readonly key: KeyObject;
  readonly held: HeldKey;
  readonly signer: Signer;
}

interface Wish {
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly hosts?: readonly string[];
  readonly serialNumber?: string;
}

export interface Authority {
  readonly pem: string;
  /** A certificate with its key; `validFrom` and `validTo` are instants, `hosts` are for a TLS server. */
  issue(commonName: string, wish?: Wish): Promise<Issued>;
  /** The certificate of a key that its owner keeps. */
  certify(publicKey: KeyObject, commonName: string, wish?: Wish): Promise<string>;
  /** An authority whose certificate this one has issued. */
  below(name: string): Promise<Authority>;
}

/** The library has types of its own for what Node's WebCrypto makes. */
type Keys = Extract<Parameters<typeof X509CertificateGenerator.createSelfSigned>[0], { keys: unknown }>['keys'];
const newKeys = async (): Promise<Keys> => (await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify'])) as unknown as Keys;

const LIFE = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2049-01-01T00:00:00Z') };
const OF_AUTHORITY = [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true)];

/** A certification authority of a spec, unknown to everybody else. */
export async function authority(name = 'CA di prova'): Promise<Authority> {
  const keys = await newKeys();
  return authorityOf(await X509CertificateGenerator.createSelfSigned({ ...LIFE, serialNumber: '01', name: `CN=${name}`, keys, signingAlgorithm: RSA, extensions: OF_AUTHORITY }), keys);
}

function authorityOf(root: X509Certificate, keys: Keys): Authority {
  const issuing = { issuer: root.subject, signingKey: keys.privateKey, signingAlgorithm: RSA };
  const certify: Authority['certify'] = async (publicKey, commonName, { validFrom, validTo, hosts, serialNumber = '0a2b' } = {}) => {
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const certificate = await X509CertificateGenerator.create({
      ...issuing,
      notBefore: validFrom ? new Date(validFrom) : LIFE.notBefore,
      notAfter: validTo ? new Date(validTo) : LIFE.notAfter,
      serialNumber,
      subject: `CN=${commonName},O=Comune di Esempio,C=IT`,
      publicKey: spki,
      extensions: [
        await SubjectKeyIdentifierExtension.create(new PublicKey(spki)),
        ...(hosts ? [new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const), value })))] : []),
      ],
    });
    return certificate.toString('pem');
  };
  return {
    pem: root.toString('pem'),
    certify,
    async issue(commonName, wish) {
      const own = await newKeys();
      const key = KeyObject.from(own.privateKey as unknown as webcrypto.CryptoKey);
      const pem = await certify(createPublicKey(key), commonName, wish);
      const held = heldKey(key, certificatesOf(pem));
      return { pem, key, keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), held, signer: wssSigner(held) };
    },
    async below(name) {
      const own = await newKeys();
      return authorityOf(await X509CertificateGenerator.create({ ...issuing, ...LIFE, serialNumber: '02', subject: `CN=${name}`, publicKey: own.publicKey, extensions: OF_AUTHORITY }), own);
    },
  };
}
