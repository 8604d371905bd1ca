import type { AdministerConnection, Channel, ConnectionAction, ConnectionAnswer, ConnectionTest } from '@geres/contracts';
import { romeDay } from '@geres/contracts';
import { fold, handle, Problem, whole, WrongVersion, type EventMeta, type EventStore } from '@geres/kernel';
import type { Clock, Installation } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import type { Custody } from '../../custody/index.js';
import { inUse } from '../certificates.domain.js';
import { connection, connectionStream, type Connection, type ConnectionCommand, type PresentConnection } from '../connection.domain.js';
import { failConnection } from '../connection.problems.js';
import { isWs, type SimulatorHosts } from '../endpoints.domain.js';
import { WRONG_VERSION } from './relay.js';

export type Told = ConnectionAnswer['data'];
type Done = Extract<Told, { readonly kind: 'done' }>;
type Action<K extends ConnectionAction['kind']> = Extract<ConnectionAction, { readonly kind: K }>;

export interface AdministrationPorts {
  readonly store: EventStore;
  readonly keys: Pick<KeyStores, 'connector'>;
  readonly custody: Custody;
  readonly installation: Pick<Installation, 'environment'>;
  readonly clock: Clock;
  readonly simulatorHosts?: SimulatorHosts;
  /** Tries a connection as it is configured; never throws for what is wrong with it. */
  readonly tryConnection: (comune: string, channel: Channel, state: Exclude<Connection, { status: 'absent' }>, command: AdministerConnection) => Promise<ConnectionTest>;
}

/** What the connector does with the acts of administration: it alone has the keys. */
export class Administration {
  /** The last act on each connection: what stores a key and records it is not done by two at once. */
  private readonly lines = new Map<string, Promise<unknown>>();

  constructor(private readonly ports: AdministrationPorts) {}

  /** Does it, once for each command id, and says what came of it. Rejects only when nothing could be decided: the command is to come again. */
  async act(command: AdministerConnection): Promise<Told> {
    const { comune, channel, action } = command.data;
    if (Date.parse(command.expiresAt) <= this.ports.clock().getTime()) return refused(failConnection('connettore-muto'));
    try {
      // A test waits for ANPR: nothing waits for it.
      return action.kind === 'test' || action.kind === 'tell-key' ? await this.work(command) : await this.inTurn(connectionStream(comune, channel), () => this.work(command));
    } catch (error) {
      if (error instanceof Problem) return refused(error);
      if (error instanceof WrongVersion) return { kind: 'refused', code: WRONG_VERSION, parameters: { expected: error.expected, actual: error.actual } };
      throw error;
    }
  }

