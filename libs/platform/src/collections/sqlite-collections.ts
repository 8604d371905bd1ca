import { AlreadyThere, canonical, cursorAfter, planOf, type Checkpoint, type Collection, type CollectionSpec, type CollectionStore, type Found, type Query, type Row } from '@geres/kernel';
import { openWorker, type SqliteWorker } from '../sqlite/worker.js';
import { segmentsOf, scalar, type Value } from './segments.js';

export interface SqliteCollectionsOptions {
  readonly file: string;
  /** `full`: flushed to the disk before it is told. `normal`: a power failure may lose the last moments, nothing else does. */
  readonly durability: 'full' | 'normal';
  /** What is removed or replaced is overwritten in the file and its log before that is told. */
  readonly secureDelete?: boolean;
}

export interface SqliteCollections extends CollectionStore {
  backup(to: string): Promise<void>;
}

const NAME = /^[a-z][a-z0-9-]*$/;
const FIELD = /^[A-Za-z][A-Za-z0-9]*$/;
const CHUNK = 500;
const WORKER = './collections.worker';

/** Errors: `StoreUnavailable`, naming the file. */
export async function openSqliteCollections({ file, durability, secureDelete = false }: SqliteCollectionsOptions): Promise<SqliteCollections> {
  const workerData = { file, durability, secureDelete };
  const writer = await openWorker(WORKER, import.meta.url, { ...workerData, role: 'writer' });
  const reader = await openWorker(WORKER, import.meta.url, { ...workerData, role: 'reader' }).catch(async (error: unknown) => {
    await writer.close();
    throw error;
  });
  const tables = new Map<string, string[]>();
  return {
    collection(spec) {
      const columns = tables.get(spec.name) ?? [];
      tables.set(spec.name, columns);
      return new SqliteCollection(spec, columns, writer, reader);
    },
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
  private readonly defined: Promise<unknown>;

  /** `columns`: those of the table, whoever declared them in this process; they are only added to. */
  constructor(
    private readonly spec: CollectionSpec<T>,
    private readonly columns: string[],
    private readonly writer: SqliteWorker,
    private readonly reader: SqliteWorker,
  ) {
    const { name, indexes = [] } = spec;
    if (!NAME.test(name) || !indexes.flat().every((field) => FIELD.test(field))) throw new TypeError(`not a name for a collection or its fields: ${name}`);
    this.table = name;
    for (const field of indexes.flat()) if (!columns.includes(field)) columns.push(field);
    this.defined = writer.ask({ op: 'define', table: name, columns: [...columns], indexes });
    this.defined.catch(() => undefined);
  }

  async get(id: string): Promise<T | undefined> {
    return (await this.getMany([id])).get(id);
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, T>> {
    await this.defined;
    const asked: Promise<{ readonly ok?: unknown }>[] = [];
    // All at once: a write that is sent after them must not come between.
    for (let at = 0; at < ids.length; at += CHUNK) asked.push(this.writer.ask({ op: 'get', table: this.table, ids: ids.slice(at, at + CHUNK), now: Date.now() }));
    const rows = new Map<string, T>();
    for (const { ok } of await Promise.all(asked)) for (const [id, row] of ok as readonly (readonly [string, string])[]) rows.set(id, JSON.parse(row) as T);
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
    // One flat list of cells: on its way to the worker it costs half of what a list of objects does, and a replay sends millions of rows.
    const cells: Value[] = [];
    const removed: string[] = [];
    const { columns } = this;
    for (const [id, row] of rows) {
      if (row === undefined) {
        removed.push(id);
        continue;
      }
      cells.push(id, canonical(row));
      for (const column of columns) cells.push(scalar((row as Record<string, unknown>)[column]));
    }
    return (await this.write({ op: 'commit', cells, width: 2 + columns.length, removed, position, incarnation })) as Checkpoint;
  }

  async checkpoint(): Promise<Checkpoint | undefined> {
    await this.defined;
    return (await this.writer.ask({ op: 'checkpoint', table: this.table })).ok as Checkpoint | undefined;
  }

  async clear(): Promise<void> {
    await this.write({ op: 'clear' });
  }

  async find(query: Query<T>): Promise<Found<T>> {
    const plan = planOf(this.spec, query);
    await this.defined;
    const { ok } = await this.reader.ask({ op: 'find', segments: segmentsOf(this.table, plan, Date.now()), limit: plan.limit + 1 });
    const found = ok as readonly { readonly id: string; readonly row: string; readonly key: Value }[];
    const rows = found.slice(0, plan.limit).map(({ id, row }) => ({ id, row: JSON.parse(row) as T }));
    const last = found[plan.limit - 1];
    return { rows, ...(found.length > plan.limit && last ? { next: cursorAfter(last.id, last.key) } : {}) };
  }

  private async write(request: object): Promise<unknown> {
    await this.defined;
    return (await this.writer.ask({ ...request, table: this.table })).ok;
  }

  private put(id: string, row: T): { readonly id: string; readonly row: string; readonly values: readonly Value[] } {
    return { id, row: canonical(row), values: this.columns.map((column) => scalar((row as Record<string, unknown>)[column])) };
  }
}
