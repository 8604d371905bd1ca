import { sealedKeyHeader, type Channel, type SealedKey } from '@geres/contracts';
import { CompactEncrypt, importJWK, type JWK } from 'jose';

/** A key of a connection with its password, for the connector alone: whoever relays it cannot read it. `jwk`: the connector's public key. */
export async function sealKey(key: SealedKey, jwk: JWK, { comune, channel }: { readonly comune: string; readonly channel: Channel }): Promise<string> {
  const header = sealedKeyHeader(jwk.kid!, comune, channel);
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(key))).setProtectedHeader(header).encrypt(await importJWK(jwk, header.alg));
}
