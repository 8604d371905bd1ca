import { Global, Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { EventStore } from '@geres/kernel';
import { CLOCK, EVENT_STORE, INSTALLATION, KEYS, LOG, METRICS, type Clock, type Installation } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Metrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { GRANTS, GrantsModule } from '../grants/grants.module.js';
import type { Grants } from '../grants/grants.js';
import { openCustody, type Custody } from './custody.js';
import { noDevice, type Device } from './device.js';
import type { VaultPorts } from './vault.js';
import { certificatesOf } from './known.js';
import { watchCertificates, type CertificateWatch } from './watch.js';

/** Optional: the `Device` behind PKCS#11 that the process is configured with. */
export const DEVICE = Symbol('Device');
/** `VaultPorts`: for `connectionKeys`. */
export const VAULT = Symbol('Vault');
/** `Custody`: for acts of administration. */
export const CUSTODY = Symbol('Custody');

/** The keys of connections, one vault in a process: in the connector alone. Their ends are watched over. */
@Global()
@Module({
  imports: [GrantsModule],
  providers: [
    { provide: VAULT, inject: [KEYS, { token: DEVICE, optional: true }], useFactory: ({ certificates }: KeyStores, device: Device = noDevice): VaultPorts => ({ secrets: certificates, device }) },
    { provide: CUSTODY, inject: [VAULT], useFactory: (vault: VaultPorts): Custody => openCustody(vault) },
  ],
  exports: [VAULT, CUSTODY],
})
export class CustodyModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private watch: CertificateWatch | undefined;
  private stopped = false;

  constructor(
    @Inject(VAULT) private readonly vault: VaultPorts,
    @Inject(GRANTS) private readonly grants: Live<Grants>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(INSTALLATION) private readonly installation: Installation,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(METRICS) private readonly metrics: Metrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** The first look is at what is known once everything recorded before was seen; nothing waits for it. */
  onApplicationBootstrap(): void {
    const onFailure = (error: unknown): void => this.log.error({ event: 'certificate.watch-failed', error });
    void this.grants.caughtUp().then(() => {
      if (this.stopped) return;
      const { store, clock, metrics, grants } = this;
      this.watch = watchCertificates({ store, secrets: this.vault.secrets, connections: () => certificatesOf(grants.state), clock, environment: this.installation.environment, metrics, onFailure });
    }, onFailure);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.watch?.stop();
    await this.vault.device.close();
  }
}
