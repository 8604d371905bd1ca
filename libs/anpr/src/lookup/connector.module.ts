import { Inject, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import type { CollectionStore, CommandBus, EventStore } from '@geres/kernel';
import { CLOCK, COLLECTIONS, COMMAND_BUS, EVENT_STORE, INSTALLATION, KEYS, LOG, METRICS, type Clock, type Installation } from '@geres/platform';
import { RIGHTS, type RightsState } from '@geres/platform/auth';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Metrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { wsChannel, type WsChannel } from '../channel/ws.channel.js';
import { GRANTS, GrantsModule } from '../grants/grants.module.js';
import type { Grants } from '../grants/grants.js';
import { CONNECTOR, openConnector, type Connector } from './connector.js';
import { LookupWorker } from './lookup.worker.js';

/** What is in flight has this long to end when the process stops. */
const GRACE_MS = 10_000;

const WS = Symbol('WsChannel');

/** ANPR connectivity: admits, records, asks, settles. Its commands come over the bus. */
@Module({
  imports: [GrantsModule],
  controllers: [LookupWorker],
  providers: [
    { provide: WS, inject: [RIGHTS, CLOCK], useFactory: (rights: Live<RightsState>, clock: Clock): WsChannel => wsChannel({ clock, comuni: () => rights.state.comuni }) },
    {
      provide: CONNECTOR,
      inject: [WS, EVENT_STORE, COMMAND_BUS, COLLECTIONS, KEYS, RIGHTS, GRANTS, INSTALLATION, CLOCK, LOG, METRICS],
      useFactory: (
        ws: WsChannel,
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
      ): Promise<Connector> => {
        // No convention can name a service of this channel yet: `sectionsOf` has none for it.
        const pdnd = () => Promise.resolve({ kind: 'failed' as const, problem: 'connessione-non-attiva' as const });
        return openConnector({ store, bus, collections, keys, rights, grants, channels: { ws, pdnd }, installation, clock, log, metrics });
      },
    },
  ],
  exports: [CONNECTOR],
})
export class AnprConnectorModule implements BeforeApplicationShutdown {
  constructor(
    @Inject(CONNECTOR) private readonly connector: Connector,
    @Inject(WS) private readonly ws: WsChannel,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.connector.stop(GRACE_MS);
    await this.ws.close();
  }
}
