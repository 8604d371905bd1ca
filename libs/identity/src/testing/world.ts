import type { CollectionStore, EventMeta, EventStore, Recorded } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import type { Clock } from '@geres/platform';
import { openSqliteCollections, type SqliteCollections } from '@geres/platform/collections';
import { openSqliteEventStore, type SqliteEventStore } from '@geres/platform/event-store';
import { keyEncryptionKey, KeyStore, type WrappedSecret } from '@geres/platform/keys';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface World {
  readonly folder: string;
  readonly store: SqliteEventStore;
  readonly collections: SqliteCollections;
  readonly durable: SqliteCollections;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  advance(ms: number): void;
  meta(actor?: string): EventMeta;
  close(): Promise<void>;
}

/** The ports of an installation and a clock that a test may move. */
export type PortsOf = Pick<World, 'keys' | 'clock' | 'advance' | 'meta'> & { readonly store: EventStore; readonly collections: CollectionStore; readonly durable: CollectionStore };

/** An empty installation in memory, for what does not depend on the engine: its ports hold the same contracts. */
export function memoryWorld(): PortsOf & { readonly events: readonly Recorded[] } {
  const store = memoryEventStore();
  const durable = memoryCollections();
  const keys = new KeyStore({ collection: durable.collection<WrappedSecret>({ name: 'admin-keys' }), kek: keyEncryptionKey(randomBytes(32)) });
  return { store, events: store.events, collections: memoryCollections(), durable, keys, ...movableClock() };
}

function movableClock(): Pick<World, 'clock' | 'advance' | 'meta'> {
  let ahead = 0;
  const clock = (): Date => new Date(Date.now() + ahead);
  return {
    clock,
    advance: (ms) => {
      ahead += ms;
    },
    meta: (actor = 'system:test') => {
      const id = randomUUID();
      return { actor, correlationId: id, causationId: id, recordedAt: clock().toISOString(), environment: 'test' };
    },
  };
}

/** An empty installation on the embedded engine, in a folder of its own, with a clock that a test may move. */
export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-identity-'));
  const store = await openSqliteEventStore({ file: join(folder, 'archive.db') });
  const collections = await openSqliteCollections({ file: join(folder, 'collections.db'), durability: 'normal' });
  const durable = await openSqliteCollections({ file: join(folder, 'keys.db'), durability: 'full' });
  const keys = new KeyStore({ collection: durable.collection<WrappedSecret>({ name: 'admin-keys' }), kek: keyEncryptionKey(randomBytes(32)) });
  const stopping = new AbortController();
  return {
    folder,
    store,
    collections,
    durable,
    keys,
    signal: stopping.signal,
    ...movableClock(),
    async close() {
      stopping.abort();
      await store.close();
      await collections.close();
      await durable.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
