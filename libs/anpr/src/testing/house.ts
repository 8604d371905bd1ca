import { LOOKUP_ANSWERS, LOOKUP_COMMANDS, romeDay, registerStream, type AskLookup, type CollectLookup, type LookupAnswer, type LookupOutcome, type LookupRequest, type SettleLookup } from '@geres/contracts';
import { whole, type CollectionStore, type Command, type DomainEvent, type EventStore, type Parked, type Recorded } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import type { Clock, Installation } from '@geres/platform';
import { applyRight, noRights, RIGHTS_PREFIXES, type RightsState } from '@geres/platform/auth';
import { InProcessBus } from '@geres/platform/bus';
import { keyEncryptionKey, KeyStore, type KeyStores, type WrappedSecret } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import { follow, type Live } from '@geres/platform/projections';
import { randomBytes } from 'node:crypto';
import { decodeTime, ulid } from 'ulid';
import { applyGrant, GRANT_PREFIXES, noGrants, type Grants } from '../grants/grants.js';
import { openConnector, type Connector, type ConnectorPorts } from '../lookup/connector.js';
import { LookupWorker } from '../lookup/lookup.worker.js';
import { fakeChannel, PERSON, type FakeChannel } from './fake-channel.js';
import { gate, type Gate } from './gate.js';
import { OTHER, population, record, type Populated } from './identity.js';
import { ids } from './world.js';

/** One connector at work: its own process, as far as the others can see. */
export interface Post {
  readonly connector: Connector;
  readonly gate: Gate;
  readonly channel: FakeChannel;
  /** What it was seen to do, in order: events that became durable, questions that left, answers that were told. */
  readonly seen: readonly string[];
  readonly parked: readonly Parked[];
  /** In this order; gives them back. */
  send<C extends readonly Command[]>(...commands: C): Promise<C>;
  /** What was told of a command: its outcome, or the word that it is recorded. */
  outcome(command: string): Promise<Exclude<LookupOutcome, { kind: 'recorded' }>>;
  word(command: string): Promise<void>;
  /** The code of the problem that was its outcome, else the kind of outcome. */
  code(command: string): Promise<string>;
  /** Everything that was told of a command so far. */
  told(command: string): readonly LookupOutcome[];
}

/** What a connector is given in place of a fake ANPR, no log and metrics that nobody reads. */
export type Equipment = Partial<Pick<ConnectorPorts, 'channels' | 'log' | 'metrics'>>;

export interface Asking {
  readonly comune?: string;
  readonly other?: boolean;
  readonly key?: string;
  readonly request?: Partial<LookupRequest>;
  readonly lookup?: string;
  readonly expiresInMs?: number;
}

export interface House {
  readonly store: EventStore;
  readonly collections: CollectionStore;
  readonly keys: KeyStores;
  readonly clock: Clock;
  readonly rights: Live<RightsState>;
  readonly grants: Live<Grants>;
  readonly installation: Installation;
  readonly signal: AbortSignal;
  /** Moves the clock. */
  advance(ms: number): void;
  /** From now on nobody can show that rights are fresh. */
  stall(): void;
  /** Something happens to users, conventions or connections, and every connector knows. Resolves to its position. */
  happens(...events: readonly DomainEvent[]): Promise<string>;
  post(equipped?: Equipment): Promise<Post>;
  ask(asking?: Asking): AskLookup;
  collect(lookup: string, asking?: Asking): CollectLookup;
  /** As monitoring's sweep sends it. */
  settle(lookup: string): SettleLookup;
  /** The register of the day of a lookup. */
  register(lookup: string, comune?: string): Promise<readonly Recorded[]>;
  /** What the register says of a lookup: the events, in order, without the area. */
  chain(asked: AskLookup): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface HouseOptions extends Populated {
  readonly comuni?: readonly string[];
  readonly store?: EventStore;
  readonly collections?: CollectionStore;
  /** Between two looks of a connector for lookups without outcome. */
  readonly sweepMs?: number;
}

const kek = keyEncryptionKey(randomBytes(32));
const keyStores = (): KeyStores => {
  const of = (name: string): KeyStore => new KeyStore({ collection: memoryCollections().collection<WrappedSecret>({ name }), kek });
  return { archive: of('archive'), connector: of('connector'), certificates: of('certificates'), admin: of('admin') };
};

/** An installation without HTTP: store, rights, grants, and as many connectors on it as a spec wants. */
export async function openHouse({ comuni = [ids.comune], store = memoryEventStore(), collections = memoryCollections(), sweepMs = 20, ...populated }: HouseOptions = {}): Promise<House> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const installation: Installation = { id: 'casa', incarnation: 'prima', environment: 'test' };
  const state = { ahead: 0, stalled: false };
  const clock: Clock = () => new Date(Date.now() + state.ahead);
  const keys = keyStores();
  await record(store, population(comuni, populated));
  const rights = await follow<RightsState>({ name: 'rights', store, prefixes: RIGHTS_PREFIXES, initial: noRights, apply: applyRight, signal });
  const grants = await follow<Grants>({ name: 'grants', store, prefixes: GRANT_PREFIXES, initial: noGrants, apply: applyGrant, signal });
  await Promise.all([rights.caughtUp(), grants.caughtUp()]);
  const posts: Connector[] = [];

