import { NO_STREAM, isCaughtUp, type EventStore, type Head, type NewEvent } from '@geres/kernel';
import { newUlid } from '@geres/platform';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
// eslint-disable-next-line @typescript-eslint/no-restricted-imports -- the yardstick is SQLite itself, without GeRes
import { DatabaseSync } from 'node:sqlite';
import { temporaryFolder } from '../installation.js';
import { figure, type Figure } from './figures.js';

const SECONDS = 3;

/** An event as large as a recorded lookup. */
export const sample = (): NewEvent => ({
  id: crypto.randomUUID(),
  type: 'anpr.lookup.requested',
  v: 1,
  data: { lookup: newUlid(), comune: 'H501', subject: `s1.${'x'.repeat(260)}`, tags: ['a'.repeat(32), 'b'.repeat(32)], user: newUlid(), ente: 'c_h501', application: 'tributi', session: newUlid(), sections: ['2', '10', '27', '28'] },
  meta: { actor: `user:${newUlid()}`, correlationId: newUlid(), causationId: newUlid(), recordedAt: new Date().toISOString(), environment: 'test' },
});

/** Append rates of the event store, beside what SQLite itself commits on the same disk. */
export async function stores(): Promise<readonly Figure[]> {
  const folder = await temporaryFolder();
  const raw = rawCommits(join(folder, 'raw.db'));
  const store = await openSqliteEventStore({ file: join(folder, 'events.db') });
  try {
    const one = await appends(store, 1);
    const many = await appends(store, 64);
    const replay = await replayed(store);
    return [
      figure('append durevoli, 1 scrittore', one, '/s', { limit: raw }),
      figure('append durevoli, 64 scrittori', many, '/s', { limit: raw, target: '≥ 10 volte uno scrittore', met: many >= 10 * one }),
      figure('rilettura degli eventi', replay, 'eventi/s', { target: '≥ 50000 eventi/s', met: replay >= 50_000 }),
    ];
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

/** Commits per second of one row each, `synchronous=FULL`, by SQLite alone. */
function rawCommits(file: string): number {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (a TEXT)');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  const row = JSON.stringify(sample());
  const started = performance.now();
  let commits = 0;
  while (performance.now() - started < SECONDS * 1000) {
    insert.run(row);
    commits += 1;
  }
  database.close();
  return commits / SECONDS;
}

async function appends(store: EventStore, writers: number): Promise<number> {
  const until = performance.now() + SECONDS * 1000;
  const counts = await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      let head: Head = NO_STREAM;
      const stream = `register-W${writers}-${writer}-${newUlid()}`;
      let count = 0;
      for (; performance.now() < until; count++) head = (await store.append(stream, head, [sample()])).head;
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / SECONDS;
}

async function replayed(store: EventStore): Promise<number> {
  const ending = new AbortController();
  const started = performance.now();
  let events = 0;
  for await (const item of store.subscribe('start', { signal: ending.signal })) {
    if (isCaughtUp(item)) break;
    events += 1;
  }
  ending.abort();
  return events / ((performance.now() - started) / 1000);
}
