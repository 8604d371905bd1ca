import { z } from 'zod';

/** What custody keeps of one certificate, as one secret: the key, or where it is in the device, and each chain that came for it, leaf first. */
const Stored = z.strictObject({
  v: z.literal(1),
  /** PKCS#8, base64. */
  key: z.base64().optional(),
  /** Label of the key in the device. */
  device: z.string().optional(),
  /** DER, base64. */
  chains: z.array(z.array(z.base64()).min(1)),
});
export type Stored = z.infer<typeof Stored>;

export const encoded = (stored: Stored): Buffer => Buffer.from(JSON.stringify(stored));
export const decoded = (secret: Buffer): Stored => Stored.parse(JSON.parse(secret.toString('utf8')));

/** Ids of secrets: the place of a certificate in the archive of keys, and back. */
const PREFIX = 'anpr';
export const secretId = (comune: string, channel: string, certificate: string): string => `${PREFIX}/${comune}/${channel}/${certificate}`;

export function placeOf(id: string): { readonly comune: string; readonly channel: string; readonly certificate: string } | undefined {
  const [prefix, comune, channel, certificate, ...rest] = id.split('/');
  return prefix === PREFIX && comune && channel && certificate && rest.length === 0 ? { comune, channel, certificate } : undefined;
}
