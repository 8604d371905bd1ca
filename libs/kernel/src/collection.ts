/** What is kept outside the archive: read models, checkpoints, keys, sessions, answers for pick-up. Nothing that one of its engines lacks. */

/** A row is plain JSON. `id` is its key and never part of it. */
export type Row = object;

/** Fields that are searched together, in order, e.g. `['comune', 'user', 'askedAt']`: top-level members that hold strings, numbers, booleans or nothing. */
export type Index<T> = readonly (keyof T & string)[];

export interface CollectionSpec<T extends Row> {
  /** `[a-z][a-z0-9-]*`. Another version of a projection is another name. */
  readonly name: string;
  readonly indexes?: readonly Index<T>[];
}

export type Scalar = string | number | boolean;

/** `equal` and `range` and `orderBy` must fit a declared index (equal fields first, then the ranged and ordered field): otherwise `NoSuchIndex`. */
export interface Query<T extends Row> {
  readonly equal?: { readonly [K in keyof T & string]?: Scalar };
  /** At most one field, the one ordered by. Bounds: `from` inclusive, `to` exclusive. */
  readonly range?: { readonly field: keyof T & string; readonly from?: string | number; readonly to?: string | number };
  /** Ties are broken by id, in the same direction; a row without the field comes before those that have it. Absent: by id. */
  readonly orderBy?: { readonly field: keyof T & string; readonly direction: 'asc' | 'desc' };
  /** Opaque, from `Found.next`. */
  readonly after?: string;
  /** 1 to 1000; default 100. */
  readonly limit?: number;
}

export interface Found<T extends Row> {
  readonly rows: readonly { readonly id: string; readonly row: T }[];
  /** For `after`; absent on the last page. */
  readonly next?: string;
}

/** How far a projection has read. */
export interface Checkpoint {
  readonly position: string;
  /** Id of the installation's incarnation: another one means rebuild. */
  readonly incarnation: string;
}

/** Its full text is `collectionContract` in `@geres/kernel/testing`. */
export interface Collection<T extends Row> {
  get(id: string): Promise<T | undefined>;
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, T>>;
  /** Fails with `AlreadyThere` if a row that has not expired is present. */
  insert(id: string, row: T, options?: { readonly expiresAt?: Date }): Promise<void>;
  /** Compare-and-set: true when the row was still as seen (deep equality). Expiry is kept unless given. */
  replace(id: string, seen: T, next: T, options?: { readonly expiresAt?: Date }): Promise<boolean>;
  /** True when there was a row. */
  remove(id: string): Promise<boolean>;
  find(query: Query<T>): Promise<Found<T>>;
  /**
   * Rows first, checkpoint last; `undefined` removes. Neither ever moves back: at a checkpoint behind the stored one nothing is written.
   * Resolves to the checkpoint that is stored now.
   */
  commit(rows: ReadonlyMap<string, T | undefined>, checkpoint: Checkpoint): Promise<Checkpoint>;
  checkpoint(): Promise<Checkpoint | undefined>;
  /** Removes every row and the checkpoint: the start of a rebuild. */
  clear(): Promise<void>;
}

export interface CollectionStore {
  collection<T extends Row>(spec: CollectionSpec<T>): Collection<T>;
  /** Removes the rows that have expired; resolves to how many. */
  sweep(now?: Date): Promise<number>;
  close(): Promise<void>;
}

export class AlreadyThere extends Error {
  override readonly name = 'AlreadyThere';
  constructor(readonly collection: string) {
    super(`a row with that id is already in ${collection}`);
  }
}

export class NoSuchIndex extends Error {
  override readonly name = 'NoSuchIndex';
  constructor(
    readonly collection: string,
    readonly fields: readonly string[],
  ) {
    super(`${collection} has no index for (${fields.join(', ')})`);
  }
}
