import type { CertificateUse, Channel, ConnectionEvent, ConnectionSettings, ConnectionTest, InstalledCertificate, Sealed } from '@geres/contracts';
import { canonical, type Decider, type Environment } from '@geres/kernel';
import { inUse, isSucceeded, warningDue, type UsableCertificate } from './certificates.domain.js';
import { failConnection } from './connection.problems.js';
import { checkSettings, isWs, type SimulatorHosts } from './endpoints.domain.js';

/** The registry operator in whose name ANPR is asked. */
export interface AnprOperator {
  readonly operator: string;
  /** In whose lookups alone. */
  readonly convention?: string | undefined;
  readonly codiceFiscale: Sealed;
  readonly from: string;
  readonly to?: string | undefined;
}

/** A key that was made inside the connector and waits for its certificate. */
export interface RequestedCertificate {
  readonly certificate: string;
  readonly use: CertificateUse;
  readonly kid: string;
  readonly responsible: string;
}

export type Connection =
  | { readonly status: 'absent' }
  | {
      readonly status: 'configured' | 'active' | 'suspended';
      readonly settings: ConnectionSettings;
      readonly operators: readonly AnprOperator[];
      readonly certificates: readonly UsableCertificate[];
      readonly requested: readonly RequestedCertificate[];
    };
export type PresentConnection = Exclude<Connection, { status: 'absent' }>;

interface Of {
  readonly comune: string;
  readonly channel: Channel;
}

export type ConnectionCommand = Of &
  (
    | { readonly type: 'configure'; readonly settings: ConnectionSettings; readonly environment: Environment; readonly simulatorHosts?: SimulatorHosts }
    | { readonly type: 'assign-operator'; readonly operator: string; readonly convention?: string | undefined; readonly codiceFiscale: Sealed; readonly from: string; readonly to?: string | undefined; readonly informedAt: string; readonly acceptedAt: string }
    | { readonly type: 'withdraw-operator'; readonly operator: string; readonly reason: string }
    | ({ readonly type: 'request-certificate' } & RequestedCertificate)
    | { readonly type: 'install-certificate'; readonly installed: InstalledCertificate; readonly now: string }
    | { readonly type: 'warn-of-expiry'; readonly certificate: string; readonly now: string }
    | { readonly type: 'retire-certificate'; readonly certificate: string; readonly reason: string }
    | { readonly type: 'activate'; readonly now: string; readonly today: string }
    | { readonly type: 'suspend'; readonly reason: string }
    | { readonly type: 'record-test'; readonly test: ConnectionTest }
  );

export const connectionStream = (comune: string, channel: Channel): string => `connection-${comune}-${channel}`;

const isInOffice = ({ from, to }: AnprOperator, day: string): boolean => from <= day && (to === undefined || day <= to);

/** The operator in office on a civil day for the lookups of a convention: its own, else that of the connection; the one assigned last, if several are. */
export function operatorOn(operators: readonly AnprOperator[], day: string, convention?: string): AnprOperator | undefined {
  const inOffice = operators.filter((one) => isInOffice(one, day));
  const own = convention === undefined ? undefined : inOffice.findLast((one) => one.convention === convention);
  return own ?? inOffice.findLast((one) => one.convention === undefined);
}

const USES: Readonly<Record<Channel, readonly CertificateUse[]>> = { ws: ['firma', 'postazione', 'tls'], pdnd: ['client'] };

/** Whether the keys are there without which nothing can be asked: `ws` with message security signs, `pdnd` signs for each of its profiles. */
export function hasKeys({ settings, certificates }: Pick<PresentConnection, 'settings' | 'certificates'>, now: Date): boolean {
  if (isWs(settings)) return settings.security === 'none' || inUse(certificates, 'firma', now) !== undefined;
  const profiles = Object.values(settings.profiles);
  return profiles.length > 0 && profiles.every(({ kid }) => certificates.some((one) => one.kid === kid));
}

function evolve(state: Connection, event: ConnectionEvent): Connection {
  if (event.type === 'anpr.connection.configured') {
    const { settings } = event.data;
    return state.status === 'absent' ? { status: 'configured', settings, operators: [], certificates: [], requested: [] } : { ...state, settings };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'anpr.connection.operator-assigned': {
      const { operator, convention, codiceFiscale, from, to } = event.data;
      const others = state.operators.filter((known) => known.operator !== operator || known.convention !== convention);
      return { ...state, operators: [...others, { operator, ...(convention === undefined ? {} : { convention }), codiceFiscale, from, ...(to === undefined ? {} : { to }) }] };
    }
    case 'anpr.connection.operator-withdrawn':
      return { ...state, operators: state.operators.filter(({ operator }) => operator !== event.data.operator) };
    case 'anpr.connection.certificate-requested': {
      const { certificate, use, kid, responsible } = event.data;
      return { ...state, requested: [...state.requested, { certificate, use, kid, responsible }] };
    }
    case 'anpr.connection.certificate-installed': {
      const { comune: _, channel: __, ...installed } = event.data;
      const other = ({ certificate }: { readonly certificate: string }): boolean => certificate !== installed.certificate;
      return { ...state, requested: state.requested.filter(other), certificates: [...state.certificates.filter(other), installed] };
    }
    case 'anpr.connection.certificate-expiring': {
      const { certificate, days } = event.data;
      return { ...state, certificates: state.certificates.map((one) => (one.certificate === certificate ? { ...one, warned: days } : one)) };
    }
    case 'anpr.connection.certificate-retired': {
      const others = <T extends { readonly certificate: string }>(all: readonly T[]): readonly T[] => all.filter(({ certificate }) => certificate !== event.data.certificate);
      return { ...state, requested: others(state.requested), certificates: others(state.certificates) };
    }
    case 'anpr.connection.activated':
      return { ...state, status: 'active' };
    case 'anpr.connection.suspended':
      return { ...state, status: 'suspended' };
    case 'anpr.connection.tested':
      return state;
    default:
      return event satisfies never;
  }
}

