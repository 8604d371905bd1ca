import type { CollectionStore } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { ComuneDirectory } from '@geres/platform/auth';
import type { KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { UsableCertificate } from '../connection/certificates.domain.js';
import { connectionKeys, type ConnectionKeys, type ConnectionOf, type VaultPorts } from '../custody/index.js';
import { connectionKey, type Grants } from '../grants/grants.js';
import type { Ledger } from '../protocol/pdnd/index.js';
import type { Tables } from '../tables/tables.js';
import type { Channels } from './channel.js';
import { pdndChannel, type PdndChannel } from './pdnd.channel.js';
import { knownIdAnprs, type KnownIdAnpr } from './pdnd/id-anprs.js';
import { Ledgers } from './pdnd/ledgers.js';
import { wsChannel, type WsChannel } from './ws.channel.js';
import { messageSecurity, tlsMaterial } from './ws/security.js';

export interface ChannelsPorts {
  readonly keys: ConnectionKeys;
  /** Secrets of the connector: of ANPR operators, and of what is known of people. */
  readonly secrets: KeyStores['connector'];
  readonly collections: Pick<CollectionStore, 'collection'>;
  readonly comuni: () => ComuneDirectory;
  readonly clock: Clock;
  readonly log: Log;
  /** Code tables of ANPR's own, as far as they were downloaded. */
  readonly tables?: () => Tables;
}

/** Both ways to ANPR, with the keys of each Comune. */
export interface OpenChannels extends Channels {
  readonly ws: WsChannel;
  readonly pdnd: PdndChannel;
}

export function openChannels({ keys, secrets, collections, comuni, clock, log, tables }: ChannelsPorts): OpenChannels {
  return {
    ws: wsChannel({ clock, comuni, security: messageSecurity({ clock, keys, operators: secrets }), tls: tlsMaterial({ clock, keys }), ...(tables ? { tables } : {}) }),
    pdnd: pdndChannel({
      clock,
      comuni,
      signerOf: (comune, kid) => keys.byKid(comune, kid),
      ledgers: new Ledgers(collections.collection<Ledger>({ name: 'pdnd-ledgers' })),
      idAnprs: knownIdAnprs({ collection: collections.collection<KnownIdAnpr>({ name: 'known-idanpr' }), keys: secrets, clock, onFailure: (error) => log.warn({ event: 'idanpr.unavailable', error }) }),
    }),
  };
}

/** One for all that have none: a list that is another means that certificates have changed. */
const NONE: readonly UsableCertificate[] = [];

/** The keys of every connection, as grants know them. */
export function grantedKeys(vault: VaultPorts, grants: () => Grants): ConnectionKeys {
  const certificates = ({ comune, channel }: ConnectionOf): readonly UsableCertificate[] => {
    const connection = grants().connections.get(connectionKey(comune, channel));
    return connection && connection.status !== 'absent' ? connection.certificates : NONE;
  };
  return connectionKeys({ ...vault, certificates });
}
