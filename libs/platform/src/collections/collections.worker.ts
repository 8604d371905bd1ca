import { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

// Owns (writer) or reads (reader) the file of the collections. Imports only `node:` modules and types.

type Value = string | number | null;
type Put = { readonly id: string; readonly row: string; readonly values: readonly Value[] };
type Write =
  | { readonly op: 'insert'; readonly table: string; readonly put: Put; readonly expires: number | null; readonly now: number }
  | { readonly op: 'replace'; readonly table: string; readonly seen: string; readonly put: Put; readonly expires: number | null | undefined; readonly now: number }
  | { readonly op: 'remove'; readonly table: string; readonly id: string; readonly now: number }
  | { readonly op: 'commit'; readonly table: string; readonly cells: readonly Value[]; readonly width: number; readonly removed: readonly string[]; readonly position: string; readonly incarnation: string }
  | { readonly op: 'clear'; readonly table: string }
  | { readonly op: 'sweep'; readonly now: number };
type Query =
  | { readonly op: 'define'; readonly table: string; readonly columns: readonly string[]; readonly indexes: readonly (readonly string[])[] }
  | { readonly op: 'get'; readonly table: string; readonly ids: readonly string[]; readonly now: number }
  | { readonly op: 'find'; readonly segments: readonly { readonly sql: string; readonly given: readonly Value[] }[]; readonly limit: number }
  | { readonly op: 'checkpoint'; readonly table: string }
  | { readonly op: 'backup'; readonly to: string }
  | { readonly op: 'close' };
type Request = (Write | Query) & { readonly n: number };
type Reply = { readonly n: number; readonly ok?: unknown; readonly failed?: string };

const port = parentPort!;
const { file, role, durability, secureDelete } = workerData as { readonly file: string; readonly role: 'writer' | 'reader'; readonly durability: 'full' | 'normal'; readonly secureDelete: boolean };
const APPLICATION_ID = 0x47655263;
const SCHEMA = 1;
const BUSY_MS = 5000;
/** How long readers of the file, other than this process, may keep what was removed in its log. */
const ERASE_MS = 1000;
const WRITES: readonly string[] = ['insert', 'replace', 'remove', 'commit', 'clear', 'sweep'];
const database = open();
const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
const columnsOf = new Map<string, readonly string[]>();
type Table = { readonly columns: readonly string[]; readonly insert: ReturnType<DatabaseSync['prepare']>; readonly live: ReturnType<DatabaseSync['prepare']> };
/** By name; one that is declared again is put together anew. */
const tables = new Map<string, Table>();

function open(): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: role === 'reader' });
  db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  if (role === 'reader') return db;
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as { application_id: number };
  const { n: tables } = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number };
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (tables > 0 && application !== APPLICATION_ID) throw new Error('the file does not hold collections of GeRes');
  if (version > SCHEMA) throw new Error(`the collections were written by a later release (schema ${version})`);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864;
    PRAGMA secure_delete = ${secureDelete ? 'ON' : 'OFF'}; BEGIN IMMEDIATE;
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA};
    CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, position TEXT NOT NULL, incarnation TEXT NOT NULL) STRICT;
    COMMIT;`);
  return db;
}

const statement = (sql: string): ReturnType<DatabaseSync['prepare']> => {
  const known = prepared.get(sql) ?? database.prepare(sql);
  prepared.set(sql, known);
  return known;
};

/**
 * Makes the table, its columns and its indexes, whole or not at all. A new column is filled from the rows that are there. Columns are only added to while the
 * process lives; the first declaration drops the indexes that nobody declares any more.
 */
function define(table: string, columns: readonly string[], indexes: readonly (readonly string[])[]): void {
  const first = !columnsOf.has(table);
  const expires = `${table}:expires`;
  database.exec(`CREATE TABLE IF NOT EXISTS "${table}" (id TEXT PRIMARY KEY, row TEXT NOT NULL, expires INTEGER) WITHOUT ROWID`);
  const present = new Set((database.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[]).map(({ name }) => name));
  for (const column of columns) {
    if (present.has(`c_${column}`)) continue;
    database.exec(`ALTER TABLE "${table}" ADD COLUMN "c_${column}"`);
    const path = `$."${column}"`;
    database.prepare(`UPDATE "${table}" SET "c_${column}" = CASE WHEN json_type(row, ?) NOT IN ('object', 'array') THEN json_extract(row, ?) END`).run(path, path);
  }
  const wanted = new Map(indexes.map((fields) => [`${table}:${fields.join(',')}`, fields]));
  const there = (database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`).all(table) as { name: string }[]).map(({ name }) => name);
  for (const name of there) if (first && name !== expires && !wanted.has(name)) database.exec(`DROP INDEX "${name}"`);
  for (const [name, fields] of wanted) database.exec(`CREATE INDEX IF NOT EXISTS "${name}" ON "${table}" (${fields.map((field) => `"c_${field}"`).join(', ')}, id)`);
  database.exec(`CREATE INDEX IF NOT EXISTS "${expires}" ON "${table}" (expires) WHERE expires IS NOT NULL`);
  columnsOf.set(table, columns);
  tables.delete(table);
}

/** `values` are those of the first columns: others may have been declared since the row was sent, and are filled from it. */
function put(table: string, { id, row, values }: Put, expires: number | null): void {
  const { columns, insert } = tableOf(table);
  if (values.length === columns.length) {
    insert.run(id, row, expires, ...values);
    return;
  }
  const late = columns.slice(values.length).map((column) => (JSON.parse(row) as Record<string, Value | boolean | undefined>)[column]);
  insert.run(id, row, expires, ...values, ...late.map(scalar));
}