function decide(command: ConnectionCommand, state: Connection): readonly ConnectionEvent[] {
  const { comune, channel } = command;
  const of = { comune, channel };
  if (command.type === 'configure') {
    const { settings, environment, simulatorHosts } = command;
    if (isWs(settings) !== (channel === 'ws')) throw failConnection('impostazioni-di-un-altro-canale', { canale: channel });
    checkSettings(settings, environment, simulatorHosts);
    if (state.status !== 'absent' && canonical(state.settings) === canonical(settings)) return [];
    return [{ type: 'anpr.connection.configured', v: 1, data: { ...of, settings } }];
  }
  if (state.status === 'absent') throw failConnection('connessione-assente', { comune, canale: channel });
  switch (command.type) {
    case 'assign-operator': {
      const { operator, convention, codiceFiscale, from, to, informedAt, acceptedAt } = command;
      if (channel !== 'ws') throw failConnection('operatore-senza-ws');
      if (to !== undefined && to < from) throw failConnection('incarico-non-valido');
      if (acceptedAt < informedAt) throw failConnection('accettazione-non-valida');
      // Assigned again for other days, the operator is in office on those.
      if (state.operators.some((known) => known.operator === operator && known.convention === convention && known.from === from && known.to === to)) return [];
      return [{ type: 'anpr.connection.operator-assigned', v: 1, data: { ...of, operator, ...(convention === undefined ? {} : { convention }), codiceFiscale, from, ...(to === undefined ? {} : { to }), informedAt, acceptedAt } }];
    }
    case 'withdraw-operator':
      if (!state.operators.some(({ operator }) => operator === command.operator)) return [];
      return [{ type: 'anpr.connection.operator-withdrawn', v: 1, data: { ...of, operator: command.operator, reason: command.reason } }];
    case 'request-certificate': {
      const { certificate, use, kid, responsible } = command;
      if (!USES[channel].includes(use)) throw failConnection('uso-non-ammesso', { uso: use, canale: channel });
      if ([...state.requested, ...state.certificates].some((known) => known.certificate === certificate)) return [];
      return [{ type: 'anpr.connection.certificate-requested', v: 1, data: { ...of, certificate, use, kid, responsible } }];
    }
    case 'install-certificate':
      return installed(command, state);
    case 'warn-of-expiry': {
      const found = state.certificates.find(({ certificate }) => certificate === command.certificate);
      const days = found && !isSucceeded(found, state.certificates) ? warningDue(found, new Date(command.now)) : undefined;
      return days === undefined ? [] : [{ type: 'anpr.connection.certificate-expiring', v: 1, data: { ...of, certificate: command.certificate, days, notAfter: found!.x509!.notAfter } }];
    }
    case 'retire-certificate': {
      const { certificate, reason } = command;
      if (![...state.certificates, ...state.requested].some((known) => known.certificate === certificate)) return [];
      return [{ type: 'anpr.connection.certificate-retired', v: 1, data: { ...of, certificate, reason } }];
    }
    case 'activate':
      if (state.status === 'active') return [];
      // One who is named for a convention alone will do: without another, the lookups of the others are refused.
      if (channel === 'ws' && !state.operators.some((one) => isInOffice(one, command.today))) throw failConnection('operatore-assente', { comune });
      if (!hasKeys(state, new Date(command.now))) throw failConnection('chiavi-assenti', { canale: channel });
      return [{ type: 'anpr.connection.activated', v: 1, data: of }];
    case 'suspend':
      if (state.status === 'suspended') return [];
      return [{ type: 'anpr.connection.suspended', v: 1, data: { ...of, reason: command.reason } }];
    case 'record-test': {
      const { succeeded, step, detail, elapsedMs } = command.test;
      return [{ type: 'anpr.connection.tested', v: 1, data: { ...of, succeeded, ...(step === undefined ? {} : { step }), ...(detail === undefined ? {} : { detail }), elapsedMs } }];
    }
    default:
      return command satisfies never;
  }
}

function installed({ comune, channel, installed, now }: Extract<ConnectionCommand, { type: 'install-certificate' }>, { certificates, requested }: PresentConnection): readonly ConnectionEvent[] {
  const { certificate, use, kid, x509 } = installed;
  if (!USES[channel].includes(use)) throw failConnection('uso-non-ammesso', { uso: use, canale: channel });
  if (certificates.some((known) => known.certificate === certificate)) return [];
  if (requested.some((awaited) => awaited.certificate === certificate && (awaited.kid !== kid || awaited.use !== use))) throw failConnection('certificato-di-un-altra-chiave');
  if (use !== 'client' && !x509) throw failConnection('certificato-mancante');
  if (x509 && Date.parse(x509.notAfter) <= Date.parse(now)) throw failConnection('certificato-scaduto');
  if (certificates.some((known) => known.use === use && (x509 ? known.x509?.thumbprint === x509.thumbprint : known.kid === kid))) throw failConnection('certificato-gia-presente');
  return [{ type: 'anpr.connection.certificate-installed', v: 1, data: { comune, channel, ...installed } }];
}

export const connection: Decider<Connection, ConnectionCommand, ConnectionEvent> = { initial: { status: 'absent' }, evolve, decide };
