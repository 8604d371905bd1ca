import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

// One of two workers on one file: the writer owns every append, the reader serves everything else. Imports only `node:` modules and types.

type Row = { readonly stream: string; readonly version: number; readonly id: string; readonly type: string; readonly v: number; readonly data: string; readonly meta: string; readonly digest: string };
type Append = { readonly n: number; readonly op: 'append'; readonly stream: string; readonly head: { readonly version: number; readonly digest: string }; readonly rows: readonly Row[] };
type Query =
  | { readonly n: number; readonly op: 'last' }
  | { readonly n: number; readonly op: 'stats' }
  | { readonly n: number; readonly op: 'stream'; readonly stream: string; readonly after: number; readonly limit: number }
  | { readonly n: number; readonly op: 'all'; readonly from: number; readonly to: number; readonly prefixes: readonly string[] | null; readonly limit: number }
  | { readonly n: number; readonly op: 'backup'; readonly to: string }
  | { readonly n: number; readonly op: 'close' };
type Request = Append | Query;

const port = parentPort!;
const { file, role, pageLimit } = workerData as { readonly file: string; readonly role: 'writer' | 'reader'; readonly pageLimit?: number };
const APPLICATION_ID = 0x47655265;
const SCHEMA = 1;

const database = open();
const columns = 'position, stream, version, id, type, v, data, meta, digest';
const statements = role === 'writer' ? writerStatements() : undefined;
const reading = { stream: database.prepare(`SELECT ${columns} FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?`), last: database.prepare('SELECT max(position) AS last FROM events'), byId: database.prepare('SELECT id, version, digest, position FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?') };

function open(): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: role === 'reader' });
  db.exec('PRAGMA busy_timeout = 5000');
  if (role === 'reader') return db;
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as { application_id: number };
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const { n: tables } = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number };
  if (tables > 0 && application !== APPLICATION_ID) throw new Error('the file is not an event store of GeRes');
  if (version > SCHEMA) throw new Error(`the event store was written by a later release (schema ${version})`);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864;`);
  if (pageLimit) db.exec(`PRAGMA max_page_count = ${pageLimit}`);
  db.exec(`
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA};
    CREATE TABLE IF NOT EXISTS events (
      position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, v INTEGER NOT NULL,
      data TEXT NOT NULL, meta TEXT NOT NULL, digest TEXT NOT NULL, category TEXT NOT NULL, UNIQUE (stream, version)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS events_by_category ON events (category, position);`);
  return db;
}

function writerStatements(): Record<'head' | 'insert', StatementSync> {
  return {
    head: database.prepare('SELECT version, digest, position FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1'),
    insert: database.prepare('INSERT INTO events (stream, version, id, type, v, data, meta, digest, category) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  };
}

type Outcome = { readonly n: number; readonly ok?: unknown; readonly wrong?: number; readonly failed?: string };

/** All appends that wait, in one transaction; nothing is told before its commit. */
function commit(appends: readonly Append[]): readonly Outcome[] {
  try {
    database.exec('BEGIN IMMEDIATE');
    const outcomes = appends.map(append);
    database.exec('COMMIT');
    return outcomes;
  } catch (error) {
    if (database.isTransaction) {
      try {
        database.exec('ROLLBACK');
      } catch {
        // the transaction is gone with its error
      }
    }
    return appends.map(({ n }) => ({ n, failed: (error as Error).message }));
  }
}

function append({ n, stream, head, rows }: Append): Outcome {
  const { head: headOf, insert } = statements!;
  const found = headOf.get(stream) as { version: number; digest: string; position: number } | undefined;
  const version = found?.version ?? 0;
  if (version === head.version && (version === 0 || found!.digest === head.digest)) {
    let position: number | bigint = found?.position ?? 0;
    const category = stream.slice(0, stream.indexOf('-') + 1);
    for (const row of rows) position = insert.run(row.stream, row.version, row.id, row.type, row.v, row.data, row.meta, row.digest, category).lastInsertRowid;
    const last = rows.at(-1);
    return { n, ok: { version: last?.version ?? version, digest: last?.digest ?? head.digest, position: Number(position) } };
  }
  const already = rows.length > 0 ? (reading.byId.all(stream, head.version, rows.length) as { id: string; version: number; digest: string; position: number }[]) : [];
  if (already.length === rows.length && rows.length > 0 && already.every(({ id }, index) => id === rows[index]!.id)) {
    const last = already.at(-1)!;
    return { n, ok: { version: last.version, digest: last.digest, position: last.position } };
  }
  return { n, wrong: version };
}

function query(request: Query): unknown {
  switch (request.op) {
    case 'last':
      return (reading.last.get() as { last: number | null }).last ?? 0;
    case 'stats':
      return database.prepare('SELECT count(*) AS events, max(position) AS last FROM events').get();
    case 'stream':
      return reading.stream.all(request.stream, request.after, request.limit);
    case 'all':
      return following(request);
    case 'backup':
      database.prepare('VACUUM INTO ?').run(request.to);
      return true;
    case 'close':
      database.close();
      return true;
    default:
      return request satisfies never;
  }
}

/** Events after a position, by prefix: each prefix reads its own category by index, the pages are merged by position. */
function following({ from, to, prefixes, limit }: Extract<Query, { op: 'all' }>): readonly unknown[] {
  if (!prefixes) return database.prepare(`SELECT ${columns} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`).all(from, to, limit);
  const pages = prefixes.flatMap((prefix) => {
    const dash = prefix.indexOf('-');
    if (dash < 0) return database.prepare(`SELECT ${columns} FROM events WHERE position > ? AND position <= ? AND substr(stream, 1, ?) = ? ORDER BY position LIMIT ?`).all(from, to, prefix.length, prefix, limit);
    const category = prefix.slice(0, dash + 1);
    const rest = category === prefix ? '' : 'AND substr(stream, 1, length(?)) = ?';
    const given = category === prefix ? [] : [prefix, prefix];
    return database.prepare(`SELECT ${columns} FROM events WHERE category = ? AND position > ? AND position <= ? ${rest} ORDER BY position LIMIT ?`).all(category, from, to, ...given, limit);
  }) as { readonly position: number }[];
  const merged = [...new Map(pages.map((row) => [row.position, row])).values()].sort((a, b) => a.position - b.position);
  return merged.slice(0, limit);
}

function answer(outcome: Outcome): void {
  port.postMessage(outcome);
}

port.on('message', (first: Request) => {
  const requests = [first];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) requests.push(next.message as Request);
  const appends = requests.filter((request): request is Append => request.op === 'append');
  if (appends.length > 0) port.postMessage(commit(appends));
  for (const request of requests) {
    if (request.op === 'append') continue;
    try {
      answer({ n: request.n, ok: query(request) });
    } catch (error) {
      answer({ n: request.n, failed: (error as Error).message });
    }
    if (request.op === 'close') port.close();
  }
});
port.postMessage({ n: 0, ok: true });
