import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { KEYS } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import { openCustody, type Custody } from './custody.js';
import { noDevice, type Device } from './device.js';
import type { VaultPorts } from './vault.js';

/** Optional: the `Device` behind PKCS#11 that the process is configured with. */
export const DEVICE = Symbol('Device');
/** `VaultPorts`: for `connectionKeys`. */
export const VAULT = Symbol('Vault');
/** `Custody`: for acts of administration. */
export const CUSTODY = Symbol('Custody');

/** The keys of connections, one vault in a process: in the connector alone. */
@Global()
@Module({
  providers: [
    { provide: VAULT, inject: [KEYS, { token: DEVICE, optional: true }], useFactory: ({ certificates }: KeyStores, device: Device = noDevice): VaultPorts => ({ secrets: certificates, device }) },
    { provide: CUSTODY, inject: [VAULT], useFactory: (vault: VaultPorts): Custody => openCustody(vault) },
  ],
  exports: [VAULT, CUSTODY],
})
export class CustodyModule implements OnApplicationShutdown {
  constructor(@Inject(VAULT) private readonly vault: VaultPorts) {}

  async onApplicationShutdown(): Promise<void> {
    await this.vault.device.close();
  }
}
