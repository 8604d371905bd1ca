import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

// One of the workers on one file: the writer owns every append, readers serve everything else. Imports only `node:` modules and types.

type Row = { readonly stream: string; readonly version: number; readonly id: string; readonly type: string; readonly v: number; readonly data: string; readonly meta: string; readonly digest: string };
type Placed = Row & { readonly position: number };
type Append = { readonly n: number; readonly op: 'append'; readonly stream: string; readonly head: { readonly version: number; readonly digest: string }; readonly rows: readonly Row[] };
type Query =
  | { readonly n: number; readonly op: 'last' }
  | { readonly n: number; readonly op: 'stats' }
  | { readonly n: number; readonly op: 'settings' }
  | { readonly n: number; readonly op: 'stream'; readonly stream: string; readonly after: number; readonly limit: number }
  | { readonly n: number; readonly op: 'all'; readonly from: number; readonly to: number; readonly prefixes: readonly string[] | null; readonly limit: number }
  | { readonly n: number; readonly op: 'before-last'; readonly last: number; readonly to: number; readonly prefixes: readonly string[] | null }
  | { readonly n: number; readonly op: 'backup'; readonly to: string }
  | { readonly n: number; readonly op: 'close' };
type Request = Append | Query;
type Outcome = { readonly n: number; readonly ok?: unknown; readonly wrong?: number; readonly failed?: string };

const port = parentPort!;
const { file, role, pageLimit } = workerData as { readonly file: string; readonly role: 'writer' | 'reader'; readonly pageLimit?: number };
const APPLICATION_ID = 0x47655265;
const SCHEMA = 1;
/** Digest before the first event of a stream: `NO_STREAM`. */
const NONE = '0'.repeat(64);
/** A page of large events ends here, whatever its limit: several are in memory at once. */
const PAGE_BYTES = 4 * 1024 * 1024;
const COLUMNS = 'position, stream, version, id, type, v, data, meta, digest';

const database = open();
const prepared = new Map<string, StatementSync>();
const statement = (sql: string): StatementSync => {
  const known = prepared.get(sql) ?? database.prepare(sql);
  prepared.set(sql, known);
  return known;
};