  const register: House['register'] = async (lookup, comune = ids.comune) => (await whole(store.read(registerStream(comune, romeDay(new Date(decodeTime(lookup))))))).events;
  const house: House = {
    store,
    collections,
    keys,
    clock,
    rights: stallable(rights, state),
    grants: stallable(grants, state),
    installation,
    signal,
    advance: (ms) => void (state.ahead += ms),
    stall: () => void (state.stalled = true),
    async happens(...events) {
      const position = await record(store, events, clock());
      await Promise.all([rights.reached(position), grants.reached(position)]);
      return position;
    },
    async post(equipped) {
      const post = await openPost(house, sweepMs, equipped);
      posts.push(post.connector);
      return post;
    },
    ask({ comune = ids.comune, other = false, key, request = {}, lookup = ulid(clock().getTime()), expiresInMs = 60_000 } = {}) {
      const issuedAt = new Date(decodeTime(lookup));
      const body: LookupRequest = { servizio: 'residenza', modalita: 'consultazione', soggetto: { codiceFiscale: PERSON.codiceFiscale }, motivo: 'TRIB-01', pratica: '2026/004512', ...request };
      return {
        type: 'anpr.lookup.ask',
        id: lookup,
        key: comune,
        issuedAt: issuedAt.toISOString(),
        expiresAt: new Date(issuedAt.getTime() + expiresInMs).toISOString(),
        data: { lookup, comune, request: body, caller: callerOf(other), correlationId: 'c', ...(key === undefined ? {} : { idempotencyKey: key }) },
      };
    },
    collect(lookup, { comune = ids.comune, other = false } = {}) {
      const now = clock();
      return { type: 'anpr.lookup.collect', id: ulid(now.getTime()), key: comune, issuedAt: now.toISOString(), expiresAt: new Date(now.getTime() + 10_000).toISOString(), data: { lookup, comune, caller: callerOf(other), correlationId: 'c' } };
    },
    settle(lookup) {
      const now = clock().toISOString();
      return { type: 'anpr.lookup.settle', id: `settle-${lookup}`, key: ids.comune, issuedAt: now, expiresAt: now, data: { lookup, comune: ids.comune } };
    },
    register,
    async chain({ data: { lookup, comune } }) {
      return (await register(lookup, comune)).flatMap(({ type, data }) => ((data as { lookup?: string }).lookup === lookup ? [type.replace('anpr.lookup.', '')] : []));
    },
    async close() {
      await Promise.all(posts.map((connector) => connector.stop(0)));
      stopping.abort();
    },
  };
  return house;
}

const callerOf = (other: boolean): AskLookup['data']['caller'] => ({
  ...(other ? OTHER : { user: ids.user, session: ids.session }),
  ente: ids.ente,
  application: ids.application,
  network: '127.0.0.1',
});

const stallable = <S>(live: Live<S>, state: { readonly stalled: boolean }): Live<S> =>
  new Proxy(live, {
    get(target, member) {
      if (state.stalled && member === 'fresh') return () => false;
      if (state.stalled && member === 'canTell') return () => Promise.resolve(false);
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
    },
  });

async function openPost({ store, collections, keys, clock, rights, grants, installation }: House, sweepMs: number, equipped: Equipment = {}): Promise<Post> {
  const seen: string[] = [];
  const parked: Parked[] = [];
  const answers: LookupAnswer[] = [];
  const waiting = new Set<() => void>();
  const bus = new InProcessBus();
  const door = gate(store, (events) => seen.push(...events.filter(({ type }) => type !== 'anpr.register.taken').map(({ type, data }) => `durable ${type} ${(data as { lookup?: string }).lookup ?? ''}`)));
  const channel = fakeChannel(({ lookup }) => seen.push(`asked ${lookup}`));
  const connector = await openConnector({
    store: door.store,
    bus,
    collections,
    keys,
    rights,
    grants,
    channels: { ws: channel.ask, pdnd: channel.ask },
    installation,
    clock,
    log: createLog({ level: 'silent' }),
    metrics: createMetrics(),
    ...equipped,
    isHoliday: () => false,
    sweepMs,
  });
  const worker = new LookupWorker(connector, clock);
  await bus.handle(LOOKUP_COMMANDS, (message, delivery) => worker.on(message, delivery));
  bus.onParked((one) => {
    parked.push(one);
    for (const look of [...waiting]) look();
  });
  await bus.answers(LOOKUP_ANSWERS, (message) => {
    const answer = message as LookupAnswer;
    answers.push(answer);
    seen.push(`told ${answer.data.kind} ${answer.to}`);
    for (const look of [...waiting]) look();
  });
  const told = (command: string): readonly LookupOutcome[] => answers.flatMap(({ to, data }) => (to === command ? [data] : []));
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const again = (): void => {
        const found = look();
        if (found === undefined) return;
        waiting.delete(again);
        resolve(found);
      };
      waiting.add(again);
      again();
    });
  const outcome: Post['outcome'] = (command) => until(() => told(command).find((one): one is Exclude<LookupOutcome, { kind: 'recorded' }> => one.kind !== 'recorded'));
  return {
    connector,
    gate: door,
    channel,
    seen,
    parked,
    async send(...commands) {
      for (const command of commands) await bus.send(LOOKUP_COMMANDS, command);
      return commands;
    },
    outcome,
    async code(command) {
      const come = await outcome(command);
      return come.kind === 'problem' ? come.problem.code : come.kind;
    },
    word: (command) => until(() => told(command).find(({ kind }) => kind === 'recorded')).then(() => undefined),
    told,
  };
}
