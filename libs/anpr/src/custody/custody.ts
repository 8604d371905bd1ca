import { createPublicKey, generateKeyPair, type KeyObject, type X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import type { CertificateUse, ConnectionAction, InstalledCertificate } from '@geres/contracts';
import { Problem } from '@geres/kernel';
import type { JWK } from 'jose';
import type { RequestedCertificate } from '../connection/connection.domain.js';
import { failConnection } from '../connection/connection.problems.js';
import { CannotSign } from '../protocol/wss/index.js';
import { certificatesOf, chainOf, described, thumbprintOf } from './chain.js';
import { labelPrefix } from './device.js';
import { heldKey, publicPart } from './held.js';
import { openInbox } from './inbox.js';
import { readKeyFile } from './key-file.js';
import { certificateRequest } from './request.js';
import { encoded, secretId, type Stored } from './stored.js';
import { keep, keptOf, openedKey, privateKeyOf, type ConnectionOf, type VaultPorts } from './vault.js';

type Asked<K extends ConnectionAction['kind']> = Omit<Extract<ConnectionAction, { readonly kind: K }>, 'kind'>;

/** A key that was made here: it waits for its certificate, or, where it needs none (`client`), may be used at once. */
export type MadeKey =
  /** To be recorded with `request-certificate`; `request` is its PKCS#10, in PEM. */
  | { readonly kind: 'awaits'; readonly requested: RequestedCertificate; readonly request: string }
  /** To be recorded with `install-certificate`; `publicKey` is for PDND. */
  | { readonly kind: 'ready'; readonly installed: InstalledCertificate; readonly publicKey: JWK };

/**
 * Where the private keys of connections are. Each act keeps its key first, durable when it resolves, and returns what the caller then records as an event; the caller
 * has looked whether the connection allows it. A key that is kept without its event is taken again by the same act repeated, or erased by `eraseOrphans`. Nothing
 * returns a private key.
 */
export interface Custody {
  /** What keys are sealed to: JWK with `kid`. */
  publicKey(): Promise<JWK & { readonly kid: string }>;
  /** Errors: `chiave-illeggibile`, `chiave-non-ammessa`, `certificato-di-un-altra-chiave`, `certificato-gia-presente` (another key under that id). */
  install(of: ConnectionOf, asked: Asked<'install-key'>): Promise<InstalledCertificate>;
  /** Makes a key. The same id again gives the same key. Errors: `certificato-gia-presente`. */
  request(of: ConnectionOf, asked: Asked<'request-certificate'>): Promise<MadeKey>;
  /** The certificate that came for a key made here. Errors: `certificato-assente`, `certificato-mancante`, `certificato-di-un-altra-chiave`, `chiave-illeggibile`. */
  installIssued(of: ConnectionOf, requested: RequestedCertificate, chain: string): Promise<InstalledCertificate>;
  /** A key of the device, whose label begins with the code of the Comune and a hyphen. Errors: `dispositivo-assente`, `chiave-non-ammessa`, `certificato-di-un-altra-chiave`, `chiave-illeggibile`. */
  device(of: ConnectionOf, asked: Asked<'install-device'>): Promise<InstalledCertificate>;
  /** Whether the key of a certificate is here and signs. Errors: `certificato-assente`, `dispositivo-assente`. */
  usable(of: ConnectionOf, installed: InstalledCertificate): Promise<void>;
  /** After `certificate-retired`: erases the key. Harmless when repeated. */
  retire(of: ConnectionOf, certificate: string): Promise<void>;
}

/** NIST SP 800-57 wants 3072 bits where a key lives beyond 2030: certificates of ANPR live six years. PDND and ANPR take 2048 and more. */
const BITS = 3072;
const generate = promisify(generateKeyPair) as unknown as (type: 'rsa', options: { readonly modulusLength: number }) => Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>;

export function openCustody(ports: VaultPorts): Custody {
  const { secrets, device } = ports;
  const inbox = openInbox(secrets);

  const kept = async (of: ConnectionOf, certificate: string, stored: Stored): Promise<void> => {
    if (!(await keep(secrets, of, certificate, stored))) throw failConnection('certificato-gia-presente');
  };

  return {
    publicKey: () => inbox.publicKey(),

    async install(of, { certificate, use, responsible, sealed }) {
      const { key, chain } = await readKeyFile(await inbox.open(sealed, of.comune, of.channel));
      mustHaveCertificate(use, chain);
      await kept(of, certificate, { v: 1, key: pkcs8Of(key), chains: chain.length === 0 ? [] : [derOf(chain)] });
      return { certificate, use, responsible, custody: 'connettore', ...keyAndCertificate(createPublicKey(key), chain) };
    },

    async request(of, { certificate, use, responsible, subject }) {
      const privateKey = (await made(of, certificate)) ?? (await generate('rsa', { modulusLength: BITS })).privateKey;
      await kept(of, certificate, { v: 1, key: pkcs8Of(privateKey), chains: [] });
      const publicKey = createPublicKey(privateKey);
      const { kid, jwk } = publicPart(publicKey);
      if (use === 'client') return { kind: 'ready', installed: { certificate, use, kid, responsible, custody: 'connettore' }, publicKey: { ...jwk, kid, alg: 'RS256', use: 'sig' } };
      return { kind: 'awaits', requested: { certificate, use, kid, responsible }, request: await certificateRequest(publicKey, subject, heldKey(privateKey, []).sign) };
    },

    async installIssued(of, { certificate, use, kid, responsible }, pem) {
      const found = await keptOf(secrets, of, certificate);
      if (found?.stored.key === undefined) throw failConnection('certificato-assente');
      const publicKey = createPublicKey(privateKeyOf(found.stored.key));
      if (publicPart(publicKey).kid !== kid) throw failConnection('certificato-di-un-altra-chiave');
      const chain = issuedChain(publicKey, pem);
      const leaf = thumbprintOf(chain[0]!);
      // A chain that came before stays until its event says which one it is.
      const others = found.stored.chains.filter(([first]) => thumbprintOf(certificatesOf(pemOf(first!))[0]!) !== leaf);
      const next = encoded({ ...found.stored, chains: [...others, derOf(chain)] });
      if (!next.equals(found.secret) && !(await secrets.exchange(secretId(of.comune, of.channel, certificate), found.secret, next))) throw failConnection('certificato-gia-presente');
      return { certificate, use, responsible, custody: 'connettore', ...keyAndCertificate(publicKey, chain) };
    },

    async device(of, { certificate, use, responsible, label, chain: pem }) {
      if (!label.startsWith(labelPrefix(of.comune))) throw failConnection('dispositivo-assente', { motivo: `l’etichetta della chiave deve cominciare con ${labelPrefix(of.comune)}` });
      const { jwk } = await device.key(label);
      const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
      const chain = pem === undefined ? [] : issuedChain(publicKey, pem);
      mustHaveCertificate(use, chain);
      await kept(of, certificate, { v: 1, device: label, chains: chain.length === 0 ? [] : [derOf(chain)] });
      return { certificate, use, responsible, custody: 'dispositivo', ...keyAndCertificate(publicKey, chain) };
    },

    async usable(of, installed) {
      const opened = await openedKey(ports, of, installed);
      if (!opened) throw failConnection('certificato-assente');
      await opened.held.sign(Buffer.from('geres'), 'rsa-sha256').catch((error: unknown) => {
        throw error instanceof CannotSign && error.cause instanceof Problem ? error.cause : error;
      });
    },

    retire: ({ comune, channel }, certificate) => secrets.destroy(secretId(comune, channel, certificate)),
  };

  /** The key of a request that was kept and never recorded, or is repeated. Errors: `certificato-gia-presente`. */
  async function made(of: ConnectionOf, certificate: string): Promise<KeyObject | undefined> {
    const found = await keptOf(secrets, of, certificate);
    if (!found) return undefined;
    if (found.stored.key === undefined || found.stored.chains.length > 0) throw failConnection('certificato-gia-presente');
    return privateKeyOf(found.stored.key);
  }
}

const mustHaveCertificate = (use: CertificateUse, chain: readonly X509Certificate[]): void => {
  if (use !== 'client' && chain.length === 0) throw failConnection('certificato-mancante');
};

/** Errors: `certificato-mancante`, `certificato-di-un-altra-chiave`, `chiave-illeggibile`. */
function issuedChain(publicKey: KeyObject, pem: string): readonly X509Certificate[] {
  const certificates = certificatesOf(pem);
  if (certificates.length === 0) throw failConnection('certificato-mancante');
  return chainOf(publicKey, certificates);
}

const pkcs8Of = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'der' }).toString('base64');
const derOf = (chain: readonly X509Certificate[]): string[] => chain.map(({ raw }) => raw.toString('base64'));
const pemOf = (der: string): string => `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----`;

const keyAndCertificate = (publicKey: KeyObject, [leaf]: readonly X509Certificate[]): Pick<InstalledCertificate, 'kid' | 'x509'> => ({ kid: publicPart(publicKey).kid, ...(leaf ? { x509: described(leaf) } : {}) });
