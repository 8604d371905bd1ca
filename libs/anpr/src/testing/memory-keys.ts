import { SealedKey, sealedKeyPurpose, type InstalledCertificate } from '@geres/contracts';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { createHash } from 'node:crypto';
import { failConnection } from '../connection/connection.problems.js';
import type { Custody } from '../custody/index.js';

/** A custody that keeps nothing beyond the spec and makes no RSA keys: it opens what is sealed to it, and calls the SHA-256 of a key its thumbprint. */
export interface MemoryKeys extends Custody {
  /** Ids of the certificates whose keys are there now. */
  readonly held: ReadonlySet<string>;
  /** The next certificates end then. */
  notAfter: string;
}

type Whose = Pick<InstalledCertificate, 'certificate' | 'use' | 'responsible'>;

export async function memoryKeys(): Promise<MemoryKeys> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ECDH-ES', use: 'enc', kid: 'connettore' };
  const held = new Map<string, InstalledCertificate>();
  const kidOf = (content: string): string => createHash('sha256').update(content).digest('base64url');
  const kept = ({ certificate, use, responsible }: Whose, content: string, place: InstalledCertificate['custody'] = 'connettore', kid = kidOf(content)): InstalledCertificate => {
    const thumbprint = createHash('sha256').update(content).digest('hex');
    const x509 = { thumbprint, subject: 'CN=058091-CO-9999', issuer: 'CN=CA di prova', serial: '0a', notBefore: '2026-01-01T00:00:00.000Z', notAfter: custody.notAfter };
    const one: InstalledCertificate = { certificate, use, responsible, custody: place, kid, ...(use === 'client' ? {} : { x509 }) };
    held.set(certificate, one);
    return one;
  };
  const custody: MemoryKeys = {
    notAfter: '2999-01-01T00:00:00.000Z',
    get held() {
      return new Set(held.keys());
    },
    publicKey: () => Promise.resolve(jwk),
    async install({ comune, channel }, asked) {
      const unreadable = (): never => {
        throw failConnection('chiave-illeggibile', { motivo: 'non è sigillata per questo connettore' });
      };
      const { plaintext, protectedHeader } = await compactDecrypt(asked.sealed, privateKey).catch(unreadable);
      if ((protectedHeader as { purpose?: unknown }).purpose !== sealedKeyPurpose(comune, channel)) unreadable();
      const opened = SealedKey.parse(JSON.parse(Buffer.from(plaintext).toString('utf8')));
      return kept(asked, 'pkcs12' in opened ? opened.pkcs12 : opened.pem);
    },
    request(_, asked) {
      const installed = kept(asked, asked.certificate);
      const { certificate, use, responsible } = asked;
      const requested = { certificate, use, responsible, kid: installed.kid };
      return Promise.resolve(use === 'client' ? { kind: 'ready', installed, publicKey: jwk } : { kind: 'awaits', requested, request: `-----BEGIN CERTIFICATE REQUEST-----\n${certificate}` });
    },
    installIssued: (_, requested, chain) => Promise.resolve(kept(requested, chain, 'connettore', requested.kid)),
    device: (_, asked) => Promise.resolve(kept(asked, asked.label, 'dispositivo')),
    usable(_, { certificate }) {
      return held.has(certificate) ? Promise.resolve() : Promise.reject(failConnection('certificato-assente'));
    },
    retire(_, certificate) {
      held.delete(certificate);
      return Promise.resolve();
    },
  };
  return custody;
}