function open(): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: role === 'reader' });
  db.exec('PRAGMA busy_timeout = 5000');
  if (role === 'reader') return db;
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as { application_id: number };
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const { n: tables } = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number };
  if (tables > 0 && application !== APPLICATION_ID) throw new Error('the file is not an event store of GeRes');
  if (version > SCHEMA) throw new Error(`the event store was written by a later release (schema ${version})`);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864');
  if (pageLimit) db.exec(`PRAGMA max_page_count = ${pageLimit}`);
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS events (
      position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, v INTEGER NOT NULL,
      data TEXT NOT NULL, meta TEXT NOT NULL, digest TEXT NOT NULL, category TEXT NOT NULL, UNIQUE (stream, version)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS events_by_category ON events (category, position);
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA};
    COMMIT;`);
  return db;
}

function transaction(appends: readonly Append[]): readonly Outcome[] {
  try {
    database.exec('BEGIN IMMEDIATE');
    const outcomes = appends.map(append);
    database.exec('COMMIT');
    return outcomes;
  } catch (error) {
    try {
      if (database.isTransaction) database.exec('ROLLBACK');
    } catch {
      // the transaction is gone with its error
    }
    return appends.map(({ n }) => ({ n, failed: (error as Error).message }));
  }
}

/** All appends that wait, in one transaction; nothing is told before its commit. When it fails each is tried alone, so that none fails for another's sake. */
function commit(appends: readonly Append[]): readonly Outcome[] {
  const outcomes = transaction(appends);
  return appends.length > 1 && outcomes[0]!.failed !== undefined ? appends.flatMap((one) => transaction([one])) : outcomes;
}

function append({ n, stream, head, rows }: Append): Outcome {
  const found = statement('SELECT version, digest, position FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1').get(stream) as { version: number; digest: string; position: number } | undefined;
  const version = found?.version ?? 0;
  if (version === head.version && (found?.digest ?? NONE) === head.digest) {
    const insert = statement('INSERT INTO events (stream, version, id, type, v, data, meta, digest, category) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    const category = stream.slice(0, stream.indexOf('-') + 1);
    let position: number | bigint = found?.position ?? 0;
    for (const row of rows) position = insert.run(row.stream, row.version, row.id, row.type, row.v, row.data, row.meta, row.digest, category).lastInsertRowid;
    const last = rows.at(-1);
    return { n, ok: { version: last?.version ?? version, digest: last?.digest ?? head.digest, position: Number(position) } };
  }
  const last = rows.at(-1);
  // Its last event is there, and with it the whole of it, which its digest chains: it had been done, and its reply was lost.
  const again = last && (statement('SELECT position FROM events WHERE stream = ? AND version = ? AND digest = ?').get(stream, last.version, last.digest) as { position: number } | undefined);
  return again ? { n, ok: { version: last.version, digest: last.digest, position: again.position } } : { n, wrong: version };
}

function query(request: Query): unknown {
  switch (request.op) {
    case 'last':
      return (statement('SELECT max(position) AS last FROM events').get() as { last: number | null }).last ?? 0;
    case 'stats':
      return database.prepare('SELECT count(*) AS events, max(position) AS last FROM events').get();
    case 'settings':
      return { ...database.prepare('PRAGMA journal_mode').get(), ...database.prepare('PRAGMA synchronous').get() };
    case 'stream':
      return page(statement(`SELECT ${COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?`), [request.stream, request.after], request.limit);
    case 'all':
      return following(request);
    case 'before-last':
      return beforeLast(request);
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

/** As many rows as the limits allow, and whether there may be more. */
function page(rows: StatementSync, given: readonly (string | number)[], limit: number): { readonly rows: readonly Placed[]; readonly more: boolean } {
  const found: Placed[] = [];
  let bytes = 0;
  for (const row of rows.iterate(...given, limit) as Iterable<Placed>) {
    found.push(row);
    bytes += row.data.length + row.meta.length;
    if (bytes >= PAGE_BYTES) return { rows: found, more: true };
  }
  return { rows: found, more: found.length === limit };
}

/** Events after a position, by prefix. */
function following({ from, to, prefixes, limit }: Extract<Query, { op: 'all' }>): ReturnType<typeof page> {
  const { sql, given } = among(COLUMNS, from, to, prefixes);
  return page(statement(`${sql} ORDER BY position LIMIT ?`), given, limit);
}

/** The position just before that of the last so many events: from the end back, by index. */
function beforeLast({ last, to, prefixes }: Extract<Query, { op: 'before-last' }>): number {
  const { sql, given } = among('position', 0, to, prefixes);
  const found = statement(`${sql} ORDER BY position DESC LIMIT 1 OFFSET ?`).get(...given, last - 1) as { position: number } | undefined;
  return found ? found.position - 1 : 0;
}

/** What is between two positions, by prefix: each prefix walks its own category by index, and SQLite merges them as they come. */
function among(columns: string, from: number, to: number, prefixes: readonly string[] | null): { readonly sql: string; readonly given: readonly (string | number)[] } {
  // Without a prefix everything is one category.
  const apart = [...new Set(prefixes ?? [''])].filter((prefix, _, all) => !all.some((other) => other !== prefix && prefix.startsWith(other)));
  if (apart.length === 0) return { sql: `SELECT ${columns} FROM events WHERE 0`, given: [] };
  const parts = apart.map((prefix) => {
    const category = prefix.slice(0, prefix.indexOf('-') + 1);
    const conditions = ['position > ?', 'position <= ?', ...(category === '' ? [] : ['category = ?']), ...(category === prefix ? [] : ['substr(stream, 1, length(?)) = ?'])];
    const given = [from, to, ...(category === '' ? [] : [category]), ...(category === prefix ? [] : [prefix, prefix])];
    return { sql: `SELECT ${columns} FROM events WHERE ${conditions.join(' AND ')}`, given };
  });
  return { sql: parts.map(({ sql }) => sql).join(' UNION ALL '), given: parts.flatMap(({ given }) => given) };
}

port.on('message', (first: readonly Request[]) => {
  const requests = [...first];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) requests.push(...(next.message as readonly Request[]));
  const appends = requests.filter((request): request is Append => request.op === 'append');
  if (appends.length > 0) port.postMessage(commit(appends));
  for (const request of requests) {
    if (request.op === 'append') continue;
    try {
      port.postMessage({ n: request.n, ok: query(request) });
    } catch (error) {
      port.postMessage({ n: request.n, failed: (error as Error).message });
    }
    if (request.op === 'close') port.close();
  }
});
port.postMessage({ n: 0, ok: true });
