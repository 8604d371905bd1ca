import { applyGrant, GRANT_PREFIXES, noDevice, noGrants, grantedKeys, openChannels, openConnector, type Grants } from '@geres/anpr/connector';
import type { SettleLookup } from '@geres/contracts';
import { applyRight, noRights, RIGHTS_PREFIXES, type RightsState } from '@geres/platform/auth/rights';
import type { DistributedEngines } from '@geres/platform/distributed';
import type { KeyStores } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import { follow } from '@geres/platform/projections';
import { ulid } from 'ulid';
import type { Records } from '../crash/records.js';

/** Past `askBy` and ANPR's longest silence. */
const PAST_EVERYTHING_MS = 200_000;

/**
 * What died with its connector is closed once nobody can have it in hand any more: here by a connector whose clock says so, on the commands that monitoring would
 * send. The other connectors must have stopped.
 */
export async function closeWhatIsOpen(engines: DistributedEngines, { requests, outcomes }: Records): Promise<void> {
  const clock = (): Date => new Date(Date.now() + PAST_EVERYTHING_MS);
  const { store, bus, collections, installation } = engines;
  const keys = engines.keys as KeyStores;
  const stopping = new AbortController();
  const followed = { store, signal: stopping.signal };
  const rights = await follow<RightsState>({ ...followed, name: 'rights', prefixes: RIGHTS_PREFIXES, initial: noRights, apply: applyRight });
  const grants = await follow<Grants>({ ...followed, name: 'grants', prefixes: GRANT_PREFIXES, initial: noGrants, apply: applyGrant });
  const log = createLog({ level: 'warn' });
  const channels = openChannels({ keys: grantedKeys({ secrets: keys.certificates, device: noDevice }, () => grants.state), secrets: keys.connector, collections, comuni: () => rights.state.comuni, clock, log });
  const connector = await openConnector({ store, bus, collections, keys, rights, grants, channels, installation, clock, log, metrics: createMetrics(), isHoliday: () => false });
  try {
    for (const { lookup, comune } of requests.values()) if (!outcomes.has(lookup)) await connector.take(settling(lookup, comune, clock()));
  } finally {
    await connector.stop(5000);
    stopping.abort();
  }
}

const settling = (lookup: string, comune: string, now: Date): SettleLookup => ({
  type: 'anpr.lookup.settle',
  id: ulid(now.getTime()),
  key: comune,
  issuedAt: now.toISOString(),
  expiresAt: new Date(now.getTime() + 60_000).toISOString(),
  data: { lookup, comune },
});
