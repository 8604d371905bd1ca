import { createPublicKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';

const { pki } = forge;
const DAY_MS = 86_400_000;
/** About six years, as the certificates of ANPR's workstations. */
const LIFE_DAYS = 2_190;

/** What to write in a test certificate, and what to get wrong in it on purpose. */
export interface CertificateWish {
  /** `NNNNNN-CO-9999` for a server, `NNNNNN-PC-0001` for a workstation. */
  readonly postazione: string;
  readonly stato: 'valido' | 'scaduto' | 'non-ancora-valido' | 'autorita-sconosciuta';
}

export interface Issued {
  /** PEM, as is the key. */
  readonly certificate: string;
  readonly key: string;
}

/** The stand-in for "CA Postazioni ANPR": issues synthetic test certificates and says which ones it trusts. */
export interface Authority {
  readonly certificate: string;
  issue(wish: CertificateWish, now: number): Issued;
  /** A certificate for a key that never leaves its owner: PKCS#10 in PEM. `undefined` when the request does not prove possession of its key. */
  certify(request: string, wish: CertificateWish, now: number): string | undefined;
  /** PKCS#12 with the certificate, its key and the certificate of whoever issued it, known or not. */
  pkcs12(issued: Issued, password: string): Buffer;
  /** Why a certificate is not trusted at `now`. */
  distrust(certificate: X509Certificate, now: number): 'autorita-sconosciuta' | 'scaduto' | 'non-ancora-valido' | undefined;
}

/** The authority of `folder`, made there at first use; without a folder it lives as long as the process. */
export function authority(folder: string | undefined): Authority {
  let own: Root | undefined;
  const root = (): Root => (own ??= kept(folder));
  let stranger: Root | undefined;
  let issuer: X509Certificate | undefined;
  /** Who signed a certificate does not change; whether it is in time does. */
  const known = new WeakMap<X509Certificate, boolean>();

  function issuedByUs(certificate: X509Certificate): boolean {
    issuer ??= new X509Certificate(root().certificate);
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  }

  function sign(publicKey: forge.pki.PublicKey, { postazione, stato }: CertificateWish, now: number): string {
    const signer = stato === 'autorita-sconosciuta' ? (stranger ??= newRoot('CA sconosciuta - simulatore')) : root();
    const [from, to] = stato === 'scaduto' ? [now - 2 * DAY_MS, now - DAY_MS] : stato === 'non-ancora-valido' ? [now + DAY_MS, now + 2 * DAY_MS] : [now - DAY_MS, now + LIFE_DAYS * DAY_MS];
    const certificate = pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = serial();
    certificate.validity.notBefore = new Date(from);
    certificate.validity.notAfter = new Date(to);
    certificate.setSubject([{ name: 'commonName', value: postazione }, { name: 'organizationName', value: 'Dati sintetici - simulatore ANPR' }, { name: 'countryName', value: 'IT' }]);
    certificate.setIssuer(pki.certificateFromPem(signer.certificate).subject.attributes);
    certificate.setExtensions([{ name: 'basicConstraints', cA: false, critical: true }, { name: 'keyUsage', digitalSignature: true, nonRepudiation: true, critical: true }, { name: 'extKeyUsage', clientAuth: true }]);
    certificate.sign(pki.privateKeyFromPem(signer.key), forge.md.sha256.create());
    return pki.certificateToPem(certificate);
  }

  return {
    get certificate() {
      return root().certificate;
    },
    issue(wish, now) {
      const { publicKey, privateKey } = keyPair();
      return { certificate: sign(pki.publicKeyFromPem(publicKey), wish, now), key: privateKey };
    },
    certify(request, wish, now) {
      try {
        const asked = pki.certificationRequestFromPem(request);
        return asked.publicKey && asked.verify() ? sign(asked.publicKey, wish, now) : undefined;
      } catch {
        return undefined;
      }
    },
    pkcs12({ certificate, key }, password) {
      const own = new X509Certificate(certificate);
      const signers = [root(), ...(stranger ? [stranger] : [])].filter(({ certificate: signer }) => own.checkIssued(new X509Certificate(signer)));
      const chain = [certificate, ...signers.map((signer) => signer.certificate)].map((pem) => pki.certificateFromPem(pem));
      const store = forge.pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(key), chain, password, { algorithm: 'aes256', friendlyName: 'postazione ANPR di prova' });
      return Buffer.from(forge.asn1.toDer(store).getBytes(), 'latin1');
    },
    distrust(certificate, now) {
      const ours = known.get(certificate) ?? issuedByUs(certificate);
      known.set(certificate, ours);
      if (!ours) return 'autorita-sconosciuta';
      if (now > certificate.validToDate.getTime()) return 'scaduto';
      return now < certificate.validFromDate.getTime() ? 'non-ancora-valido' : undefined;
    },
  };
}

type Root = Issued;

function kept(folder: string | undefined): Root {
  if (folder === undefined) return newRoot('CA Postazioni Svil - simulatore');
  const files = { certificate: join(folder, 'autorita.crt.pem'), key: join(folder, 'autorita.key.pem') };
  if (existsSync(files.certificate)) {
    const certificate = readFileSync(files.certificate, 'utf8');
    const key = readFileSync(files.key, 'utf8');
    if (!new X509Certificate(certificate).publicKey.equals(createPublicKey(key))) throw new Error(`${folder}: il certificato e la chiave dell’autorità non vanno insieme`);
    return { certificate, key };
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = newRoot('CA Postazioni Svil - simulatore');
  // The certificate last: while it is missing there is no authority, and a key alone is replaced.
  writeFileSync(files.key, made.key, { mode: 0o600 });
  writeFileSync(files.certificate, made.certificate);
  return made;
}

function newRoot(name: string): Root {
  const { publicKey, privateKey } = keyPair();
  const certificate = pki.createCertificate();
  const subject = [{ name: 'commonName', value: name }, { name: 'organizationName', value: 'Dati sintetici - simulatore ANPR' }, { name: 'countryName', value: 'IT' }];
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = serial();
  certificate.validity.notBefore = new Date('2020-01-01T00:00:00Z');
  certificate.validity.notAfter = new Date('2060-01-01T00:00:00Z');
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }, { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }]);
  certificate.sign(pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { certificate: pki.certificateToPem(certificate), key: privateKey };
}

function keyPair(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
}

/** Positive: its first bit is clear and its first byte is not zero. */
function serial(): string {
  return `01${randomBytes(15).toString('hex')}`;
}
