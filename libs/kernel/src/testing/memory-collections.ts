import { canonical } from '../canonical.js';
import { AlreadyThere, NoSuchIndex, type Checkpoint, type Collection, type CollectionSpec, type CollectionStore, type Query, type Row } from '../collection.js';

interface Kept {
  readonly row: string;
  readonly expires: number | undefined;
}

/** Collections in memory for specs of features: the whole port, no file. `collectionContract` holds for them too. */
export function memoryCollections(): CollectionStore {
  const all = new Map<string, Map<string, Kept>>();
  const checkpoints = new Map<string, Checkpoint>();
  return {
    collection<T extends Row>(spec: CollectionSpec<T>): Collection<T> {
      const rows = all.get(spec.name) ?? new Map<string, Kept>();
      all.set(spec.name, rows);
      return collection(spec, rows, checkpoints);
    },
    sweep(now = new Date()) {
      let swept = 0;
      for (const rows of all.values()) for (const [id, { expires }] of rows) if (expires !== undefined && expires <= now.getTime() && rows.delete(id)) swept += 1;
      return Promise.resolve(swept);
    },
    close: () => Promise.resolve(),
  };
}

function collection<T extends Row>({ name, indexes = [] }: CollectionSpec<T>, rows: Map<string, Kept>, checkpoints: Map<string, Checkpoint>): Collection<T> {
  const live = (id: string): Kept | undefined => {
    const kept = rows.get(id);
    return kept && (kept.expires === undefined || kept.expires > Date.now()) ? kept : undefined;
  };
  const read = (id: string): T | undefined => {
    const kept = live(id);
    return kept && (JSON.parse(kept.row) as T);
  };
  const later = <R>(work: () => R): Promise<R> => Promise.resolve().then(work);
  return {
    get: (id) => later(() => read(id)),
    getMany: (ids) => later(() => new Map(ids.flatMap((id) => (live(id) ? [[id, read(id)!] as const] : [])))),
    insert: (id, row, { expiresAt } = {}) =>
      later(() => {
        if (live(id)) throw new AlreadyThere(name);
        rows.set(id, { row: canonical(row), expires: expiresAt?.getTime() });
      }),
    replace: (id, seen, next, { expiresAt } = {}) =>
      later(() => {
        const kept = live(id);
        if (kept?.row !== canonical(seen)) return false;
        rows.set(id, { row: canonical(next), expires: expiresAt ? expiresAt.getTime() : kept.expires });
        return true;
      }),
    remove: (id) => later(() => live(id) !== undefined && rows.delete(id)),
    find: (query) => later(() => found(query, { name, indexes, ids: [...rows.keys()], read })),
    commit: (changed, checkpoint) =>
      later(() => {
        const stored = checkpoints.get(name);
        if (stored && (stored.incarnation !== checkpoint.incarnation || stored.position > checkpoint.position)) return stored;
        for (const [id, row] of changed) {
          if (row === undefined) rows.delete(id);
          else rows.set(id, { row: canonical(row), expires: undefined });
        }
        checkpoints.set(name, checkpoint);
        return checkpoint;
      }),
    checkpoint: () => later(() => checkpoints.get(name)),
    clear: () =>
      later(() => {
        rows.clear();
        checkpoints.delete(name);
      }),
  };
}

interface Reading<T extends Row> {
  readonly name: string;
  readonly indexes: NonNullable<CollectionSpec<T>['indexes']>;
  readonly ids: readonly string[];
  readonly read: (id: string) => T | undefined;
}

function found<T extends Row>({ equal = {}, range, orderBy, after, limit = 100 }: Query<T>, { name, indexes, ids, read }: Reading<T>) {
  const equals = Object.entries(equal) as [keyof T & string, unknown][];
  const last = orderBy?.field ?? range?.field;
  const fits = (fields: readonly string[]): boolean =>
    equals.every(([field]) => fields.slice(0, equals.length).includes(field)) && (last === undefined || fields[equals.length] === last || fields.slice(0, equals.length).includes(last));
  if ((range && orderBy && range.field !== orderBy.field) || ((equals.length > 0 || last !== undefined) && !indexes.some(fits))) {
    throw new NoSuchIndex(name, [...equals.map(([field]) => field), ...(last === undefined ? [] : [last])]);
  }
  const sign = orderBy?.direction === 'desc' ? -1 : 1;
  const keyOf = (row: T): string | number => (last === undefined ? '' : ((row[last] as string | number | undefined) ?? ''));
  const order = (a: readonly [string | number, string], b: readonly [string | number, string]): number => sign * (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);
  const cursor = after === undefined ? undefined : (JSON.parse(Buffer.from(after, 'base64url').toString('utf8')) as [string | number, string]);
  const rows = ids
    .flatMap((id) => {
      const row = read(id);
      return row ? [{ id, row }] : [];
    })
    .filter(({ row }) => equals.every(([field, value]) => row[field] === value))
    .filter(({ row }) => !range || ((range.from === undefined || (row[range.field] as string) >= (range.from as string)) && (range.to === undefined || (row[range.field] as string) < (range.to as string))))
    .sort((a, b) => order([keyOf(a.row), a.id], [keyOf(b.row), b.id]))
    .filter(({ id, row }) => !cursor || order([keyOf(row), id], cursor) > 0);
  const page = rows.slice(0, Math.min(Math.max(limit, 1), 1000));
  const end = page.at(-1);
  return { rows: page, ...(rows.length > page.length && end ? { next: Buffer.from(JSON.stringify([keyOf(end.row), end.id])).toString('base64url') } : {}) };
}
