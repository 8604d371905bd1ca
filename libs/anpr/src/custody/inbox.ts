import { SealedKey, SEALED_KEY_TYPE, sealedKeyPurpose, type Channel } from '@geres/contracts';
import type { KeyStore } from '@geres/platform/keys';
import { calculateJwkThumbprint, compactDecrypt, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { failConnection } from '../connection/connection.problems.js';

const ALGORITHM = 'ECDH-ES';
/** Beside the keys of ANPR, under their key-encryption key. */
const ID = 'connector/inbox';

/** The connector's own pair of keys: what is sealed to it, whoever relays it, it alone reads. */
export interface Inbox {
  /** JWK with `kid`, `alg` and `use`. */
  publicKey(): Promise<JWK & { readonly kid: string }>;
  /** Errors: `chiave-illeggibile`, also for what was sealed for another connection. */
  open(jwe: string, comune: string, channel: Channel): Promise<SealedKey>;
}

interface Pair {
  readonly publicJwk: JWK & { readonly kid: string };
  readonly privateKey: CryptoKey | Uint8Array;
}

/** Made at first use; several processes that make it together end with the same one. */
export function openInbox(secrets: KeyStore): Inbox {
  let made: Promise<Pair> | undefined;
  const pair = (): Promise<Pair> =>
    (made ??= read(secrets).catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
  return {
    publicKey: async () => (await pair()).publicJwk,
    async open(jwe, comune, channel) {
      const { publicJwk, privateKey } = await pair();
      const refuse = (motivo: string): never => {
        throw failConnection('chiave-illeggibile', { motivo });
      };
      const opened = await compactDecrypt(jwe, privateKey, { keyManagementAlgorithms: [ALGORITHM], contentEncryptionAlgorithms: ['A256GCM'] }).catch(() => refuse('non è sigillata per questo connettore'));
      const { typ, kid, purpose } = opened.protectedHeader as { readonly typ?: unknown; readonly kid?: unknown; readonly purpose?: unknown };
      if (kid !== publicJwk.kid) return refuse('non è sigillata per questo connettore');
      if (typ !== SEALED_KEY_TYPE || purpose !== sealedKeyPurpose(comune, channel)) return refuse('è sigillata per un’altra connessione o per un altro scopo');
      return parsed(opened.plaintext) ?? refuse('ciò che è sigillato non è una chiave con la sua password');
    },
  };
}

async function read(secrets: KeyStore): Promise<Pair> {
  // Whoever comes second reads what the first has put.
  const stored = (await secrets.reveal(ID)) ?? (await secrets.put(ID, await fresh()), (await secrets.reveal(ID))!);
  const { kty, crv, x, y, d } = JSON.parse(stored.toString('utf8')) as Required<Pick<JWK, 'kty' | 'crv' | 'x' | 'y' | 'd'>>;
  const kid = await calculateJwkThumbprint({ kty, crv, x, y });
  return { publicJwk: { kty, crv, x, y, kid, alg: ALGORITHM, use: 'enc' }, privateKey: await importJWK({ kty, crv, x, y, d }, ALGORITHM) };
}

async function fresh(): Promise<Buffer> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'P-256', extractable: true });
  return Buffer.from(JSON.stringify(await exportJWK(privateKey)));
}

/** The parser’s own message would quote what it has read. */
function parsed(plain: Uint8Array): SealedKey | undefined {
  try {
    return SealedKey.safeParse(JSON.parse(new TextDecoder().decode(plain))).data;
  } catch {
    return undefined;
  }
}
