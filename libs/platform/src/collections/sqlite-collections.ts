import { AlreadyThere, canonical, NoSuchIndex, type Checkpoint, type Collection, type CollectionSpec, type CollectionStore, type Found, type Query, type Row } from '@geres/kernel';
import { openWorker, type SqliteWorker } from '../sqlite/worker.js';

export interface SqliteCollectionsOptions {
  readonly file: string;
  /** `full`: flushed to the disk before it is told. `normal`: a power failure may lose the last moments, nothing else does. */
  readonly durability: 'full' | 'normal';
  /** What is removed is overwritten in the file and its log. */
  readonly secureDelete?: boolean;
}

export interface SqliteCollections extends CollectionStore {
  backup(to: string): Promise<void>;
}

type Value = string | number | null;
const NAME = /^[a-z][a-z0-9-]*$/;
const FIELD = /^[A-Za-z][A-Za-z0-9]*$/;
const CHUNK = 500;

export async function openSqliteCollections({ file, durability, secureDelete = false }: SqliteCollectionsOptions): Promise<SqliteCollections> {
  const workerData = { file, durability, secureDelete };
  const writer = await openWorker('./collections.worker', import.meta.url, { ...workerData, role: 'writer' });
  const reader = await openWorker('./collections.worker', import.meta.url, { ...workerData, role: 'reader' });
  return {
    collection: (spec) => new SqliteCollection(spec, writer, reader),
    sweep: async (now = new Date()) => (await writer.ask({ op: 'sweep', now: now.getTime() })).ok as number,
    backup: async (to) => void (await writer.ask({ op: 'backup', to })),
    async close() {
      await reader.close();
      await writer.close();
    },
  };
}

class SqliteCollection<T extends Row> implements Collection<T> {
  private readonly table: string;
  private readonly columns: readonly string[];
  private readonly indexes: readonly (readonly string[])[];
  private readonly defined: Promise<unknown>;

  constructor(
    { name, indexes = [] }: CollectionSpec<T>,
    private readonly writer: SqliteWorker,
    private readonly reader: SqliteWorker,
  ) {
    this.columns = [...new Set(indexes.flat())];
    if (!NAME.test(name) || this.columns.some((column) => !FIELD.test(column))) throw new TypeError(`not a name for a collection or its fields: ${name}`);
    this.table = name;
    this.indexes = indexes;
    this.defined = writer.ask({ op: 'define', table: name, columns: this.columns, indexes });
    this.defined.catch(() => undefined);
  }

  async get(id: string): Promise<T | undefined> {
    return (await this.getMany([id])).get(id);
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, T>> {
    await this.defined;
    const rows = new Map<string, T>();
    for (let at = 0; at < ids.length; at += CHUNK) {
      const { ok } = await this.writer.ask({ op: 'get', table: this.table, ids: ids.slice(at, at + CHUNK), now: Date.now() });
      for (const [id, row] of ok as readonly (readonly [string, string])[]) rows.set(id, JSON.parse(row) as T);
    }
    return rows;
  }

  async insert(id: string, row: T, options: { readonly expiresAt?: Date } = {}): Promise<void> {
    const done = await this.write({ op: 'insert', put: this.put(id, row), expires: options.expiresAt?.getTime() ?? null, now: Date.now() });
    if (!done) throw new AlreadyThere(this.table);
  }

  async replace(id: string, seen: T, next: T, options: { readonly expiresAt?: Date } = {}): Promise<boolean> {
    return (await this.write({ op: 'replace', seen: canonical(seen), put: this.put(id, next), expires: options.expiresAt?.getTime(), now: Date.now() })) as boolean;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.write({ op: 'remove', id, now: Date.now() })) as boolean;
  }

  async commit(rows: ReadonlyMap<string, T | undefined>, { position, incarnation }: Checkpoint): Promise<Checkpoint> {
    const puts = [...rows].flatMap(([id, row]) => (row === undefined ? [] : [this.put(id, row)]));
    const removed = [...rows].flatMap(([id, row]) => (row === undefined ? [id] : []));
    return (await this.write({ op: 'commit', puts, removed, position, incarnation })) as Checkpoint;
  }

