import type { CollectionStore } from '@geres/kernel';
import { CLOCK, COLLECTIONS, INSTALLATION, KEYS, LOG, METRICS, type Clock, type Installation } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Metrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { Inject, Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { CustodyModule, VAULT } from '../../custody/custody.module.js';
import type { VaultPorts } from '../../custody/index.js';
import { GRANTS, GrantsModule } from '../../grants/grants.module.js';
import type { Grants } from '../../grants/grants.js';
import { tryWs, withServicePorts } from '../admin/try-ws.js';
import type { TrialPorts } from '../admin/trials.js';
import { activeWs } from './active.js';
import { Daily, type TableRow } from './daily.js';
import { Probes } from './probes.js';

const TRIALS = Symbol('TrialPorts');

/** What the connector does by itself for each connection, away from lookups: probes, and what is asked once a day. */
@Module({
  imports: [GrantsModule, CustodyModule],
  providers: [
    { provide: TRIALS, inject: [VAULT, KEYS, INSTALLATION, CLOCK], useFactory: (vault: VaultPorts, keys: KeyStores, { environment }: Installation, clock: Clock): TrialPorts => ({ vault, keys, environment, clock }) },
    {
      provide: Probes,
      inject: [TRIALS, GRANTS, CLOCK, LOG, METRICS],
      useFactory: (trials: TrialPorts, grants: Live<Grants>, clock: Clock, log: Log, metrics: Metrics): Probes => {
        const probes = new Probes({
          *active() {
            for (const trial of activeWs(grants.state, trials)) yield { comune: trial.comune, probe: () => tryWs(trial) };
          },
          clock,
          onChange: ({ comune, reachable, step }) => (reachable ? log.info({ event: 'connection.reachable', comune, channel: 'ws' }) : log.warn({ event: 'connection.unreachable', comune, channel: 'ws', reason: step })),
          onFailure: (error) => log.error({ event: 'connection.probe-failed', error }),
        });
        metrics.observeConnections(() => probes.standings.map(({ comune, reachable }) => ({ comune, channel: 'ws', reachable })));
        return probes;
      },
    },
    {
      provide: Daily,
      inject: [TRIALS, GRANTS, COLLECTIONS, CLOCK, LOG, METRICS],
      useFactory: (trials: TrialPorts, grants: Live<Grants>, collections: CollectionStore, clock: Clock, log: Log, metrics: Metrics): Daily =>
        new Daily({
          *services() {
            for (const trial of activeWs(grants.state, trials)) yield (call) => withServicePorts(trial, call);
          },
          tables: collections.collection<TableRow>({ name: 'anpr-tables' }),
          clock,
          metrics,
          onEnding: ({ supportata, fino = '-', corrente }) => log.warn({ event: 'anpr.protocol-ending', name: corrente, reason: supportata ? `supported until ${fino}` : 'not supported' }),
          onFailure: (name, error) => log.warn({ event: 'anpr.daily-failed', name, error }),
        }),
    },
  ],
  exports: [Probes, Daily],
})
export class ProbeModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(Probes) private readonly probes: Probes,
    @Inject(Daily) private readonly daily: Daily,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.probes.start();
    await this.daily.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.probes.stop(), this.daily.stop()]);
  }
}
