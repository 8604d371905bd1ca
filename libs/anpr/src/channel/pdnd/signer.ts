import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { compact, modiHeader, signingInput, thumbprint, type Compact, type RsaJwk } from '../../protocol/pdnd/index.js';

/** A key of the Comune's client at PDND, wherever it is kept. RS256. */
export interface Signer {
  readonly kid: string;
  readonly jwk: RsaJwk;
  sign(input: string): Promise<Uint8Array>;
}

/** The key did not sign: its device is away, or refuses. */
export class CannotSign extends Error {
  override readonly name = 'CannotSign';
  constructor(cause: unknown) {
    super('the key of the client did not sign', { cause });
  }
}

const MIN_BITS = 2048;
/** With a callback it signs on a thread of its own: the event loop goes on. */
const signOnThread = promisify<string, Uint8Array, KeyObject, Uint8Array>(sign);

/** A key in the memory of this process. Errors: `TypeError` for a key that PDND does not take. */
export function localSigner(key: KeyObject): Signer {
  if (key.type !== 'private' || key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_BITS) throw new TypeError('PDND takes RSA keys of 2048 bits and more');
  const { n, e } = createPublicKey(key).export({ format: 'jwk' });
  const jwk = { kty: 'RSA', n: n!, e: e! } as const;
  return { kid: thumbprint(jwk), jwk, sign: (input) => signOnThread('sha256', Buffer.from(input), key) };
}

/** A JWS of the kind that PDND and ANPR know us by. Errors: `CannotSign`. */
export const signed = (signer: Signer, claims: object): Promise<Compact> => signedAs(signer, modiHeader(signer.kid), claims);

/** A proof that we hold the key a token is bound to. Errors: `CannotSign`. */
export const proof = (signer: Signer, claims: object): Promise<Compact> => signedAs(signer, { typ: 'dpop+jwt', alg: 'RS256', jwk: signer.jwk }, claims);

async function signedAs(signer: Signer, header: object, claims: object): Promise<Compact> {
  const input = signingInput(header, claims);
  const signature = await signer.sign(input).catch((error: unknown) => {
    throw new CannotSign(error);
  });
  return compact(input, signature);
}