  async checkpoint(): Promise<Checkpoint | undefined> {
    await this.defined;
    return (await this.writer.ask({ op: 'checkpoint', table: this.table })).ok as Checkpoint | undefined;
  }

  async clear(): Promise<void> {
    await this.write({ op: 'clear' });
  }

  async find(query: Query<T>): Promise<Found<T>> {
    await this.defined;
    const limit = Math.min(Math.max(query.limit ?? 100, 1), 1000);
    const { sql, given, ordered } = this.plan(query, limit + 1);
    const { ok } = await this.reader.ask({ op: 'find', sql, given });
    const found = ok as readonly { readonly id: string; readonly row: string; readonly key: Value }[];
    const rows = found.slice(0, limit).map(({ id, row }) => ({ id, row: JSON.parse(row) as T }));
    const last = found[limit - 1];
    return { rows, ...(found.length > limit && last ? { next: Buffer.from(JSON.stringify(ordered ? [last.id, last.key] : [last.id])).toString('base64url') } : {}) };
  }

  private plan({ equal = {}, range, orderBy, after }: Query<T>, limit: number): { readonly sql: string; readonly given: readonly Value[]; readonly ordered: boolean } {
    const fields = Object.keys(equal);
    const last = orderBy?.field ?? range?.field;
    if (range && orderBy && range.field !== orderBy.field) throw new NoSuchIndex(this.table, [...fields, range.field, orderBy.field]);
    this.fits(fields, last);
    const conditions = ['(expires IS NULL OR expires > ?)'];
    const given: Value[] = [Date.now()];
    for (const [field, value] of Object.entries(equal)) {
      conditions.push(`"c_${field}" = ?`);
      given.push(scalar(value));
    }
    if (range?.from !== undefined) {
      conditions.push(`"c_${range.field}" >= ?`);
      given.push(range.from);
    }
    if (range?.to !== undefined) {
      conditions.push(`"c_${range.field}" < ?`);
      given.push(range.to);
    }
    const direction = orderBy?.direction === 'desc' ? 'DESC' : 'ASC';
    const beyond = direction === 'DESC' ? '<' : '>';
    const key = last === undefined ? 'NULL' : `"c_${last}"`;
    if (after !== undefined) {
      const cursor = JSON.parse(Buffer.from(after, 'base64url').toString('utf8')) as readonly [string, Value?];
      if (last === undefined) {
        conditions.push(`id ${beyond} ?`);
        given.push(cursor[0]);
      } else {
        conditions.push(`(${key}, id) ${beyond} (?, ?)`);
        given.push(cursor[1] ?? null, cursor[0]);
      }
    }
    const order = last === undefined ? `id ${direction}` : `${key} ${direction}, id ${direction}`;
    return { sql: `SELECT id, row, ${key} AS key FROM "${this.table}" WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ?`, given: [...given, limit], ordered: last !== undefined };
  }

  private fits(equal: readonly string[], last: string | undefined): void {
    if (equal.length === 0 && last === undefined) return;
    const fit = this.indexes.some((fields) => {
      const head = fields.slice(0, equal.length);
      return equal.every((field) => head.includes(field)) && (last === undefined || fields[equal.length] === last || head.includes(last));
    });
    if (!fit) throw new NoSuchIndex(this.table, [...equal, ...(last === undefined ? [] : [last])]);
  }

  private async write(request: object): Promise<unknown> {
    await this.defined;
    return (await this.writer.ask({ ...request, table: this.table })).ok;
  }

  private put(id: string, row: T): { readonly id: string; readonly row: string; readonly values: readonly Value[] } {
    return { id, row: canonical(row), values: this.columns.map((column) => scalar((row as Record<string, unknown>)[column])) };
  }
}

const scalar = (value: unknown): Value => (typeof value === 'string' || typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : null);
