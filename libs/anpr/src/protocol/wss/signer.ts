import { sign, X509Certificate, type KeyObject } from 'node:crypto';
import { HASH_OF, type SignatureAlgorithm } from './algorithms.js';

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

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text in their order, or the one of a DER. Errors: `CannotSign`. */
export function certificatesIn(chain: string | Buffer): readonly X509Certificate[] {
  try {
    const each = chain.toString('latin1').match(PEM) ?? [chain];
    return each.map((one) => new X509Certificate(one));
  } catch (cause) {
    throw new CannotSign('certificato illeggibile', { cause });
  }
}

/** A signer from a key in memory. It works on the thread pool, away from the event loop. Errors: `CannotSign`, for a key that is not of the first certificate. */
export function keySigner(key: KeyObject, chain: string | Buffer): Signer {
  const [certificate, ...issuers] = certificatesIn(chain);
  if (!certificate) throw new CannotSign('certificato assente');
  if (key.type !== 'private' || key.asymmetricKeyType !== 'rsa') throw new CannotSign('chiave non RSA');
  if (!certificate.checkPrivateKey(key)) throw new CannotSign('chiave di un altro certificato');
  return {
    certificate,
    issuers,
    sign: (data, algorithm) =>
      new Promise((resolve, reject) => {
        sign(HASH_OF[algorithm], data, key, (error, signature) => (error ? reject(new CannotSign('firma', { cause: error })) : resolve(signature)));
      }),
  };
}
