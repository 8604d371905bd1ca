import { Global, Module } from '@nestjs/common';
import type { CollectionStore, EventStore } from '@geres/kernel';
import { COLLECTIONS, EVENT_STORE, INSTALLATION, METRICS, STOPPING, type Installation } from '@geres/platform';
import type { Metrics } from '@geres/platform/metrics';
import { follow, type Live, type SnapshotRow } from '@geres/platform/projections';
import { applyGrant, dumpGrants, GRANT_PREFIXES, loadGrants, noGrants, type Grants } from './grants.js';

/** `Live<Grants>`: one in a process, whoever asks. */
export const GRANTS = Symbol('Grants');

@Global()
@Module({
  providers: [
    {
      provide: GRANTS,
      inject: [EVENT_STORE, COLLECTIONS, INSTALLATION, STOPPING, { token: METRICS, optional: true }],
      useFactory: async (store: EventStore, collections: CollectionStore, { incarnation }: Installation, signal: AbortSignal, metrics?: Metrics): Promise<Live<Grants>> => {
        const grants = await follow<Grants>({
          name: 'grants',
          store,
          prefixes: GRANT_PREFIXES,
          initial: noGrants,
          apply: applyGrant,
          signal,
          snapshots: { collection: collections.collection<SnapshotRow>({ name: 'grants-snapshots' }), incarnation, version: 2, dump: dumpGrants, load: loadGrants },
        });
        metrics?.observeLag('grants', () => grants.lag());
        return grants;
      },
    },
  ],
  exports: [GRANTS],
})
export class GrantsModule {}
