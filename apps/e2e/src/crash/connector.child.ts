import { applyGrant, grantedKeys, GRANT_PREFIXES, noDevice, noGrants, openChannels, openConnector, type Connector, type Grants } from '@geres/anpr/connector';
import { known, LOOKUP_ANSWERS, LookupCommand, lookupEvents, type LookupAnswer } from '@geres/contracts';
import { isCaughtUp, type EventStore } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import { applyRight, noRights, RIGHTS_PREFIXES, type RightsState } from '@geres/platform/auth/rights';
import { openEmbedded } from '@geres/platform/embedded';
import { keyStores, loadKeyEncryptionKeys } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import { follow } from '@geres/platform/projections';
import { ulid } from 'ulid';
import { fused, fusedBus, fusedChannels, fusedCollections, fusedStore } from './fused.js';
import type { FromChild, Plan, ToChild } from './steps.js';

/**
 * The connector in a process of its own, put together as the product does it, on the embedded engine. Commands come and answers go over IPC, as over a broker
 * that gives a command again until it was taken. It dies where its plan says.
 */
const plan = JSON.parse(process.argv[2]!) as Plan;
const pass = fused(plan.fuse);
let { aheadMs } = plan;
const clock: Clock = () => new Date(Date.now() + aheadMs);
/** The simulator refuses what comes from a day after today. */
const clockOfAnpr: Clock = () => new Date(Date.now() + Math.min(aheadMs, 0));
const stopping = new AbortController();

const tell = (message: FromChild): void => void process.send!(message);

const keyEncryptionKeys = await loadKeyEncryptionKeys({ env: {}, dataFolder: plan.folder });
const embedded = await openEmbedded({ folder: plan.folder, environment: 'test', keyEncryptionKeys, clock });
const store = fusedStore(embedded.store, pass);
const followed = { store: embedded.store, signal: stopping.signal };
const rights = await follow<RightsState>({ ...followed, name: 'rights', prefixes: RIGHTS_PREFIXES, initial: noRights, apply: applyRight });
const grants = await follow<Grants>({ ...followed, name: 'grants', prefixes: GRANT_PREFIXES, initial: noGrants, apply: applyGrant });
await Promise.all([rights.caughtUp(), grants.caughtUp()]);

const log = createLog({ level: 'warn' });
const keys = keyStores(fusedCollections(embedded.durable, { 'secrets-archive': 'secret' }, pass), keyEncryptionKeys);
const channels = openChannels({
  keys: grantedKeys({ secrets: keys.certificates, device: noDevice }, () => grants.state),
  secrets: keys.connector,
  collections: embedded.collections,
  comuni: () => rights.state.comuni,
  clock: clockOfAnpr,
  log,
});

const connector = await openConnector({
  store,
  bus: fusedBus(embedded.bus, pass),
  collections: fusedCollections(embedded.collections, { answers: 'store-answer', 'register-snapshots': 'keep' }, pass),
  keys,
  rights,
  grants,
  channels: fusedChannels(channels, pass),
  installation: embedded.installation,
  clock,
  log,
  metrics: createMetrics(),
  // Every day is a working day: the calendar takes longer to load than all the rest.
  isHoliday: () => false,
  snapshotEvery: 10,
  sweepMs: 50,
});

await embedded.bus.answers(LOOKUP_ANSWERS, (message) => {
  const { to, data } = message as LookupAnswer;
  tell({ kind: 'answer', to, outcome: data });
});

process.on('message', (message: ToChild) => {
  if (message.kind === 'clock') return void ({ aheadMs } = message);
  if (message.kind === 'rest') return void rest().then(() => process.exit(0));
  const command = LookupCommand.parse(message.command);
  connector.take(command).then(
    () => tell({ kind: 'taken', command: command.id }),
    () => undefined, // it comes again
  );
});
// A parent that has gone wants nothing any more.
process.on('disconnect', () => process.exit(1));
tell({ kind: 'ready' });

/** Everything that a crash has left open is closed as monitoring's sweep would have it closed; then the process ends in order. */
async function rest(): Promise<void> {
  for await (const open of openLookups(embedded.store)) {
    if (open.size === 0) break;
    for (const [lookup, comune] of open) await settle(connector, lookup, comune);
  }
  await connector.stop(10_000);
  stopping.abort();
  await embedded.close();
}

async function settle({ take }: Connector, lookup: string, comune: string): Promise<void> {
  const issuedAt = clock();
  await take({ type: 'anpr.lookup.settle', id: ulid(), key: comune, issuedAt: issuedAt.toISOString(), expiresAt: new Date(issuedAt.getTime() + 60_000).toISOString(), data: { lookup, comune } });
}

/** Lookups without outcome and their Comune, each time that everything recorded was seen. */
async function* openLookups(from: EventStore): AsyncIterable<ReadonlyMap<string, string>> {
  const open = new Map<string, string>();
  for await (const item of from.subscribe('start', { prefixes: ['register-'], signal: stopping.signal })) {
    if (isCaughtUp(item)) yield open;
    else if (item.type === 'anpr.register.taken') continue;
    else {
      const { type, data } = known(lookupEvents, item);
      if (type === 'anpr.lookup.requested') open.set(data.lookup, data.comune);
      else if (type === 'anpr.lookup.answered' || type === 'anpr.lookup.failed' || type === 'anpr.lookup.interrupted') open.delete(data.lookup);
    }
  }
}
