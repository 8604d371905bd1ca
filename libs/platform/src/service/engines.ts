import type { CollectionStore, CommandBus, EventStore } from '@geres/kernel';
import type { Installation } from '../installation.js';
import type { KeyStores } from '../keys/index.js';

/** The ports of one process on its engines, embedded or distributed. */
export interface Engines {
  readonly store: EventStore;
  readonly bus: CommandBus;
  /** Read models, snapshots, answers for pick-up, OIDC state: everything that a restore may drop. */
  readonly collections: CollectionStore;
  /** Secrets and what must not be dropped: durable, erased where removed. */
  readonly durable: CollectionStore;
  /** Those that this process may hold (design: custody): all of them embedded, its own in a service of the distributed form. */
  readonly keys: Partial<KeyStores>;
  readonly installation: Installation;
}
