import { AppendTooLarge, chain, MAX_APPEND_BYTES, NO_STREAM, WrongVersion, type Appended, type CaughtUp, type EventStore, type Head, type NewEvent, type Page, type Recorded, type Sealed, type SubscribeOptions } from '@geres/kernel';
import { openWorker, type SqliteWorker } from '../sqlite/worker.js';

export interface SqliteEventStoreOptions {
  readonly file: string;
  /** Events in a page. */
  readonly pageSize?: number;
  /** Pages of the file at most: tests fill the disk with it. */
  readonly pageLimit?: number;
}

/** The archive in one SQLite file: a worker that writes, another that reads, so that a replay never delays an append. */
export interface SqliteEventStore extends EventStore {
  close(): Promise<void>;
  /** A consistent copy while the store works. `to` must not exist. */
  backup(to: string): Promise<void>;
  stats(): Promise<{ readonly events: number; readonly lastPosition: string | undefined }>;
}

interface Row extends Sealed {
  readonly position: number;
}

/** How often it is asked whether everything committed has been seen. */
const HEARTBEAT_MS = 150;
const PAGE = 500;
const DIGITS = 16;

const positionOf = (number: number): string => String(number).padStart(DIGITS, '0');
const recorded = ({ stream, version, id, type, v, data, meta, digest, position }: Row): Recorded => ({
  stream,
  version,
  id,
  type,
  v,
  data: JSON.parse(data) as object,
  meta: JSON.parse(meta) as Recorded['meta'],
  digest,
  position: positionOf(position),
});

export async function openSqliteEventStore({ file, pageSize = PAGE, pageLimit }: SqliteEventStoreOptions): Promise<SqliteEventStore> {
  const from = import.meta.url;
  const writer = await openWorker('./event-store.worker', from, { file, role: 'writer', pageLimit });
  const reader = await openWorker('./event-store.worker', from, { file, role: 'reader' });
  const tide = new Tide(writer);
  return {
    read: (stream, after) => pages(reader, stream, after, pageSize),
    async append(stream, head, events) {
      const appended = await append(writer, stream, head, events);
      tide.rise(Number(appended.position));
      return appended;
    },
    subscribe: (position, options) => followed(reader, tide, position, options, pageSize),
    backup: async (to) => void (await reader.ask({ op: 'backup', to })),
    async stats() {
      const { ok } = await reader.ask({ op: 'stats' });
      const { events, last } = ok as { events: number; last: number | null };
      return { events, lastPosition: last === null ? undefined : positionOf(last) };
    },
    async close() {
      tide.stop();
      await reader.close();
      await writer.close();
    },
  };
}

async function append(writer: SqliteWorker, stream: string, head: Head, events: readonly NewEvent[]): Promise<Appended> {
  const rows = chain(stream, head, events);
  const bytes = rows.reduce((sum, { data, meta }) => sum + Buffer.byteLength(data) + Buffer.byteLength(meta), 0);
  if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, bytes);
  const { ok, wrong } = await writer.ask({ op: 'append', stream, head, rows });
  if (wrong !== undefined) throw new WrongVersion(stream, head.version, wrong);
  const { version, digest, position } = ok as { version: number; digest: string; position: number };
  return { head: { version, digest }, position: positionOf(position) };
}

async function* pages(reader: SqliteWorker, stream: string, after: Head | undefined, limit: number): AsyncIterable<Page> {
  let head = after ?? NO_STREAM;
  for (let first = true; ; first = false) {
    const { ok } = await reader.ask({ op: 'stream', stream, after: head.version, limit });
    const events = (ok as readonly Row[]).map(recorded);
    if (events.length === 0 && !first) return;
    const last = events.at(-1);
    if (last) head = { version: last.version, digest: last.digest };
    yield { events, head };
    if (events.length < limit) return;
  }
}

/** What the writer has committed, and when it said so. */
class Tide {
  position = 0;
  asOf = new Date(0);
  /** The instant of `asOf` on the clock that never jumps; `-Infinity` while nothing is known. */
  steady = -Infinity;
  private readonly waiting = new Set<() => void>();
  private readonly timer: NodeJS.Timeout;
  private asking = false;

  constructor(private readonly writer: SqliteWorker) {
    this.timer = setInterval(() => void this.ask(), HEARTBEAT_MS);
    void this.ask();
  }

  rise(position: number): void {
    if (position > this.position) this.position = position;
    this.wake();
  }

  /** Resolves when there is news: another position or another instant. */
  news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  stop(): void {
    clearInterval(this.timer);
    this.wake();
  }

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const asOf = new Date();
    const steady = performance.now();
    try {
      const { ok } = await this.writer.ask({ op: 'last' });
      Object.assign(this, { asOf, steady });
      this.rise(ok as number);
    } catch {
      // Nothing is known: nobody is told that they are caught up.
    } finally {
      this.asking = false;
    }
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}

async function* followed(reader: SqliteWorker, tide: Tide, start: string, { prefixes, signal }: SubscribeOptions, limit: number): AsyncIterable<Recorded | CaughtUp> {
  let from = start === 'start' ? 0 : Number(start);
  let told = -Infinity;
  while (!signal.aborted) {
    // Both are taken together: whatever was committed before `steady` is at or before `to`.
    const { position: to, asOf, steady } = tide;
    while (from < to && !signal.aborted) {
      const { ok } = await reader.ask({ op: 'all', from, to, prefixes: prefixes ?? null, limit });
      const rows = ok as readonly Row[];
      for (const row of rows) {
        if (signal.aborted) return;
        yield recorded(row);
      }
      from = rows.length < limit ? to : rows.at(-1)!.position;
    }
    if (signal.aborted) return;
    if (steady > told) {
      told = steady;
      yield { caughtUp: true, asOf, steady, position: positionOf(to) };
    }
    if (tide.position === to && tide.steady === steady) await tide.news(signal);
  }
}

