import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { CollectionStore } from '@geres/kernel';
import { CLOCK, COLLECTIONS, KEYS, LOG, type Clock } from '@geres/platform';
import { RIGHTS, type RightsState } from '@geres/platform/auth';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Live } from '@geres/platform/projections';
import { Daily } from '../connection/probe/daily.js';
import { ProbeModule } from '../connection/probe/probe.module.js';
import { CustodyModule, VAULT } from '../custody/custody.module.js';
import type { ConnectionKeys, VaultPorts } from '../custody/index.js';
import type { Grants } from '../grants/grants.js';
import { GRANTS, GrantsModule } from '../grants/grants.module.js';
import { grantedKeys, openChannels, type OpenChannels } from './channels.js';

/** `ConnectionKeys`: the keys of every connection. */
export const CONNECTION_KEYS = Symbol('ConnectionKeys');
/** `Channels` to ANPR. */
export const CHANNELS = Symbol('Channels');

/** Both ways to ANPR. Their sockets are let go of when whoever asks has stopped. */
@Module({
  imports: [GrantsModule, CustodyModule, ProbeModule],
  providers: [
    { provide: CONNECTION_KEYS, inject: [VAULT, GRANTS], useFactory: (vault: VaultPorts, grants: Live<Grants>): ConnectionKeys => grantedKeys(vault, () => grants.state) },
    {
      provide: CHANNELS,
      inject: [CONNECTION_KEYS, KEYS, COLLECTIONS, RIGHTS, CLOCK, LOG, Daily],
      useFactory: (keys: ConnectionKeys, { connector: secrets }: KeyStores, collections: CollectionStore, rights: Live<RightsState>, clock: Clock, log: Log, { known: tables }: Daily): OpenChannels =>
        openChannels({ keys, secrets, collections, comuni: () => rights.state.comuni, clock, log, tables }),
    },
  ],
  exports: [CONNECTION_KEYS, CHANNELS],
})
export class ChannelsModule implements OnApplicationShutdown {
  constructor(@Inject(CHANNELS) private readonly channels: OpenChannels) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.channels.ws.close(), this.channels.pdnd.close()]);
  }
}
