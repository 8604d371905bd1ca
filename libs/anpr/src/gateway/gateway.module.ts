import { Inject, Module, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
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

/** Answers have this long to come when the process stops: a little more than a connector in the same process takes to stop. */
const GRACE_MS = 11_000;

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
export class AnprGatewayModule implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  private stop: (() => void) | undefined;
  private late: NodeJS.Timeout | undefined;

  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(Pending) private readonly pending: Pending,
    @Inject(Gateway) private readonly gateway: Gateway,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.stop = await this.bus.answers(LOOKUP_ANSWERS, this.pending.hear, this.pending.awaits);
  }

  onModuleDestroy(): void {
    this.gateway.close();
  }

  /** Who waits is answered before the server closes; a connector in this process stops at the same time, so this must not make it wait. */
  beforeApplicationShutdown(): void {
    this.late = setTimeout(() => this.pending.forgetAll(), GRACE_MS);
    this.late.unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.late);
    this.stop?.();
  }
}