/** The statements that a replay runs for each row, put together once. */
function tableOf(table: string): Table {
  const known = tables.get(table);
  if (known) return known;
  const columns = columnsOf.get(table) ?? [];
  const names = ['id', 'row', 'expires', ...columns.map((column) => `"c_${column}"`)];
  const made: Table = {
    columns,
    insert: database.prepare(`INSERT OR REPLACE INTO "${table}" (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`),
    live: database.prepare(`SELECT row, expires FROM "${table}" WHERE id = ? AND (expires IS NULL OR expires > ?)`),
  };
  tables.set(table, made);
  return made;
}

const scalar = (value: unknown): Value => (typeof value === 'string' || typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : null);

const live = (table: string, id: string, now: number): { row: string; expires: number | null } | undefined => tableOf(table).live.get(id, now) as { row: string; expires: number | null } | undefined;

function write(request: Write): unknown {
  switch (request.op) {
    case 'insert':
      if (live(request.table, request.put.id, request.now)) return false;
      put(request.table, request.put, request.expires);
      return true;
    case 'replace': {
      const found = live(request.table, request.put.id, request.now);
      if (found?.row !== request.seen) return false;
      put(request.table, request.put, request.expires === undefined ? found.expires : request.expires);
      return true;
    }
    case 'remove': {
      const was = live(request.table, request.id, request.now) !== undefined;
      statement(`DELETE FROM "${request.table}" WHERE id = ?`).run(request.id);
      return was;
    }
    case 'commit': {
      const { table, cells, width, removed, position, incarnation } = request;
      const stored = checkpoint(table);
      if (stored && (stored.incarnation !== incarnation || stored.position > position)) return stored;
      for (let at = 0; at < cells.length; at += width) put(table, { id: cells[at] as string, row: cells[at + 1] as string, values: cells.slice(at + 2, at + width) }, null);
      for (const id of removed) statement(`DELETE FROM "${table}" WHERE id = ?`).run(id);
      statement('INSERT OR REPLACE INTO checkpoints (name, position, incarnation) VALUES (?, ?, ?)').run(table, position, incarnation);
      return { position, incarnation };
    }
    case 'clear':
      statement(`DELETE FROM "${request.table}"`).run();
      statement('DELETE FROM checkpoints WHERE name = ?').run(request.table);
      return true;
    case 'sweep': {
      let swept = 0;
      for (const table of columnsOf.keys()) swept += Number(statement(`DELETE FROM "${table}" WHERE expires IS NOT NULL AND expires <= ?`).run(request.now).changes);
      return swept;
    }
    default:
      return request satisfies never;
  }
}

const checkpoint = (table: string) => statement('SELECT position, incarnation FROM checkpoints WHERE name = ?').get(table) as { position: string; incarnation: string } | undefined;

function query(request: Query): unknown {
  switch (request.op) {
    case 'define':
      return transaction(() => define(request.table, request.columns, request.indexes));
    case 'get':
      return request.ids.flatMap((id) => {
        const found = live(request.table, id, request.now);
        return found ? [[id, found.row]] : [];
      });
    case 'find': {
      const found: unknown[] = [];
      for (const { sql, given } of request.segments) if (found.length < request.limit) found.push(...statement(sql).all(...given, request.limit - found.length));
      return found;
    }
    case 'checkpoint':
      return checkpoint(request.table);
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

/** What was replaced or removed is in no file any more: it was overwritten in this one (`secure_delete`), and the log that may hold it is emptied. */
function emptyLog(): void {
  database.exec(`PRAGMA busy_timeout = ${ERASE_MS}`);
  const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  if (busy !== 0) throw new Error('what was removed is still in the log of the file: repeat it');
}

function transaction<R>(work: () => R): R {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    try {
      if (database.isTransaction) database.exec('ROLLBACK');
    } catch {
      // the transaction is gone with its error
    }
    throw error;
  }
}

type Sent = Write & { readonly n: number };

/** The writes that wait, in one transaction: each whole or not at all, nothing told before the commit. When it fails each is tried alone. */
function commitAll(writes: readonly Sent[]): readonly Reply[] {
  const failed = (error: unknown): readonly Reply[] => writes.map(({ n }) => ({ n, failed: (error as Error).message }));
  let done: readonly Reply[];
  try {
    done = transaction(() => writes.map((request) => ({ n: request.n, ok: write(request) })));
  } catch (error) {
    return writes.length > 1 ? writes.flatMap((one) => commitAll([one])) : failed(error);
  }
  try {
    if (secureDelete && writes.some(({ op }) => op !== 'insert')) emptyLog();
    return done;
  } catch (error) {
    return failed(error);
  }
}

function flushable(request: Request): request is Sent {
  return WRITES.includes(request.op);
}

port.on('message', (first: readonly Request[]) => {
  const requests = [...first];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) requests.push(...(next.message as readonly Request[]));
  // In order: what is read after a write sees it.
  for (let at = 0; at < requests.length; ) {
    const run: Sent[] = [];
    for (let request = requests[at]; request && flushable(request); request = requests[++at]) run.push(request);
    if (run.length > 0) port.postMessage(commitAll(run));
    const request = requests[at] as (Query & { readonly n: number }) | undefined;
    if (!request) break;
    at += 1;
    try {
      port.postMessage({ n: request.n, ok: query(request) });
    } catch (error) {
      port.postMessage({ n: request.n, failed: (error as Error).message });
    }
    if (request.op === 'close') port.close();
  }
});
port.postMessage({ n: 0, ok: true });
