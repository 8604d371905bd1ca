import { AppendTooLarge, chain, MAX_APPEND_BYTES, NO_STREAM, StoreUnavailable, WrongVersion, type Appended, type CaughtUp, type EventStore, type Head, type NewEvent, type Page, type Recorded, type Sealed, type Since, type SubscribeOptions } from '@geres/kernel';
import { openWorker, type SqliteWorker } from '../sqlite/worker.js';
import { Tide } from './tide.js';

export interface SqliteEventStoreOptions {
  readonly file: string;
  /** Events in a page. */
  readonly pageSize?: number;
  /** Pages of the file at most: tests fill the disk with it. */
  readonly pageLimit?: number;
}

export interface EventStoreStats {
  readonly events: number;
  readonly lastPosition: string | undefined;
}

/** The archive in one SQLite file: a worker that writes, another that reads, so that a replay never delays an append. */
export interface SqliteEventStore extends EventStore {
  close(): Promise<void>;
  /** A consistent copy while the store works, and what is in it. `to` must not exist. */
  backup(to: string): Promise<EventStoreStats>;
  stats(): Promise<EventStoreStats>;
  /** What SQLite says of how the file is kept: `{ journal_mode: 'wal', synchronous: 2 }`, where 2 is FULL. */
  settings(): Promise<{ readonly journal_mode: string; readonly synchronous: number }>;
}

interface Row extends Sealed {
  readonly position: number;
}

interface RowPage {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

const PAGE = 500;
const DIGITS = 16;
const WORKER = './event-store.worker';

/** `register-` of `register-H501-20261123`: as the worker's index has it. */
const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-') + 1);
const positionOf = (number: number): string => String(number).padStart(DIGITS, '0');

/** Errors: `StoreUnavailable` (damaged, a file of something else, of a later release, read-only, …), naming the file. */
export async function openSqliteEventStore({ file, pageSize = PAGE, pageLimit }: SqliteEventStoreOptions): Promise<SqliteEventStore> {
  const from = import.meta.url;
  const openReader = (path: string): Promise<SqliteWorker> => openWorker(WORKER, from, { file: path, role: 'reader' });
  const writer = await openWorker(WORKER, from, { file, role: 'writer', pageLimit });
  const reader = await openReader(file).catch(async (error: unknown) => {
    await writer.close();
    throw error;
  });
  const tide = new Tide(writer);
  return {
    read: (stream, after) => pages(reader, stream, after, pageSize),
    async append(stream, head, events) {
      const appended = await append(writer, stream, head, events);
      tide.rise(Number(appended.position), categoryOf(stream));
      return appended;
    },
    subscribe: (position, options) => followed(reader, tide, position, options, pageSize),
    async backup(to) {
      // A reader of its own: the others go on, however long it takes.
      await asking(openReader(file), (own) => own.ask({ op: 'backup', to }));
      return asking(openReader(to), stats);
    },
    stats: () => stats(reader),
    settings: async () => (await writer.ask({ op: 'settings' })).ok as { journal_mode: string; synchronous: number },
    async close() {
      tide.stop();
      await reader.close();
      await writer.close();
    },
  };
}

async function asking<R>(opening: Promise<SqliteWorker>, ask: (worker: SqliteWorker) => Promise<R>): Promise<R> {
  const worker = await opening;
  try {
    return await ask(worker);
  } finally {
    await worker.close();
  }
}

async function stats(reader: SqliteWorker): Promise<EventStoreStats> {
  const { ok } = await reader.ask({ op: 'stats' });
  const { events, last } = ok as { events: number; last: number | null };
  return { events, lastPosition: last === null ? undefined : positionOf(last) };
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

/** The next page is asked for while the one before is being read. */
function rowPages(reader: SqliteWorker, request: object): Promise<RowPage> {
  const asked = reader.ask(request).then(({ ok }) => ok as RowPage);
  // Nobody may come for it: a reader may stop before.
  asked.catch(() => undefined);
  return asked;
}

async function* pages(reader: SqliteWorker, stream: string, after: Head = NO_STREAM, limit: number): AsyncIterable<Page> {
  let head = after;
  const next = (version: number): Promise<RowPage> => rowPages(reader, { op: 'stream', stream, after: version, limit });
  let asked: Promise<RowPage> | undefined = next(head.version);
  for (let first = true; asked; first = false) {
    const { rows, more }: RowPage = await asked;
    const last = rows.at(-1);
    asked = more && last ? next(last.version) : undefined;
    if (!last && !first) return;
    const events = rows.map((row, index) => {
      if (row.version !== head.version + index + 1) throw new StoreUnavailable(`stream ${stream}: event ${head.version + index + 1} is not there`, { damaged: true });
      return recorded(row);
    });
    if (last) head = { version: last.version, digest: last.digest };
    yield { events, head };
  }
}

async function* followed(reader: SqliteWorker, tide: Tide, start: Since, { prefixes = null, signal }: Omit<SubscribeOptions, 'prefixes'> & { readonly prefixes?: readonly string[] | null }, limit: number): AsyncIterable<Recorded | CaughtUp> {
  // A prefix without a hyphen may be of any category.
  const categories = prefixes?.every((prefix) => prefix.includes('-')) ? [...new Set(prefixes.map(categoryOf))] : undefined;
  while (tide.steady === -Infinity && !tide.ended && !signal.aborted) await tide.news(undefined, signal);
  let from = typeof start === 'string' ? (start === 'start' ? 0 : Number(start)) : await beforeLast(reader, start.last, tide.position, prefixes);
  let told = -Infinity;
  while (!signal.aborted) {
    if (tide.ended) throw tide.ended;
    // All are taken together: whatever was committed before `steady` is at or before `to`.
    const { position: to, asOf, steady } = tide;
    const next = (after: number): Promise<RowPage> => rowPages(reader, { op: 'all', from: after, to, prefixes, limit });
    const concerned = from < to && from < tide.lastOf(categories);
    for (let asked = concerned ? next(from) : undefined; asked; ) {
      const { rows, more }: RowPage = await asked;
      const last = rows.at(-1);
      asked = more && last ? next(last.position) : undefined;
      for (const row of rows) {
        if (signal.aborted) return;
        yield recorded(row);
      }
    }
    from = Math.max(from, to);
    if (signal.aborted) return;
    if (steady > told) {
      told = steady;
      yield { caughtUp: true, asOf, steady, position: positionOf(to) };
    }
    if (tide.position === to && tide.steady === steady) await tide.news(categories, signal);
  }
}

/** The position after which the last so many events begin, of those that are there up to `to`. */
async function beforeLast(reader: SqliteWorker, last: number, to: number, prefixes: readonly string[] | null): Promise<number> {
  if (last === 0) return to;
  return (await reader.ask({ op: 'before-last', last, to, prefixes })).ok as number;
}

function recorded({ stream, version, id, type, v, data, meta, digest, position }: Row): Recorded {
  try {
    return { stream, version, id, type, v, data: JSON.parse(data) as object, meta: JSON.parse(meta) as Recorded['meta'], digest, position: positionOf(position) };
  } catch {
    throw new StoreUnavailable(`the event at position ${position} (stream ${stream}) is damaged`, { damaged: true });
  }
}
