import type { X509Certificate } from 'node:crypto';
import type { CertificateUse, Channel } from '@geres/contracts';
import type { RsaJwk } from '../protocol/pdnd/index.js';
import type { SignatureAlgorithm } from '../protocol/wss/index.js';

/** A private RSA key that may be used and never seen: in this process, or in a device behind PKCS#11. Both channels sign with it. */
export interface HeldKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  readonly jwk: RsaJwk;
  /** Absent for the key of a PDND client. */
  readonly certificate?: X509Certificate;
  /** Those above it, if they were given. */
  readonly issuers: readonly X509Certificate[];
  /** PKCS#1 v1.5, away from the event loop. Rejects when the device is away or refuses. */
  sign(data: Buffer, algorithm: SignatureAlgorithm): Promise<Buffer>;
}

/** The keys of every connection, opened when first used. */
export interface ConnectionKeys {
  /** The key in use at `now`; of several, the one whose certificate began last. */
  inUse(comune: string, channel: Channel, use: CertificateUse, now: Date): Promise<HeldKey | undefined>;
  /** The key of a PDND client by its thumbprint. */
  byKid(comune: string, kid: string): Promise<HeldKey | undefined>;
  /** PEM of what is shown on TLS, of a key that the connector itself holds. */
  shown(comune: string, now: Date): Promise<{ readonly cert: string; readonly key: string } | undefined>;
}
