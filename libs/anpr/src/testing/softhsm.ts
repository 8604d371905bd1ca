import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';

/** What is used of koffi, an optional dependency. */
interface Koffi {
  load(path: string): { func(definition: string): (...given: readonly unknown[]) => unknown };
}

const ran = promisify(execFile);
const koffi = await import('koffi' as string).then(
  ({ default: loaded }: { readonly default: Koffi }) => loaded,
  () => undefined,
);
const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so', '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so'].find((path) => existsSync(path));
const missing = [...(koffi ? [] : ['koffi']), ...(MODULE ? [] : ['softhsm2']), ...(spawnSync('pkcs11-tool', ['--version']).error ? ['opensc'] : [])];

/** Specs of a device behind PKCS#11: SoftHSM stands in for it. Skipped by name where it is not installed. */
export const describeWithSoftHsm = (name: string, specs: () => void) => (missing.length === 0 ? describe(name, specs) : describe.skip(`${name}: needs ${missing.join(' and ')}`, specs));

export interface SoftHsm {
  readonly module: string;
  readonly pin: string;
  /** A new token with that label. Before the module is first used. */
  token(label: string): Promise<void>;
  /** Puts a key (PKCS#8, PEM) into a token. */
  put(token: string, label: string, keyPem: string): Promise<void>;
  /** Makes a key in a token. */
  make(token: string, label: string, ...more: readonly string[]): Promise<void>;
  remove(token: string, label: string): Promise<void>;
  /** Every session of this process is lost, as when a device is taken out and put back. */
  pullOut(): void;
  close(): Promise<void>;
}

/** Tokens in a folder of their own; the module reads from the environment where they are, once for the process. */
export async function softHsm(): Promise<SoftHsm> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-softhsm-'));
  const conf = join(folder, 'softhsm2.conf');
  await mkdir(join(folder, 'tokens'));
  await writeFile(conf, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`);
  process.env['SOFTHSM2_CONF'] = conf;
  const module = MODULE!;
  const pin = '1234';
  const tool = (...args: readonly string[]): Promise<unknown> => ran('pkcs11-tool', ['--module', module, '--login', '--pin', pin, ...args]);
  return {
    module,
    pin,
    token: async (label) => void (await ran('softhsm2-util', ['--init-token', '--free', '--label', label, '--so-pin', '0000', '--pin', pin])),
    async put(token, label, keyPem) {
      const file = join(folder, 'key.pem');
      await writeFile(file, keyPem);
      await ran('softhsm2-util', ['--import', file, '--token', token, '--label', label, '--id', Buffer.from(label).toString('hex'), '--pin', pin, '--force']);
      await rm(file);
    },
    make: async (token, label, ...more) => void (await tool('--token-label', token, '--keypairgen', '--label', label, ...more)),
    remove: async (token, label) => void (await tool('--token-label', token, '--delete-object', '--type', 'privkey', '--label', label)),
    pullOut() {
      const library = koffi!.load(module);
      const count = Buffer.alloc(8);
      library.func('unsigned long C_GetSlotList(uint8_t present, void *slots, void *count)')(1, null, count);
      const slots = Buffer.alloc(8 * Number(count.readBigUInt64LE()));
      library.func('unsigned long C_GetSlotList(uint8_t present, void *slots, void *count)')(1, slots, count);
      const closeAll = library.func('unsigned long C_CloseAllSessions(unsigned long slot)');
      for (let n = 0; n < slots.length / 8; n++) closeAll(slots.readBigUInt64LE(n * 8));
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
