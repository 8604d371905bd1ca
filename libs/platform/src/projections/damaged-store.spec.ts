import { NO_STREAM, StoreUnavailable, whole, type NewEvent } from '@geres/kernel';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteEventStore, type SqliteEventStore } from '../event-store/index.js';
import { follow } from './index.js';

const PAGE = 4096;

const event = (index: number): NewEvent => ({
  id: `evento-${index}`,
  type: 'prova.cosa.accaduta',
  v: 1,
  data: { testo: 'x'.repeat(1000) },
  meta: { actor: 'system:prova', correlationId: 'c', causationId: 'c', recordedAt: '2026-11-23T10:00:00.000Z', environment: 'test' },
});

describe('an archive whose file is damaged behind its first page', () => {
  let folder: string;
  let file: string;
  let store: SqliteEventStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'geres-danno-'));
    file = join(folder, 'events.db');
    const healthy = await openSqliteEventStore({ file });
    await healthy.append('prova-1', NO_STREAM, Array.from({ length: 50 }, (_, index) => event(index)));
    await healthy.close();
    const handle = await open(file, 'r+');
    const { size } = await stat(file);
    await handle.write(randomBytes(size - PAGE), 0, undefined, PAGE);
    await handle.close();
    store = await openSqliteEventStore({ file });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('says so, with the name of the file, to whoever reads, appends or follows', async () => {
    const said = { name: 'StoreUnavailable', damaged: true, reason: expect.stringContaining(file) as string };
    await expect(whole(store.read('prova-1'))).rejects.toMatchObject(said);
    await expect(store.append('prova-1', NO_STREAM, [event(1)])).rejects.toMatchObject(said);
    const following = async (): Promise<void> => {
      for await (const item of store.subscribe('start', { signal: new AbortController().signal })) void item;
    };
    await expect(following()).rejects.toMatchObject(said);
  });

  it('stops a fold for good: whoever waits for it is told, and nobody waits for ever', async () => {
    const stopping = new AbortController();
    const live = await follow({ name: 'prova', store, prefixes: ['prova-'], initial: () => ({}), apply: () => undefined, signal: stopping.signal });
    await expect(live.caughtUp()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(live.fresh()).toBe(false);
    stopping.abort();
  });
});
