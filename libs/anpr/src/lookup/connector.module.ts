import { Inject, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import type { CollectionStore, CommandBus, EventStore } from '@geres/kernel';
import { CLOCK, COLLECTIONS, COMMAND_BUS, EVENT_STORE, INSTALLATION, KEYS, LOG, METRICS, type Clock, type Installation } from '@geres/platform';
import { RIGHTS, type RightsState } from '@geres/platform/auth';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Metrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { CHANNELS, ChannelsModule } from '../channel/channels.module.js';
import type { Channels } from '../channel/channel.js';
import { ConnectionAdministrationModule } from '../connection/admin/connector-side.module.js';
import { GRANTS, GrantsModule } from '../grants/grants.module.js';
import type { Grants } from '../grants/grants.js';
import { CONNECTOR, openConnector, type Connector } from './connector.js';
import { LookupWorker } from './lookup.worker.js';

/** What is in flight has this long to end when the process stops. */
const GRACE_MS = 10_000;

/** ANPR connectivity: admits, records, asks, settles. Its commands come over the bus. */
@Module({
  imports: [GrantsModule, ChannelsModule, ConnectionAdministrationModule],
  controllers: [LookupWorker],
  providers: [
    {
      provide: CONNECTOR,
      inject: [CHANNELS, EVENT_STORE, COMMAND_BUS, COLLECTIONS, KEYS, RIGHTS, GRANTS, INSTALLATION, CLOCK, LOG, METRICS],
      useFactory: (
        channels: Channels,
        store: EventStore,
        bus: CommandBus,
        collections: CollectionStore,
        keys: KeyStores,
        rights: Live<RightsState>,
        grants: Live<Grants>,
        installation: Installation,
        clock: Clock,
        log: Log,
        metrics: Metrics,
      ): Promise<Connector> => openConnector({ store, bus, collections, keys, rights, grants, channels, installation, clock, log, metrics }),
    },
  ],
  exports: [CONNECTOR],
})
export class AnprConnectorModule implements BeforeApplicationShutdown {
  constructor(@Inject(CONNECTOR) private readonly connector: Connector) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.connector.stop(GRACE_MS);
  }
}
