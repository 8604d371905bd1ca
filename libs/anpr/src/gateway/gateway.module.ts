import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AUDIENCES, LOOKUP_ANSWERS } from '@geres/contracts';
import type { CommandBus } from '@geres/kernel';
import { CLOCK, COMMAND_BUS, type Clock } from '@geres/platform';
import { AuthModule } from '@geres/platform/auth';
import { GrantsModule } from '../grants/grants.module.js';
import { AbilitazioniApi } from './abilitazioni.api.js';
import { CallerResolver } from './caller.js';
import { Gateway } from './gateway.js';
import { LookupApi } from './lookup.api.js';
import { Pending } from './pending.js';

/** The REST API for integrated applications. */
@Module({
  imports: [GrantsModule, AuthModule.forAudience(AUDIENCES.gateway, { rights: 'identify' })],
  controllers: [LookupApi, AbilitazioniApi],
  providers: [
    CallerResolver,
    { provide: Pending, useFactory: () => new Pending() },
    { provide: Gateway, inject: [COMMAND_BUS, Pending, CLOCK], useFactory: (bus: CommandBus, pending: Pending, clock: Clock) => new Gateway(bus, pending, clock) },
  ],
})
export class AnprGatewayModule implements OnApplicationBootstrap, OnModuleDestroy {
  private stop: (() => void) | undefined;

  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(Pending) private readonly pending: Pending,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.stop = await this.bus.answers(LOOKUP_ANSWERS, this.pending.hear);
  }

  onModuleDestroy(): void {
    this.stop?.();
  }
}
