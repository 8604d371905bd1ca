import type { HeldKey } from '../../custody/keys.js';
import { compact, modiHeader, signingInput, type Compact } from '../../protocol/pdnd/index.js';
import { CannotSign } from '../../protocol/wss/index.js';

/** A key of the Comune's client at PDND, wherever it is kept. */
export type Signer = Pick<HeldKey, 'kid' | 'jwk' | 'sign'>;

/** A JWS of the kind that PDND and ANPR know us by. Errors: `CannotSign`. */
export const signed = (signer: Signer, claims: object): Promise<Compact> => signedAs(signer, modiHeader(signer.kid), claims);

/** A proof that we hold the key a token is bound to. Errors: `CannotSign`. */
export const proof = (signer: Signer, claims: object): Promise<Compact> => signedAs(signer, { typ: 'dpop+jwt', alg: 'RS256', jwk: signer.jwk }, claims);

/** RS256. */
async function signedAs(signer: Signer, header: object, claims: object): Promise<Compact> {
  const input = signingInput(header, claims);
  const signature = await signer.sign(Buffer.from(input), 'rsa-sha256').catch((cause: unknown) => {
    throw cause instanceof CannotSign ? cause : new CannotSign('firma', { cause });
  });
  return compact(input, signature);
}
