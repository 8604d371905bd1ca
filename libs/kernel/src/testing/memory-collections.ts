import { canonical } from '../canonical.js';
import { AlreadyThere, type Checkpoint, type Collection, type CollectionSpec, type CollectionStore, type Found, type Row, type Scalar } from '../collection.js';
import { cursorAfter, planOf, type QueryPlan } from '../query.js';

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

function collection<T extends Row>(spec: CollectionSpec<T>, rows: Map<string, Kept>, checkpoints: Map<string, Checkpoint>): Collection<T> {
  const { name } = spec;
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
    find: (query) =>
      later(() =>
        found(
          planOf(spec, query),
          [...rows.keys()].flatMap((id) => {
            const row = read(id);
            return row ? [{ id, row }] : [];
          }),
        ),
      ),
    commit: (changed, checkpoint) =>
      later(() => {
        const stored = checkpoints.get(name);
        if (stored && (stored.incarnation !== checkpoint.incarnation || stored.position > checkpoint.position)) return stored;
        const kept = [...changed].map(([id, row]) => [id, row && { row: canonical(row), expires: undefined }] as const);
        for (const [id, row] of kept) {
          if (row) rows.set(id, row);
          else rows.delete(id);
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

/** Rows in the order of a plan: what has no value of the ordered field comes before what has one, strings by their UTF-8 bytes, ties by id. */
function found<T extends Row>({ equal, from, to, by, descending, after, limit }: QueryPlan, rows: readonly { readonly id: string; readonly row: T }[]): Found<T> {
  const valueOf = (row: T, field: string): Scalar | null => (row as Readonly<Record<string, Scalar | undefined>>)[field] ?? null;
  const placed = rows
    .map(({ id, row }) => ({ id, row, key: by === undefined ? null : valueOf(row, by) }))
    .filter(({ row, key }) => equal.every(([field, value]) => valueOf(row, field) === value) && (from === undefined || (key !== null && compare(key, from) >= 0)) && (to === undefined || (key !== null && compare(key, to) < 0)))
    .sort(inOrder);
  if (descending) placed.reverse();
  const rest = after ? placed.filter((one) => (descending ? inOrder(one, after) < 0 : inOrder(one, after) > 0)) : placed;
  const page = rest.slice(0, limit);
  const end = page.at(-1);
  return { rows: page.map(({ id, row }) => ({ id, row })), ...(rest.length > page.length && end ? { next: cursorAfter(end.id, end.key) } : {}) };
}

interface Place {
  readonly id: string;
  readonly key: Scalar | null;
}

const inOrder = (a: Place, b: Place): number => compare(a.key, b.key) || compare(a.id, b.id);

function compare(a: Scalar | null, b: Scalar | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return typeof a === 'string' && typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : Number(a > b) - Number(a < b);
}
