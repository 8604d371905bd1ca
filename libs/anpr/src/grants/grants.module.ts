import { Global, Module } from '@nestjs/common';
import type { CollectionStore, EventStore } from '@geres/kernel';
import { COLLECTIONS, EVENT_STORE, INSTALLATION, STOPPING, type Installation } from '@geres/platform';
import { follow, type Live, type SnapshotRow } from '@geres/platform/projections';
import { applyGrant, dumpGrants, GRANT_PREFIXES, loadGrants, noGrants, type Grants } from './grants.js';

/** `Live<Grants>`: one in a process, whoever asks. */
export const GRANTS = Symbol('Grants');

@Global()
@Module({
  providers: [
    {
      provide: GRANTS,
      inject: [EVENT_STORE, COLLECTIONS, INSTALLATION, STOPPING],
      useFactory: (store: EventStore, collections: CollectionStore, { incarnation }: Installation, signal: AbortSignal): Promise<Live<Grants>> =>
        follow<Grants>({
          name: 'grants',
          store,
          prefixes: GRANT_PREFIXES,
          initial: noGrants,
          apply: applyGrant,
          signal,
          snapshots: { collection: collections.collection<SnapshotRow>({ name: 'grants-snapshots' }), incarnation, version: 2, dump: dumpGrants, load: loadGrants },
        }),
    },
  ],
  exports: [GRANTS],
})
export class GrantsModule {}