  private inTurn<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.lines.get(stream) ?? Promise.resolve()).then(work, work);
    this.lines.set(stream, turn);
    const end = (): void => {
      if (this.lines.get(stream) === turn) this.lines.delete(stream);
    };
    turn.then(end, end);
    return turn;
  }

  private async work(command: AdministerConnection): Promise<Done> {
    const { action } = command.data;
    if (action.kind === 'tell-key') return { kind: 'done', publicKey: { ...(await this.ports.custody.publicKey()) } };
    const { state, already } = await this.seen(command);
    switch (action.kind) {
      case 'configure':
        return this.record(command, { type: 'configure', settings: action.settings, environment: this.ports.installation.environment, ...(this.ports.simulatorHosts ? { simulatorHosts: this.ports.simulatorHosts } : {}) });
      case 'assign-operator':
        return this.assign(command, action);
      case 'withdraw-operator':
        return this.record(command, { type: 'withdraw-operator', operator: action.operator, reason: action.reason });
      case 'install-key':
      case 'install-device':
      case 'install-issued':
      case 'request-certificate':
        return this.key(command, action, present(state, command));
      case 'retire-certificate':
        return this.retire(command, action, present(state, command), already);
      case 'activate': {
        const now = this.ports.clock();
        await this.checkKeys(command, state, now);
        return this.record(command, { type: 'activate', now: now.toISOString(), today: romeDay(now) });
      }
      case 'suspend':
        return this.record(command, { type: 'suspend', reason: action.reason });
      case 'test':
        return this.test(command, present(state, command), already);
      default:
        return action satisfies never;
    }
  }

  /** The connection, and whether this very command was done before. Nothing is done with a key for whoever has seen another version. */
  private async seen({ id, data: { comune, channel, expected } }: AdministerConnection): Promise<{ readonly state: Connection; readonly already: boolean }> {
    const stream = connectionStream(comune, channel);
    const { events, head } = await whole(this.ports.store.read(stream));
    const already = events.some(({ meta }) => meta.causationId === id);
    if (!already && expected !== undefined && expected !== head.version) throw new WrongVersion(stream, expected, head.version);
    return { state: fold(connection, events), already };
  }

  private async record({ id, data: { comune, channel, by, correlationId, expected } }: AdministerConnection, decision: DistributiveOmit<ConnectionCommand, 'comune' | 'channel'>): Promise<Done> {
    const { store, clock, installation } = this.ports;
    const meta: EventMeta = {
      actor: `user:${by.user}`,
      ...(by.application === undefined ? {} : { application: by.application }),
      ...(by.session === undefined ? {} : { session: by.session }),
      correlationId,
      causationId: id,
      recordedAt: clock().toISOString(),
      environment: installation.environment,
    };
    await handle(store, connection, connectionStream(comune, channel), { comune, channel, ...decision } as ConnectionCommand, meta, { expected });
    return { kind: 'done' };
  }

  private async assign(command: AdministerConnection, { operator, codiceFiscale, convention, from, to, informedAt, acceptedAt }: Action<'assign-operator'>): Promise<Done> {
    const box = await this.ports.keys.connector.box(`operator/${operator}`);
    return this.record(command, { type: 'assign-operator', operator, convention, codiceFiscale: box.seal(codiceFiscale, operator), from, to, informedAt, acceptedAt });
  }

  /** The key is in custody before its event says so; one whose event is refused is taken out again. */
  private async key(command: AdministerConnection, action: KeyAction, state: PresentConnection): Promise<Done> {
    const { comune, channel } = command.data;
    const { custody, clock } = this.ports;
    const of = { comune, channel };
    const { decision, ...told } = await this.kept(of, action, state);
    try {
      await this.record(command, decision.type === 'request-certificate' ? decision : { ...decision, now: clock().toISOString() });
      return { kind: 'done', ...told };
    } catch (error) {
      const known = [...state.certificates, ...state.requested].some(({ certificate }) => certificate === action.certificate);
      if (!known && (error instanceof Problem || error instanceof WrongVersion)) await custody.retire(of, action.certificate);
      throw error;
    }
  }

  private async kept(of: { readonly comune: string; readonly channel: Channel }, action: KeyAction, { requested, certificates }: PresentConnection): Promise<KeptKey> {
    const { custody } = this.ports;
    const { kind, ...asked } = action;
    switch (kind) {
      case 'install-key':
        return { decision: { type: 'install-certificate', installed: await custody.install(of, asked as Asked<'install-key'>) } };
      case 'install-device':
        return { decision: { type: 'install-certificate', installed: await custody.device(of, asked as Asked<'install-device'>) } };
      case 'install-issued': {
        const awaiting = [...requested, ...certificates].find(({ certificate }) => certificate === asked.certificate);
        if (!awaiting) throw failConnection('certificato-assente');
        return { decision: { type: 'install-certificate', installed: await custody.installIssued(of, awaiting, (asked as Asked<'install-issued'>).chain) } };
      }
      case 'request-certificate': {
        const made = await custody.request(of, asked as Asked<'request-certificate'>);
        if (made.kind === 'awaits') return { decision: { type: 'request-certificate', ...made.requested }, kid: made.requested.kid, request: made.request };
        return { decision: { type: 'install-certificate', installed: made.installed }, kid: made.installed.kid, publicKey: { ...made.publicKey } };
      }
      default:
        return kind satisfies never;
    }
  }

  /** The event first: a key that is destroyed is used no more by anybody. */
  private async retire(command: AdministerConnection, { certificate, reason }: Action<'retire-certificate'>, state: PresentConnection, already: boolean): Promise<Done> {
    const { comune, channel } = command.data;
    if (!already && ![...state.certificates, ...state.requested].some((one) => one.certificate === certificate)) throw failConnection('certificato-assente');
    await this.record(command, { type: 'retire-certificate', certificate, reason });
    await this.ports.custody.retire({ comune, channel }, certificate);
    return { kind: 'done' };
  }

  /** A key that events tell of may be away: that of a device, or one that a restore has not brought back. */
  private async checkKeys({ data: { comune, channel } }: AdministerConnection, state: Connection, now: Date): Promise<void> {
    if (state.status === 'absent') return;
    const { settings, certificates } = state;
    const kids = isWs(settings) ? [] : Object.values(settings.profiles).map(({ kid }) => kid);
    const signs = isWs(settings) ? (settings.security === 'none' ? undefined : inUse(certificates, 'firma', now)) : undefined;
    for (const one of signs ? [signs] : certificates.filter(({ kid }) => kids.includes(kid))) await this.ports.custody.usable({ comune, channel }, one);
  }

  private async test(command: AdministerConnection, state: PresentConnection, already: boolean): Promise<Done> {
    if (already) return { kind: 'done' };
    const { comune, channel } = command.data;
    const test = await this.ports.tryConnection(comune, channel, state, command);
    await this.record(command, { type: 'record-test', test });
    return { kind: 'done', test };
  }
}

type KeyAction = Action<'install-key' | 'install-device' | 'install-issued' | 'request-certificate'>;
type Asked<K extends ConnectionAction['kind']> = Omit<Action<K>, 'kind'>;

/** What is to be recorded of a key that is in custody, and what is told of it. */
type KeptKey = Pick<Done, 'kid' | 'request' | 'publicKey'> & { readonly decision: Omit<Extract<ConnectionCommand, { type: 'install-certificate' }>, 'comune' | 'channel' | 'now'> | Omit<Extract<ConnectionCommand, { type: 'request-certificate' }>, 'comune' | 'channel'> };
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function present(state: Connection, { data: { comune, channel } }: AdministerConnection): PresentConnection {
  if (state.status === 'absent') throw failConnection('connessione-assente', { comune, canale: channel });
  return state;
}

const refused = ({ code, params }: Problem): Told => ({ kind: 'refused', code, parameters: { ...params } });
