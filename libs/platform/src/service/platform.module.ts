import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { EventStore } from '@geres/kernel';
import { JWKS_URL, PUBLIC_URL, RightsModule } from '../auth/index.js';
import type { Clock } from '../installation.js';
import type { Log } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { CLOCK, COLLECTIONS, COMMAND_BUS, EVENT_STORE, INSTALLATION, KEYS, LOG, METRICS, STOPPING } from '../tokens.js';
import type { Engines } from './engines.js';

export interface PlatformParts {
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly publicUrl: string;
  /** Where this process reaches the issuer’s keys, if not at the public address. */
  readonly jwksUrl?: string | undefined;
  readonly stopping: AbortSignal;
}

/** The ports, for every module of the process. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot({ engines, clock, log, metrics, publicUrl, jwksUrl, stopping }: PlatformParts): DynamicModule {
    const { store, bus, collections, keys, installation } = engines;
    const providers = [
      { provide: EVENT_STORE, useValue: timed(store, metrics) },
      { provide: COMMAND_BUS, useValue: bus },
      { provide: COLLECTIONS, useValue: collections },
      { provide: KEYS, useValue: keys },
      { provide: INSTALLATION, useValue: installation },
      { provide: CLOCK, useValue: clock },
      { provide: LOG, useValue: log },
      { provide: METRICS, useValue: metrics },
      { provide: PUBLIC_URL, useValue: () => publicUrl },
      { provide: STOPPING, useValue: stopping },
      ...(jwksUrl === undefined ? [] : [{ provide: JWKS_URL, useValue: () => jwksUrl }]),
    ];
    return { module: PlatformModule, imports: [RightsModule], providers, exports: [...providers.map(({ provide }) => provide), RightsModule] };
  }
}

/** The store, with every append timed. */
const timed = (store: EventStore, { storeSeconds }: Metrics): EventStore => ({
  read: (...given) => store.read(...given),
  subscribe: (...given) => store.subscribe(...given),
  async append(...given) {
    const end = storeSeconds.startTimer();
    try {
      return await store.append(...given);
    } finally {
      end();
    }
  },
});
