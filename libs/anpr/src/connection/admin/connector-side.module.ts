import type { EventStore } from '@geres/kernel';
import { CLOCK, EVENT_STORE, INSTALLATION, KEYS, type Clock, type Installation } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import { Module } from '@nestjs/common';
import { CUSTODY, CustodyModule, VAULT } from '../../custody/custody.module.js';
import type { Custody, VaultPorts } from '../../custody/index.js';
import type { SimulatorHosts } from '../endpoints.domain.js';
import { Administration } from './administration.js';
import { ConnectionWorker } from './connection.worker.js';
import { trials } from './trials.js';

/** Optional: `SimulatorHosts`, where the installation has its simulator on another host. */
export const SIMULATOR_HOSTS = Symbol('SimulatorHosts');

/** What the connector does of the administration of connections. */
@Module({
  imports: [CustodyModule],
  controllers: [ConnectionWorker],
  providers: [
    {
      provide: Administration,
      inject: [EVENT_STORE, KEYS, CUSTODY, VAULT, INSTALLATION, CLOCK, { token: SIMULATOR_HOSTS, optional: true }],
      useFactory: (store: EventStore, keys: KeyStores, custody: Custody, vault: VaultPorts, installation: Installation, clock: Clock, simulatorHosts?: SimulatorHosts) =>
        new Administration({ store, keys, custody, installation, clock, tryConnection: trials({ vault, keys, environment: installation.environment, clock }), ...(simulatorHosts ? { simulatorHosts } : {}) }),
    },
  ],
})
export class ConnectionAdministrationModule {}
