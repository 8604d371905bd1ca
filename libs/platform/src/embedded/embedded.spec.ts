import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { keyEncryptionKey } from '../keys/index.js';
import { openEmbedded } from './embedded.js';

afterEach(() => void vi.useRealTimers());

it('lets rows that have expired leave the files, every minute', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const folder = await mkdtemp(join(tmpdir(), 'geres-embedded-'));
  const kek = (): ReturnType<typeof keyEncryptionKey> => keyEncryptionKey(randomBytes(32));
  const embedded = await openEmbedded({ folder, environment: 'test', keyEncryptionKeys: { archive: kek(), connector: kek(), certificates: kek(), admin: kek() }, clock: () => new Date() });
  try {
    const past = { expiresAt: new Date(Date.now() - 1000) };
    await embedded.collections.collection({ name: 'answers' }).insert('a', { sealed: 'x' }, past);
    await embedded.durable.collection({ name: 'assertions' }).insert('a', { used: true }, past);
    vi.advanceTimersByTime(60_000);
    // What is asked later is done later: nothing is left for these.
    expect([await embedded.collections.sweep(), await embedded.durable.sweep()]).toEqual([0, 0]);
  } finally {
    await embedded.close();
    await rm(folder, { recursive: true, force: true });
  }
});
