import { AUDIENCES, CONNECTION_ANSWERS } from '@geres/contracts';
import type { CommandBus, EventStore } from '@geres/kernel';
import { CLOCK, COMMAND_BUS, EVENT_STORE, type Clock } from '@geres/platform';
import { AuthModule, RIGHTS, type RightsState } from '@geres/platform/auth';
import type { Live } from '@geres/platform/projections';
import { Inject, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { ConnectionApi } from './connection.api.js';
import { ConnectionReads } from './reads.js';
import { ConnectorRelay, type Patience } from './relay.js';

/** Administration of connections, under `/amministrazione/v1`: what is decided there is done by the connector. */
@Module({})
export class AnprAdminModule implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  static forRoot({ patience }: { readonly patience?: Patience } = {}): DynamicModule {
    return {
      module: AnprAdminModule,
      imports: [AuthModule.forAudience(AUDIENCES.admin)],
      controllers: [ConnectionApi],
      providers: [
        { provide: ConnectorRelay, inject: [COMMAND_BUS, CLOCK], useFactory: (bus: CommandBus, clock: Clock) => new ConnectorRelay(bus, clock, patience) },
        { provide: ConnectionReads, inject: [EVENT_STORE, RIGHTS, CLOCK], useFactory: (store: EventStore, rights: Live<RightsState>, clock: Clock) => new ConnectionReads(store, rights, clock) },
      ],
    };
  }

  private stop: (() => void) | undefined;

  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(ConnectorRelay) private readonly relay: ConnectorRelay,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.stop = await this.bus.answers(CONNECTION_ANSWERS, this.relay.hear);
  }

  onModuleDestroy(): void {
    this.relay.close();
  }

  onApplicationShutdown(): void {
    this.stop?.();
  }
}
