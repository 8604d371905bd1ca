import { sealedKeyHeader, type Channel, type SealedKey } from '@geres/contracts';
import type { Collection } from '@geres/kernel';
import { memoryCollections } from '@geres/kernel/testing';
import { keyEncryptionKey, KeyStore, type WrappedSecret } from '@geres/platform/keys';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { randomBytes } from 'node:crypto';

/** Where the secrets of custody are: one connector has several processes on the same rows. */
export interface SecretRows {
  readonly rows: Collection<WrappedSecret>;
  /** A process of its own, as far as the others can see. */
  store(): KeyStore;
}

export function secretRows(): SecretRows {
  const rows = memoryCollections().collection<WrappedSecret>({ name: 'secrets-certificates' });
  const kek = keyEncryptionKey(randomBytes(32));
  return { rows, store: () => new KeyStore({ collection: rows, kek }) };
}

/** As the browser or the command line seals a key to the connector. */
export async function sealedTo(publicKey: JWK & { readonly kid: string }, of: { readonly comune: string; readonly channel: Channel }, content: SealedKey | string, header: object = {}): Promise<string> {
  return new CompactEncrypt(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)))
    .setProtectedHeader({ ...sealedKeyHeader(publicKey.kid, of.comune, of.channel), ...header })
    .encrypt(await importJWK(publicKey, 'ECDH-ES'));
}
