import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { AUDIENCES } from '@geres/contracts';
import type { CollectionStore, CommandBus, EventStore } from '@geres/kernel';
import { CLOCK, COLLECTIONS, COMMAND_BUS, EVENT_STORE, INSTALLATION, KEYS, LOG, METRICS, STOPPING, type Clock, type Installation } from '@geres/platform';
import { AuthModule } from '@geres/platform/auth';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Metrics } from '@geres/platform/metrics';
import { follow, type Live } from '@geres/platform/projections';
import { ArchiveRecorder } from './archive/recorder.js';
import { applyConvention, comuniOf, CONVENTION_PREFIXES, noConventions, type Conventions } from './lookups/conventions.js';
import { LookupsApi, READING } from './lookups/lookups.api.js';
import type { ReadingPorts } from './lookups/ports.js';
import { startProjections, type Running } from './running.js';
import { SettlingPolicy, sweepEvery } from './settling/settling.policy.js';

/** `Running`: the read models of monitoring. */
export const MONITORING_RUNNING = Symbol('MonitoringRunning');
/** `Live<Conventions>` of monitoring. */
export const MONITORING_CONVENTIONS = Symbol('MonitoringConventions');

const SWEEP_MS = 30_000;

/** Projections of the archive, their API, and the sweep for lookups without outcome. */
@Module({
  imports: [AuthModule.forAudience(AUDIENCES.monitoring)],
  controllers: [LookupsApi],
  providers: [
    {
      provide: MONITORING_RUNNING,
      inject: [EVENT_STORE, COLLECTIONS, INSTALLATION, STOPPING, LOG, METRICS],
      useFactory: (store: EventStore, collections: CollectionStore, installation: Installation, signal: AbortSignal, log: Log, metrics: Metrics): Running => {
        const running = startProjections({ store, collections, installation, signal, onFailure: (name, error) => log.error({ event: 'monitoring.projection-stopped', name, error }) });
        for (const { name, lag } of running.projections) metrics.observeLag(name, lag);
        return running;
      },
    },
    {
      provide: MONITORING_CONVENTIONS,
      inject: [EVENT_STORE, STOPPING, LOG],
      useFactory: (store: EventStore, signal: AbortSignal, log: Log): Promise<Live<Conventions>> =>
        follow<Conventions>({
          name: 'monitoring-conventions',
          store,
          prefixes: CONVENTION_PREFIXES,
          initial: noConventions,
          apply: applyConvention,
          signal,
          onFailure: (error) => log.error({ event: 'monitoring.projection-stopped', name: 'monitoring-conventions', error }),
        }),
    },
    {
      provide: READING,
      inject: [MONITORING_RUNNING, MONITORING_CONVENTIONS, EVENT_STORE, KEYS, CLOCK],
      useFactory: ({ lookups, tags, asOf }: Running, conventions: Live<Conventions>, store: EventStore, keys: KeyStores, clock: Clock): ReadingPorts => ({
        lookups,
        tags,
        store,
        keys: keys.archive,
        conventions,
        recorder: new ArchiveRecorder(store),
        clock,
        asOf,
      }),
    },
    {
      provide: SettlingPolicy,
      inject: [MONITORING_RUNNING, MONITORING_CONVENTIONS, COMMAND_BUS, CLOCK],
      useFactory: ({ lookups, asOf, unsettled }: Running, conventions: Live<Conventions>, bus: CommandBus, clock: Clock): SettlingPolicy =>
        new SettlingPolicy({ lookups, asOf, unsettled, comuni: () => comuniOf(conventions.state), bus, clock }),
    },
  ],
  exports: [MONITORING_RUNNING],
})
export class MonitoringModule implements OnApplicationBootstrap {
  constructor(
    @Inject(SettlingPolicy) private readonly settling: SettlingPolicy,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    void sweepEvery(SWEEP_MS, this.settling, this.stopping, (error) => this.log.warn({ event: 'monitoring.sweep-failed', error }));
  }
}
