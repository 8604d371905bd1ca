import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { CollectionStore } from '@geres/kernel';
import { CLOCK, COLLECTIONS, KEYS, LOG, type Clock } from '@geres/platform';
import { RIGHTS, type RightsState } from '@geres/platform/auth';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Live } from '@geres/platform/projections';
import type { UsableCertificate } from '../connection/certificates.domain.js';
import { connectionKeys, type ConnectionKeys, type ConnectionOf, type VaultPorts } from '../custody/index.js';
import { CustodyModule, VAULT } from '../custody/custody.module.js';
import { connectionKey, type Grants } from '../grants/grants.js';
import { GRANTS, GrantsModule } from '../grants/grants.module.js';
import type { Ledger } from '../protocol/pdnd/index.js';
import type { Channels } from './channel.js';
import { pdndChannel, type PdndChannel } from './pdnd.channel.js';
import { knownIdAnprs, type KnownIdAnpr } from './pdnd/id-anprs.js';
import { Ledgers } from './pdnd/ledgers.js';
import { wsChannel, type WsChannel } from './ws.channel.js';
import { messageSecurity, tlsMaterial } from './ws/security.js';

/** `ConnectionKeys`: the keys of every connection, as grants know them. */
export const CONNECTION_KEYS = Symbol('ConnectionKeys');
/** `Channels` to ANPR, with the keys of each Comune. */
export const CHANNELS = Symbol('Channels');

interface ClosingChannels extends Channels {
  readonly ws: WsChannel;
  readonly pdnd: PdndChannel;
}

/** One for all that have none: a list that is another means that certificates have changed. */
const NONE: readonly UsableCertificate[] = [];

export function certificatesOf(grants: Grants, { comune, channel }: ConnectionOf): readonly UsableCertificate[] {
  const connection = grants.connections.get(connectionKey(comune, channel));
  return connection && connection.status !== 'absent' ? connection.certificates : NONE;
}

/** Both ways to ANPR. Their sockets are let go of when whoever asks has stopped. */
@Module({
  imports: [GrantsModule, CustodyModule],
  providers: [
    {
      provide: CONNECTION_KEYS,
      inject: [VAULT, GRANTS],
      useFactory: (vault: VaultPorts, grants: Live<Grants>): ConnectionKeys => connectionKeys({ ...vault, certificates: (of) => certificatesOf(grants.state, of) }),
    },
    {
      provide: CHANNELS,
      inject: [CONNECTION_KEYS, KEYS, COLLECTIONS, RIGHTS, CLOCK, LOG],
      useFactory: (keys: ConnectionKeys, { connector }: KeyStores, collections: CollectionStore, rights: Live<RightsState>, clock: Clock, log: Log): ClosingChannels => {
        const ports = { clock, comuni: () => rights.state.comuni };
        return {
          ws: wsChannel({ ...ports, security: messageSecurity({ clock, keys, operators: connector }), tls: tlsMaterial({ clock, keys }) }),
          pdnd: pdndChannel({
            ...ports,
            signerOf: (comune, kid) => keys.byKid(comune, kid),
            ledgers: new Ledgers(collections.collection<Ledger>({ name: 'pdnd-ledgers' })),
            idAnprs: knownIdAnprs({ collection: collections.collection<KnownIdAnpr>({ name: 'known-idanpr' }), keys: connector, clock, onFailure: (error) => log.warn({ event: 'idanpr.unavailable', error }) }),
          }),
        };
      },
    },
  ],
  exports: [CONNECTION_KEYS, CHANNELS],
})
export class ChannelsModule implements OnApplicationShutdown {
  constructor(@Inject(CHANNELS) private readonly channels: ClosingChannels) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.channels.ws.close(), this.channels.pdnd.close()]);
  }
}
