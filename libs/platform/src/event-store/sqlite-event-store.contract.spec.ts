import { isCaughtUp, NO_STREAM } from '@geres/kernel';
import { eventStoreContract, sampleEvents, unique } from '@geres/kernel/testing';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { temporaryFolder, workplace } from '../testing/temporary-folder.js';
import { openSqliteEventStore } from './sqlite-event-store.js';

for (const pageSize of [undefined, 7]) {
  eventStoreContract(`SQLite${pageSize ? `, pages of ${pageSize}` : ''}`, async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'events.db');
    const store = await openSqliteEventStore({ file, ...(pageSize ? { pageSize } : {}) });
    return {
      store,
      // Somebody else holds the file: an append waits for it, and everything else waits for the append.
      async stall() {
        const other = new DatabaseSync(file);
        other.exec('BEGIN IMMEDIATE');
        const waiting = store.append(unique('spec-'), NO_STREAM, sampleEvents(1));
        return async () => {
          other.close();
          await waiting;
        };
      },
      async close() {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  });
}

const { folder, opened } = workplace();

it('SQLite commits appends in the order in which it is asked, though they wait together', async () => {
  const store = await opened(openSqliteEventStore({ file: join(await folder(), 'events.db') }));
  const streams = Array.from({ length: 200 }, (_, n) => `spec-${(n * 7919) % 200}`);
  await Promise.all(streams.map((stream) => store.append(stream, NO_STREAM, sampleEvents(1))));
  const found: string[] = [];
  for await (const item of store.subscribe('start', { signal: new AbortController().signal })) {
    if (isCaughtUp(item)) break;
    found.push(item.stream);
  }
  expect(found).toEqual(streams);
});
