import type { Channel, ConnectionEvent, ConnectionSettings, Sealed } from '@geres/contracts';
import type { Decider, Environment } from '@geres/kernel';
import { failConnection } from './connection.problems.js';

/** The registry operator in whose name ANPR is asked. */
export interface AnprOperator {
  readonly operator: string;
  readonly codiceFiscale: Sealed;
  readonly from: string;
  readonly to?: string | undefined;
}

export type Connection =
  | { readonly status: 'absent' }
  | { readonly status: 'configured' | 'active' | 'suspended'; readonly settings: ConnectionSettings; readonly operators: readonly AnprOperator[] };

interface Of {
  readonly comune: string;
  readonly channel: Channel;
}

export type ConnectionCommand = Of &
  (
    | { readonly type: 'configure'; readonly settings: ConnectionSettings; readonly environment: Environment }
    | { readonly type: 'assign-operator'; readonly operator: string; readonly codiceFiscale: Sealed; readonly from: string; readonly to?: string; readonly acceptedAt: string }
    | { readonly type: 'withdraw-operator'; readonly operator: string; readonly reason: string }
    | { readonly type: 'activate'; readonly today: string }
    | { readonly type: 'suspend'; readonly reason: string }
  );

/** The operator in office on a civil day: the one assigned last, if several are. */
export const operatorOn = (operators: readonly AnprOperator[], day: string): AnprOperator | undefined =>
  operators.findLast(({ from, to }) => from <= day && (to === undefined || day <= to));

/** Hosts of ANPR's own environments (soap.md §1.1: production and test for Comuni). */
const HOSTS: Record<Environment, string> = { produzione: 'ws.anpr.interno.it', test: 'wstest.anpr.interno.it' };
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function checkEndpoint({ endpoint, security }: ConnectionSettings, environment: Environment): void {
  const url = URL.parse(endpoint);
  // Settings are in clear in the archive: an address is no place for credentials.
  if (!url || url.username !== '' || url.password !== '') throw failConnection('endpoint-non-ammesso');
  const { hostname, protocol } = url;
  const simulator = environment === 'test' && LOOPBACK.test(hostname) && /^https?:$/.test(protocol);
  if (!simulator && (hostname !== HOSTS[environment] || protocol !== 'https:')) throw failConnection('endpoint-non-ammesso');
  if (security === 'none' && !simulator) throw failConnection('sicurezza-assente');
}

const without = (operators: readonly AnprOperator[], gone: string): readonly AnprOperator[] => operators.filter(({ operator }) => operator !== gone);

function evolve(state: Connection, event: ConnectionEvent): Connection {
  if (event.type === 'anpr.connection.configured') {
    return state.status === 'absent' ? { status: 'configured', settings: event.data.settings, operators: [] } : { ...state, settings: event.data.settings };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'anpr.connection.operator-assigned': {
      const { operator, codiceFiscale, from, to } = event.data;
      return { ...state, operators: [...without(state.operators, operator), { operator, codiceFiscale, from, ...(to === undefined ? {} : { to }) }] };
    }
    case 'anpr.connection.operator-withdrawn':
      return { ...state, operators: without(state.operators, event.data.operator) };
    case 'anpr.connection.activated':
      return { ...state, status: 'active' };
    case 'anpr.connection.suspended':
      return { ...state, status: 'suspended' };
    default:
      return event satisfies never;
  }
}

function decide(command: ConnectionCommand, state: Connection): readonly ConnectionEvent[] {
  const { comune, channel } = command;
  const of = { comune, channel };
  if (command.type === 'configure') {
    checkEndpoint(command.settings, command.environment);
    if (state.status !== 'absent' && same(state.settings, command.settings)) return [];
    return [{ type: 'anpr.connection.configured', v: 1, data: { ...of, settings: command.settings } }];
  }
  if (state.status === 'absent') throw failConnection('connessione-assente', { comune, canale: channel });
  switch (command.type) {
    case 'assign-operator': {
      const { operator, codiceFiscale, from, to, acceptedAt } = command;
      if (to !== undefined && to < from) throw failConnection('incarico-non-valido');
      // Assigned again for other days, the operator is in office on those.
      if (state.operators.some((known) => known.operator === operator && known.from === from && known.to === to)) return [];
      return [{ type: 'anpr.connection.operator-assigned', v: 1, data: { ...of, operator, codiceFiscale, from, ...(to === undefined ? {} : { to }), acceptedAt } }];
    }
    case 'withdraw-operator':
      if (!state.operators.some(({ operator }) => operator === command.operator)) return [];
      return [{ type: 'anpr.connection.operator-withdrawn', v: 1, data: { ...of, operator: command.operator, reason: command.reason } }];
    case 'activate':
      if (state.status === 'active') return [];
      if (channel === 'ws' && !operatorOn(state.operators, command.today)) throw failConnection('operatore-assente', { comune });
      return [{ type: 'anpr.connection.activated', v: 1, data: of }];
    case 'suspend':
      if (state.status === 'suspended') return [];
      return [{ type: 'anpr.connection.suspended', v: 1, data: { ...of, reason: command.reason } }];
    default:
      return command satisfies never;
  }
}

const same = (a: ConnectionSettings, b: ConnectionSettings): boolean => (Object.keys(a) as (keyof ConnectionSettings)[]).every((key) => a[key] === b[key]);

export const connection: Decider<Connection, ConnectionCommand, ConnectionEvent> = { initial: { status: 'absent' }, evolve, decide };
