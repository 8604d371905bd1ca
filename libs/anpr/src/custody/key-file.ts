import { createPrivateKey, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { SealedKey } from '@geres/contracts';
import { failConnection } from '../connection/connection.problems.js';
import { certificateOf, chainOf } from './chain.js';

/** What a key file held. */
export interface ReadKey {
  readonly key: KeyObject;
  /** Leaf first; empty where no certificate was given. */
  readonly chain: readonly X509Certificate[];
}

/** 600,000 iterations of a password (AES, MAC of SHA-256) were measured at 0.7 s of one core, a million with the old ciphers at 6 s. */
const PATIENCE_MS = 15_000;
const LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 128 };

/** The compiled file beside this one, or its TypeScript source, which Node reads by itself. */
function script(): URL {
  const compiled = new URL('key-file.worker.js', import.meta.url);
  return existsSync(compiled) ? compiled : new URL('key-file.worker.ts', import.meta.url);
}

type Reply = { readonly unreadable: string } | { readonly refused: 'chiave-non-ammessa' } | { readonly key: Uint8Array; readonly certificates: readonly Uint8Array[] };

/**
 * The key of a PKCS#12 or PEM text with its certificates, whatever protects it, read in a thread of its own. Errors: `chiave-illeggibile` with a reason from a closed
 * list, `chiave-non-ammessa`, `certificato-di-un-altra-chiave`.
 */
export async function readKeyFile(file: SealedKey, { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {}): Promise<ReadKey> {
  const reply = await ask(file, patienceMs);
  if ('unreadable' in reply) throw failConnection('chiave-illeggibile', { motivo: reply.unreadable });
  if ('refused' in reply) throw failConnection(reply.refused);
  const key = createPrivateKey({ key: Buffer.from(reply.key), format: 'der', type: 'pkcs8' });
  const certificates = reply.certificates.map(certificateOf);
  return { key, chain: certificates.length === 0 ? [] : chainOf(createPublicKey(key), certificates) };
}

function ask(file: SealedKey, patienceMs: number): Promise<Reply> {
  // What it writes would be a library's, about the file.
  const worker = new Worker(script(), { workerData: file, execArgv: [], resourceLimits: LIMITS, stdout: true, stderr: true });
  return new Promise<Reply>((resolve) => {
    const timer = setTimeout(() => resolve({ unreadable: 'leggerla richiede troppo tempo' }), patienceMs);
    worker.once('message', (reply: Reply) => resolve(reply));
    worker.once('error', () => resolve({ unreadable: 'è danneggiata' }));
    worker.once('exit', () => {
      clearTimeout(timer);
      resolve({ unreadable: 'è danneggiata' });
    });
  }).finally(() => void worker.terminate());
}
