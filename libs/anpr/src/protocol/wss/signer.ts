import type { X509Certificate } from 'node:crypto';
import type { SignatureAlgorithm } from './algorithms.js';

/** Why a message cannot be signed. `reason` is ours: no key, no personal data. */
export class CannotSign extends Error {
  override readonly name = 'CannotSign';
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`the message cannot be signed: ${reason}`, options);
  }
}

/** A private key that may be used and never seen: in this process, or in a device behind PKCS#11. */
export interface Signer {
  /** The certificate of the key. */
  readonly certificate: X509Certificate;
  /** Those above it, if they were given; ANPR knows them. */
  readonly issuers: readonly X509Certificate[];
  sign(data: Buffer, algorithm: SignatureAlgorithm): Promise<Buffer>;
}
