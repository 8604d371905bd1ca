import { StoreUnavailable, type Collection, type CollectionSpec, type CollectionStore, type Index, type Row } from '@geres/kernel';
import type { mongo, Schema } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { fieldOf, type Document } from './documents.js';
import { isNotThere, Server, told } from './driver.js';
import { Generations, physical } from './generations.js';
import { Leases } from './leases.js';
import { MongoCollection, type Place } from './mongo-collection.js';

export interface MongoCollectionsOptions {
  /** `mongodb://…` or `mongodb+srv://…`, with database, credentials and TLS as MongoDB's drivers read them. */
  readonly url: string;
  /** What all names begin with, where several stores share a database. */
  readonly prefix?: string;
  /** How long a projector that says nothing is taken to live. */
  readonly leaseMs?: number;
}

export interface MongoCollections extends CollectionStore {
  /** Resolves when every collection declared so far is there with its indexes. Errors: `StoreUnavailable`, naming the collection. */
  ready(): Promise<void>;
  /** The server answers. */
  readonly connected: boolean;
  /** A collection to be filled beside the live one of that name, which is read until `swap`; false when somebody else swapped before. */
  beside<T extends Row>(spec: CollectionSpec<T>): Promise<{ readonly collection: Collection<T>; swap(): Promise<boolean> }>;
}

const NAME = /^[a-z][a-z0-9-]*$/;
const MEMBER = /^[A-Za-z][A-Za-z0-9]*$/;
const LEASE_MS = 10_000;

/**
 * Collections on MongoDB, or on what speaks its protocol: single documents, unordered bulks, compound and sparse indexes, and nothing else. The server need not be
 * there yet: what is asked of it meanwhile is `StoreUnavailable`.
 */
export async function openMongoCollections({ url, prefix = '', leaseMs = LEASE_MS }: MongoCollectionsOptions): Promise<MongoCollections> {
  const mongoose = (await import('mongoose')).default;
  return new Store(mongoose.Schema, new Server(mongoose.createConnection(), url), { prefix, leaseMs });
}

class Store implements MongoCollections {
  private readonly declared = new Map<string, Index<Row>[]>();
  private readonly defined = new Map<string, Promise<mongo.Collection<Document>>>();
  private readonly turns = new Map<string, Promise<unknown>>();
  private readonly leases: Leases;
  private readonly generations: Generations;

  constructor(
    private readonly schema: typeof Schema,
    private readonly server: Server,
    private readonly options: { readonly prefix: string; readonly leaseMs: number },
  ) {
    this.leases = new Leases(() => server.collection(`${options.prefix}geres_projectors`), randomUUID(), options.leaseMs);
    this.generations = new Generations(() => server.collection(`${options.prefix}geres_generations`));
  }

  get connected(): boolean {
    return this.server.connected;
  }

  collection<T extends Row>(spec: CollectionSpec<T>): Collection<T> {
    const name = this.declare(spec);
    const { leases } = this;
    const place = async (): Promise<Place> => this.placeOf(name, await this.generations.live(name));
    // What was declared is made now, and made up for by the first use if that fails.
    place().catch(() => undefined);
    return new MongoCollection(spec, {
      leases,
      place,
      renew: async (from) => {
        const { generation } = await this.empty(name, from.generation + 1);
        return this.generations.move(name, from.generation, generation);
      },
      inTurn: (of, work) => this.inTurn(of, work),
    });
  }

  async beside<T extends Row>(spec: CollectionSpec<T>): Promise<{ readonly collection: Collection<T>; swap(): Promise<boolean> }> {
    const name = this.declare(spec);
    const live = await this.generations.live(name);
    const place = await this.empty(name, live + 1);
    const collection = new MongoCollection(spec, {
      leases: this.leases,
      place: () => Promise.resolve(place),
      renew: async () => (await this.empty(name, place.generation), true),
      inTurn: (of, work) => this.inTurn(`${of} beside`, work),
    });
    return { collection, swap: () => this.generations.move(name, live, place.generation) };
  }

  async ready(): Promise<void> {
    for (const name of this.declared.keys()) await this.placeOf(name, await this.generations.live(name));
  }

  async sweep(now = new Date()): Promise<number> {
    let swept = 0;
    for (const name of this.declared.keys()) {
      const { documents } = await this.placeOf(name, await this.generations.live(name));
      swept += (await told(() => documents.deleteMany({ e: { $lte: now } }))).deletedCount;
    }
    await this.generations.dropRetired(now, (name) => this.drop(name));
    return swept;
  }

  async close(): Promise<void> {
    if (this.connected) await this.leases.close().catch(() => undefined);
    await this.server.close();
  }

  private declare<T extends Row>({ name, indexes = [] }: CollectionSpec<T>): string {
    if (!NAME.test(name) || !indexes.flat().every((member) => MEMBER.test(member))) throw new TypeError(`not a name for a collection or its fields: ${name}`);
    const known = this.declared.get(name) ?? [];
    const fresh = (indexes as readonly Index<Row>[]).filter((index) => !known.some((one) => one.join() === index.join()));
    this.declared.set(name, [...known, ...fresh]);
    if (fresh.length > 0) for (const place of this.defined.keys()) if (place === name || place.startsWith(`${name}_`)) this.defined.delete(place);
    return name;
  }

  private async placeOf(name: string, generation: number): Promise<Place> {
    const of = physical(name, generation);
    const defining = this.defined.get(of) ?? this.define(of, this.declared.get(name) ?? []);
    this.defined.set(of, defining);
    defining.catch(() => this.defined.get(of) === defining && this.defined.delete(of));
    return { generation, name: of, documents: await defining };
  }

  /** Makes what is declared and looks whether it is there. Indexes that only another release declares stay: it may be running. */
  private async define(name: string, indexes: readonly Index<Row>[]): Promise<mongo.Collection<Document>> {
    const schema = new this.schema<Document>({ _id: String, h: String, r: String, e: Date, p: String }, { strict: false, versionKey: false, collection: this.options.prefix + name });
    schema.index({ e: 1 }, { sparse: true });
    for (const index of indexes) schema.index({ ...Object.fromEntries(index.map((member) => [fieldOf(member), 1])), _id: 1 });
    const documents = await this.server.collection<Document>(this.options.prefix + name);
    const { connection } = this.server;
    if (connection.models[name]) connection.deleteModel(name);
    const model = connection.model<Document>(name, schema);
    await told(() => model.createIndexes());
    const there = new Set((await told(() => documents.indexes())).map(({ key }) => JSON.stringify(key)));
    if (!schema.indexes().every(([key]) => there.has(JSON.stringify(key)))) throw new StoreUnavailable(`MongoDB: the indexes of ${name} are not those that are declared`);
    return documents;
  }

  private async empty(name: string, generation: number): Promise<Place> {
    await this.drop(physical(name, generation));
    return this.placeOf(name, generation);
  }

  private async drop(name: string): Promise<void> {
    this.defined.delete(name);
    const documents = await this.server.collection(this.options.prefix + name);
    await told(() => documents.drop().catch((error: unknown) => isNotThere(error) || Promise.reject(error as Error)));
    await this.leases.forget(name);
  }

  private inTurn<R>(name: string, work: () => Promise<R>): Promise<R> {
    const before = this.turns.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.turns.set(name, settled);
    void settled.then(() => this.turns.get(name) === settled && this.turns.delete(name));
    return mine;
  }
}
