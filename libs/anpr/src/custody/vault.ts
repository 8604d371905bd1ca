import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { Channel, InstalledCertificate } from '@geres/contracts';
import { KeyDestroyed, type KeyStore } from '@geres/platform/keys';
import { certificateOf, thumbprintOf } from './chain.js';
import type { Device } from './device.js';
import { heldKey } from './held.js';
import type { HeldKey } from './keys.js';
import { decoded, encoded, secretId, type Stored } from './stored.js';

/** Whose keys: one connection of a Comune. */
export interface ConnectionOf {
  readonly comune: string;
  readonly channel: Channel;
}

/** A key out of its wrapping. `key` stays in this folder, but for what TLS is given. */
export interface OpenedKey {
  readonly held: HeldKey;
  /** Absent for the key of a device. */
  readonly key?: KeyObject;
}

export interface VaultPorts {
  /** `certificates` of `KeyStores`. */
  readonly secrets: KeyStore;
  readonly device: Device;
}

/** What is kept of a certificate; nothing where it was never put, or was destroyed. Errors: `WrongKeyEncryptionKey`. */
export async function keptOf(secrets: KeyStore, { comune, channel }: ConnectionOf, certificate: string): Promise<{ readonly secret: Buffer; readonly stored: Stored } | undefined> {
  const secret = await secrets.reveal(secretId(comune, channel, certificate)).catch((error: unknown) => {
    if (error instanceof KeyDestroyed) return undefined;
    throw error;
  });
  return secret && { secret, stored: decoded(secret) };
}

/** False when another key has that place, or had it. */
export const keep = (secrets: KeyStore, { comune, channel }: ConnectionOf, certificate: string, stored: Stored): Promise<boolean> => secrets.put(secretId(comune, channel, certificate), encoded(stored));

export const privateKeyOf = (pkcs8: string): KeyObject => createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });

/** The key that an event speaks of; nothing where it is not here, or is another than the event says. Errors: `dispositivo-assente`. */
export async function openedKey({ secrets, device }: VaultPorts, of: ConnectionOf, { certificate, kid, x509 }: InstalledCertificate): Promise<OpenedKey | undefined> {
  const kept = await keptOf(secrets, of, certificate);
  if (!kept) return undefined;
  const { key: pkcs8, device: label, chains } = kept.stored;
  const chain = x509 && chains.map((encodedChain) => encodedChain.map((one) => certificateOf(Buffer.from(one, 'base64')))).find(([leaf]) => thumbprintOf(leaf!) === x509.thumbprint);
  if (x509 && !chain) return undefined;
  const opened = pkcs8 === undefined ? await inDevice(device, label!, chain ?? []) : inMemory(pkcs8, chain ?? []);
  return opened.held.kid === kid ? opened : undefined;
}

function inMemory(pkcs8: string, chain: readonly X509Certificate[]): OpenedKey {
  const key = privateKeyOf(pkcs8);
  return { held: heldKey(key, chain), key };
}

async function inDevice(device: Device, label: string, [certificate, ...issuers]: readonly X509Certificate[]): Promise<OpenedKey> {
  const { kid, jwk, sign } = await device.key(label);
  return { held: { kid, jwk, ...(certificate ? { certificate } : {}), issuers, sign } };
}
