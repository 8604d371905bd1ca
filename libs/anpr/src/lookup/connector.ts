import type { LookupCommand } from '@geres/contracts';
import type { CollectionStore, CommandBus, EventMeta, EventStore } from '@geres/kernel';
import { rounds, type Clock, type Installation } from '@geres/platform';
import type { RightsState } from '@geres/platform/auth';
import type { Box, KeyStores } from '@geres/platform/keys';
import type { Log } from '@geres/platform/log';
import type { Metrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { ulid } from 'ulid';
import { Bulkheads } from '../channel/bulkheads.js';
import type { Channels } from '../channel/channel.js';
import { connectionOf, type Grants } from '../grants/grants.js';
import { Registers } from '../register/registers.js';
import { RegisterSnapshots, type SnapshotRow } from '../register/snapshots.js';
import { closeAbandoned } from './abandoned.js';
import { Answers } from './answers.js';
import type { StoredAnswer } from './conclusion.js';
import { Flights } from './flights.js';
import { italianHolidays } from './holidays.js';
import { Lookups } from './lookups.js';
import { PickUp } from './pick-up.js';
import { Refusals } from './refusals.js';
import { View } from './view.js';
import { Waiting } from './waiting.js';

export const CONNECTOR = Symbol('Connector');

const SWEEP_MS = 5000;

export interface ConnectorPorts {
  readonly store: EventStore;
  readonly bus: CommandBus;
  readonly collections: CollectionStore;
  readonly keys: KeyStores;
  readonly rights: Live<RightsState>;
  readonly grants: Live<Grants>;
  readonly channels: Channels;
  readonly installation: Installation;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether a civil day is a public holiday; those of Italy if absent. */
  readonly isHoliday?: (day: string) => boolean;
  /** Events between two snapshots of a register. */
  readonly snapshotEvery?: number;
  /** Between two looks for lookups that a crash has left open; default 5 s. */
  readonly sweepMs?: number;
}

/** The connector of one process, put together: registers, bulkheads, flights. */
export interface Connector {
  /** Resolves when the command counts as taken. */
  take(command: LookupCommand): Promise<void>;
  /** Lookups in the hands of this process. */
  readonly inFlight: number;
  /** Waits for what is in flight, cuts what takes longer, leaves nothing open that it can close. */
  stop(graceMs: number): Promise<void>;
}

export async function openConnector(ports: ConnectorPorts): Promise<Connector> {
  const { store, bus, collections, keys, rights, grants, channels, installation, clock, log, metrics } = ports;
  const instance = ulid();
  const metaOf = (causationId: string): EventMeta => ({
    actor: 'system:connector',
    correlationId: causationId,
    causationId,
    recordedAt: clock().toISOString(),
    environment: installation.environment,
  });
  const snapshots = new RegisterSnapshots({
    collection: collections.collection<SnapshotRow>({ name: 'register-snapshots' }),
    incarnation: installation.incarnation,
    onFailure: (error) => log.warn({ event: 'register.snapshot-failed', error }),
    ...(ports.snapshotEvery === undefined ? {} : { every: ports.snapshotEvery }),
  });
  const registers = new Registers(store, instance, () => metaOf(instance), snapshots);
  const view = new View(rights, grants, ports.isHoliday ?? (await italianHolidays()), clock);
  const bulkheads = new Bulkheads({
    onCircuit: (connection, state) => {
      const fields = { event: `anpr.circuit-${state}`, ...connectionOf(connection) };
      if (state === 'open') log.warn(fields);
      else log.info(fields);
    },
  });
  const answers = new Answers(bus, clock, (error) => log.warn({ event: 'lookup.answer-lost', error }));
  const waiting = new Waiting(answers);
  const stored = collections.collection<StoredAnswer>({ name: 'answers' });
  const box = (): Promise<Box> => keys.connector.box('pickup');
  const pickUp = new PickUp({ answers: stored, box, waiting, onInterrupted: () => metrics.lookups.inc({ esito: 'interrotta' }) });
  const flights = new Flights({
    answers: stored,
    box,
    pickUp,
    clock,
    view,
    channels,
    waiting,
    installation,
    onConcluded: ({ outcome, service, channel, totalMs, anprMs }) => {
      metrics.lookups.inc({ esito: outcome, servizio: service, canale: channel });
      metrics.lookupSeconds.observe(totalMs / 1000);
      if (anprMs !== undefined) metrics.anprSeconds.observe(anprMs / 1000);
    },
    onStruggle: (error) => log.error({ event: 'lookup.struggle', error }),
  });
  const refusals = new Refusals(registers, metaOf);
  const shared = { registers, pickUp, waiting, clock, metaOf };
  const lookups = new Lookups({
    ...shared,
    view,
    keys,
    bulkheads,
    answers,
    refusals,
    installation,
    onRefused: (motivo) => metrics.refusals.inc({ motivo }),
    fly: (flight) => flights.start(flight),
    isFlying: flights.has,
  });
  const depths = () => [...bulkheads.depths()].map(({ connection, ...depth }) => ({ ...connectionOf(connection), ...depth }));
  metrics.observeQueues(depths);
  metrics.observeCircuits(depths);

  const { sweepMs = SWEEP_MS } = ports;
  const sweep = rounds(() => closeAbandoned({ ...shared, isHeld: lookups.isHeld }), { everyMs: sweepMs, onFailure: (error) => log.error({ event: 'lookup.sweep-failed', error }) });
  sweep.start(sweepMs);

  return {
    take: (command) => lookups.take(command),
    get inFlight() {
      return flights.size;
    },
    async stop(graceMs) {
      const swept = sweep.stop();
      const deadline = performance.now() + graceMs;
      await lookups.stop();
      await flights.stop(Math.max(0, deadline - performance.now()));
      await swept;
      await registers.keep();
    },
  };
}
