import type { SealedKey } from '@geres/contracts';
import { openssl } from './openssl.js';

/** How a PKCS#12 is protected, in the words of OpenSSL: what portals, browsers, Windows and Java have written over the years. */
export const PROTECTIONS: readonly (readonly [string, readonly string[]])[] = [
  ['AES-256 with PBKDF2, MAC of SHA-256', []],
  ['AES-128 with PBKDF2, MAC of SHA-1', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-macalg', 'sha1']],
  ['AES-256, MAC of SHA-512', ['-macalg', 'sha512']],
  ['RC2 of 40 bits and triple DES, MAC of SHA-1', ['-legacy']],
  ['triple DES, MAC of SHA-1', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ['no MAC', ['-nomac']],
  ['certificates in clear', ['-certpbe', 'NONE']],
  ['six hundred thousand iterations', ['-iter', '600000']],
];

export interface FileWish {
  readonly keyPem: string;
  /** The certificate of the key, if it is in the file. */
  readonly pem?: string;
  /** Other certificates, in their order in the file. */
  readonly others?: readonly string[];
  readonly password?: string;
  readonly protection?: readonly string[];
}

/** A PKCS#12 made by OpenSSL. */
export async function pkcs12({ keyPem, pem, others = [], password = 'segreta', protection = [] }: FileWish): Promise<Extract<SealedKey, { pkcs12: string }>> {
  const file = await openssl(
    ['pkcs12', '-export', '-inkey', '{key.pem}', ...(pem ? ['-in', '{cert.pem}'] : ['-nocerts']), ...(others.length > 0 ? ['-certfile', '{others.pem}'] : []), '-passout', 'file:{password}', ...protection],
    { 'key.pem': keyPem, 'cert.pem': pem ?? '', 'others.pem': others.join('\n'), password: `${password}\n` },
  );
  return { pkcs12: file.toString('base64'), password };
}
