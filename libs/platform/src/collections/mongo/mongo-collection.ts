import { AlreadyThere, cursorAfter, planOf, type Checkpoint, type Collection, type CollectionSpec, type Found, type Query, type Row, type Scalar } from '@geres/kernel';
import type { mongo } from 'mongoose';
import { setTimeout as pause } from 'node:timers/promises';
import { changeOf, digestOf, documentOf, escaped, rowOf, unescaped, type Document } from './documents.js';
import { isDuplicate, told } from './driver.js';
import type { Leases } from './leases.js';
import { writeRows, type RowsToWrite } from './write-rows.js';
import { alive, walksOf } from './walks.js';

/** Where the rows of a collection are now. */
export interface Place {
  readonly generation: number;
  /** Its name in MongoDB, which is that of its lease. */
  readonly name: string;
  readonly documents: mongo.Collection<Document>;
}

export interface Surroundings {
  readonly leases: Leases;
  /** The place that is live, with its indexes. */
  place(): Promise<Place>;
  /** Makes an empty place the live one; false when somebody else had moved on from `from`. */
  renew(from: Place): Promise<boolean>;
  /** One after the other in this process. */
  inTurn<R>(name: string, work: () => Promise<R>): Promise<R>;
}

/** How often who waits for the lease of another projector looks. */
const LOOK_MS = 50;
const CHUNK = 500;

export class MongoCollection<T extends Row> implements Collection<T> {
  /** The generation of which this projector has asked the checkpoint. */
  private known: number | undefined;

  constructor(
    private readonly spec: CollectionSpec<T>,
    private readonly around: Surroundings,
  ) {}

  async get(id: string): Promise<T | undefined> {
    const { documents } = await this.around.place();
    const found = await told(() => documents.findOne({ _id: escaped(id), ...alive(new Date()) }));
    return found ? rowOf<T>(found) : undefined;
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, T>> {
    const { documents } = await this.around.place();
    const rows = new Map<string, T>();
    for (let at = 0; at < ids.length; at += CHUNK) {
      const wanted = ids.slice(at, at + CHUNK).map(escaped);
      for (const found of await told(() => documents.find({ _id: { $in: wanted }, ...alive(new Date()) }).toArray())) rows.set(unescaped(found._id), rowOf<T>(found));
    }
    return rows;
  }

  async insert(id: string, row: T, { expiresAt }: { readonly expiresAt?: Date } = {}): Promise<void> {
    const document = documentOf(id, row, expiresAt ? { expiresAt } : {});
    const { documents } = await this.around.place();
    for (;;) {
      try {
        return void (await told(() => documents.insertOne(document)));
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
      // One that has expired leaves its place; one that has gone meanwhile has left it.
      const { _id, ...rest } = document;
      if ((await told(() => documents.replaceOne({ _id, e: { $lte: new Date() } }, rest))).matchedCount === 1) return;
      if (await told(() => documents.findOne({ _id, ...alive(new Date()) }))) throw new AlreadyThere(this.spec.name);
    }
  }

  async replace(id: string, seen: T, next: T, { expiresAt }: { readonly expiresAt?: Date } = {}): Promise<boolean> {
    const change = changeOf(seen, documentOf(id, next, expiresAt ? { expiresAt } : {}));
    const { documents } = await this.around.place();
    return (await told(() => documents.updateOne({ _id: escaped(id), h: digestOf(seen), ...alive(new Date()) }, change))).matchedCount === 1;
  }

  async remove(id: string): Promise<boolean> {
    const { documents } = await this.around.place();
    return (await told(() => documents.deleteOne({ _id: escaped(id), ...alive(new Date()) }))).deletedCount === 1;
  }

  async find(query: Query<T>): Promise<Found<T>> {
    const { limit, by, ...plan } = planOf(this.spec, query);
    const { documents } = await this.around.place();
    const found: Document[] = [];
    for (const { filter, sort } of walksOf({ ...plan, limit, ...(by === undefined ? {} : { by }) }, new Date())) {
      if (found.length > limit) break;
      found.push(...(await told(() => documents.find(filter).sort(sort).limit(limit + 1 - found.length).toArray())));
    }
    const rows = found.slice(0, limit).map((one) => ({ id: unescaped(one._id), row: rowOf<T>(one) }));
    const last = rows.at(-1);
    return { rows, ...(found.length > limit && last ? { next: cursorAfter(last.id, keyOf(last.row, by)) } : {}) };
  }

  /**
   * While another process projects into the collection this one waits, until that one is as far, or has gone, or has not got any further for long: then it goes on in
   * its place. Rows come before the checkpoint; those of a projector that was cut short are written again, those from further on stay.
   */
  async commit(rows: ReadonlyMap<string, T | undefined>, checkpoint: Checkpoint): Promise<Checkpoint> {
    const { position, incarnation } = checkpoint;
    const toWrite: RowsToWrite = { position, documents: [], removed: [] };
    for (const [id, row] of rows) {
      if (row === undefined) toWrite.removed.push(escaped(id));
      else toWrite.documents.push(documentOf(id, row, { position }));
    }
    const { leases } = this.around;
    return this.around.inTurn(this.spec.name, async () => {
      let other = { position: '', since: performance.now() };
      for (; ; await pause(LOOK_MS)) {
        const place = await this.around.place();
        const { held, stored } = await leases.take(place.name, performance.now() - other.since > leases.patienceMs);
        if (stored && stored.position !== other.position) other = { position: stored.position, since: performance.now() };
        if (stored && (stored.incarnation !== incarnation || stored.position > position)) return stored;
        // Without rows there is nothing to wait for.
        if (stored && !held && (stored.position === position || rows.size === 0)) return stored;
        if (!held) continue;
        await writeRows(place.documents, toWrite);
        if (await leases.advance(place.name, checkpoint)) return checkpoint;
      }
    });
  }

  async checkpoint(): Promise<Checkpoint | undefined> {
    const { name, generation } = await this.around.place();
    const stored = await this.around.leases.checkpoint(name);
    this.known = generation;
    return stored;
  }

  /** Everybody has the rows before or none, never a part. Who finds that another process has cleared since it asked for the checkpoint leaves it at that. */
  async clear(): Promise<void> {
    await this.around.inTurn(this.spec.name, async () => {
      const place = await this.around.place();
      if (this.known !== undefined && this.known !== place.generation) return;
      await this.around.renew(place);
      this.known = undefined;
    });
  }
}

const keyOf = (row: object, by: string | undefined): Scalar | null => {
  const value = by === undefined ? null : (row as Readonly<Record<string, unknown>>)[by];
  return typeof value === 'object' || value === undefined ? null : (value as Scalar);
};
