import { createHash } from 'node:crypto';
import { Problem } from '@geres/kernel';
import { failConnection } from '../../connection/connection.problems.js';
import { thumbprint } from '../../protocol/pdnd/index.js';
import { HASH_OF, type DigestAlgorithm } from '../../protocol/wss/algorithms.js';
import { CannotSign } from '../../protocol/wss/index.js';
import type { Device } from '../device.js';
import { CannotLoad, CryptokiRefused, loadCryptoki, type Cryptoki, type TokenKey } from './cryptoki.js';
import { openLanes } from './lanes.js';

export interface DeviceOptions {
  /** Path of the PKCS#11 module of the device's maker. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  readonly pin: string;
  /** Sessions at once, each on a thread of the pool while the device works; two leave room for those who need none. */
  readonly sessions?: number;
  /** How long a signature is waited for. */
  readonly patienceMs?: number;
}

/** What PKCS#11 means by codes that people can do something about. */
const REASONS: Readonly<Record<number, string>> = {
  0xa0: 'il PIN è errato',
  0xa4: 'il PIN è bloccato',
  0x30: 'il dispositivo segnala un guasto',
  0x32: 'il dispositivo è stato tolto',
  0xe0: 'il dispositivo non è inserito',
};
/** A PIN that was refused is not tried again: a few attempts block it. */
const PIN_REFUSED: ReadonlySet<number> = new Set([0xa0, 0xa1, 0xa2, 0xa4]);

/** DER of a `DigestInfo` before its digest (RFC 8017 §9.2). */
const DIGEST_INFO: Readonly<Record<DigestAlgorithm, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha512: '3051300d060960864801650304020305000440',
};

const away = (motivo: string): Problem => failConnection('dispositivo-assente', { motivo });

/** A device behind PKCS#11, reached when it is first asked and again when it comes back. */
export function openDevice({ module, token, pin, sessions = 2, patienceMs = 10_000 }: DeviceOptions, load: (module: string) => Promise<Cryptoki> = loadCryptoki): Device {
  let loading: Promise<Cryptoki> | undefined;
  let refusedPin: CryptokiRefused | undefined;

  const cryptoki = (): Promise<Cryptoki> =>
    (loading ??= load(module).catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));

  async function openSession(): Promise<bigint> {
    if (refusedPin) throw refusedPin;
    const api = await cryptoki();
    for (const slot of await api.slotsWithToken()) {
      if ((await api.tokenLabel(slot)) !== token) continue;
      const session = await api.openSession(slot);
      await api.login(session, 'user', pin).catch(async (error: unknown) => {
        if (error instanceof CryptokiRefused && PIN_REFUSED.has(error.code)) refusedPin = error;
        await api.closeSession(session).catch(() => undefined);
        throw error;
      });
      return session;
    }
    throw away(`non c’è un dispositivo di nome ${token}`);
  }

  const lanes = openLanes<TokenKey>({ count: sessions, patienceMs, open: openSession, close: async (session) => (await cryptoki()).closeSession(session) });

  /** The key with that label, looked for once in each session. */
  async function found(session: bigint, known: Map<string, TokenKey>, label: string): Promise<TokenKey> {
    const before = known.get(label);
    if (before) return before;
    const [key, ...others] = await (await cryptoki()).keys(session, label);
    if (!key) throw away('non ha una chiave RSA con questa etichetta');
    if (others.length > 0) throw away('ha più chiavi con questa etichetta');
    known.set(label, key);
    return key;
  }

  return {
    async key(label) {
      const key = await lanes.run(({ session, known }) => found(session, known, label)).catch(told);
      const bits = key.modulus.length * 8;
      if (bits < 2048 || bits > 8192) throw failConnection('chiave-non-ammessa');
      const jwk = { kty: 'RSA', n: key.modulus.toString('base64url'), e: key.exponent.toString('base64url') } as const;
      return {
        jwk,
        kid: thumbprint(jwk),
        async sign(data, algorithm) {
          const hash = HASH_OF[algorithm];
          const digestInfo = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), createHash(hash).update(data).digest()]);
          const signing = lanes.run(async ({ session, known }) => {
            const now = await found(session, known, label);
            if (!now.modulus.equals(key.modulus)) {
              known.delete(label);
              throw away('la chiave con questa etichetta non è più quella di prima');
            }
            const api = await cryptoki();
            return api.sign(session, now, digestInfo, () => api.login(session, 'context-specific', pin));
          });
          return signing.catch(told).catch((cause: unknown) => {
            throw new CannotSign('dispositivo', { cause });
          });
        },
      };
    },
    close: lanes.close,
  };
}

/** In the words of a problem: nothing of the module's own texts, nor of its path. */
function told(error: unknown): never {
  if (error instanceof Problem) throw error;
  if (error instanceof CannotLoad) throw away(error.what === 'koffi' ? 'su questo sistema manca la libreria koffi' : 'il modulo di GERES_PKCS11_MODULE non si carica');
  if (error instanceof CryptokiRefused) throw away(REASONS[error.code] ?? `ha risposto ${error.message}`);
  throw error;
}
