import { nextRomeMidnight, type Channel, type Mode, type RoleAssignment, type Service, type Territory } from '@geres/contracts';
import { assignedKey, connectionKey, type ConventionGrant, type Grants, type ProfileGrant } from '../grants/grants.js';
import { hasKeys, operatorOn, type AnprOperator, type Connection, type PresentConnection } from '../connection/connection.domain.js';
import { sectionsOf } from '../channel/services.js';
import type { Usage } from '../register/usage.domain.js';
import { civil } from './civil.domain.js';
import type { RefusalReason } from './lookup.problems.js';

/** What is asked and by whom, as far as the decision needs it. */
export interface Question {
  /** When the gateway was asked: quotas count its minute and day. */
  readonly askedAt: Date;
  readonly comune: string;
  readonly user: string;
  readonly ente: string;
  readonly application: string;
  readonly session: string;
  /** IP address of the caller. */
  readonly network: string;
  readonly service: Service;
  readonly mode: Mode;
  readonly purpose: string;
  readonly hasCase: boolean;
}

/** Who is who, now. The shape of `RightsState` of platform/auth that the decision uses. */
export interface Rights {
  readonly users: ReadonlyMap<string, { readonly enabled: boolean; readonly disabledIn: ReadonlySet<string>; readonly lockedUntil?: string | undefined; readonly roles: readonly RoleAssignment[] }>;
  readonly applications: ReadonlyMap<string, { readonly ente: string; readonly enabled: boolean }>;
  readonly sessions: ReadonlyMap<string, { readonly user: string; readonly application: string; readonly method: string; readonly expiresAt: string }>;
}

export interface Facts {
  readonly now: Date;
  readonly rights: Rights;
  readonly grants: Grants;
  /** Whether a civil day is a public holiday. */
  readonly isHoliday: (day: string) => boolean;
  /** Whether an IP address is in one of the CIDR blocks. */
  readonly inNetworks: (address: string, blocks: readonly string[]) => boolean;
}

/** A lookup that may be asked. */
export interface Admission {
  readonly convention: string;
  readonly profile: string;
  readonly channel: Channel;
  readonly sections: readonly string[];
  readonly territory: Territory;
  /** Over `ws`. */
  readonly anprOperator?: string;
  readonly limits: Limit;
}

/** A limit after this lookup, where it is the tightest or the one that was reached; `reset` in seconds. */
export interface Limit {
  readonly limit: number;
  readonly remaining: number;
  readonly reset: number;
}

export interface Refusal {
  readonly reason: RefusalReason;
  readonly convention?: string;
  /** Seconds, where better than the default of the problem is known. */
  readonly retryAfter?: number;
  readonly limits?: Limit;
}

export type Verdict = { readonly admitted: Admission } | { readonly refused: Refusal };

const refuse = (reason: RefusalReason, more: Omit<Refusal, 'reason'> = {}): { refused: Refusal } => ({ refused: { reason, ...more } });

/** Who asks, without what is asked. */
export type Asker = Pick<Question, 'comune' | 'user' | 'ente' | 'application' | 'session'>;

/** Session, user and application: checks 0 to 2 as far as they do not depend on a convention. `undefined` when they hold. */
export function standing(question: Asker, { now, rights }: Pick<Facts, 'now' | 'rights'>): RefusalReason | undefined {
  const session = rights.sessions.get(question.session);
  if (!session || session.user !== question.user || session.application !== question.application || Date.parse(session.expiresAt) <= now.getTime()) return 'sessione-chiusa';
  const user = rights.users.get(question.user);
  if (!user?.enabled || user.disabledIn.has(question.comune) || isLocked(user.lockedUntil, now)) return 'utente-non-abilitato';
  const operator = user.roles.some(({ role, comune, ente }) => role === 'AUTORIZZATO' && comune === question.comune && ente === question.ente);
  if (!operator) return 'utente-non-abilitato';
  const application = rights.applications.get(question.application);
  if (!application?.enabled || application.ente !== question.ente) return 'applicazione-non-abilitata';
  return undefined;
}

const isLocked = (until: string | undefined, now: Date): boolean => until !== undefined && (until === 'always' || Date.parse(until) > now.getTime());

interface Failed {
  readonly check: number;
  readonly reason: RefusalReason;
}

/** A profile of the user with its convention, and the first check that it fails. */
interface Candidate {
  readonly profile: ProfileGrant;
  readonly convention: ConventionGrant;
  readonly failed?: Failed;
}

/** Checks 1 to 6. Of several profiles the one that gets furthest speaks. */
function entitled(question: Question, facts: Facts): { readonly candidate: Candidate } | { readonly refused: Refusal } {
  const wrong = standing(question, facts);
  if (wrong) return refuse(wrong);
  const candidates = profilesOf(question, facts).map(([profile, convention]) => judged(question, facts, profile, convention));
  if (candidates.length === 0) return refuse('utente-non-abilitato');
  const best = candidates.reduce((a, b) => ((b.failed?.check ?? Infinity) > (a.failed?.check ?? Infinity) ? b : a));
  return best.failed ? refuse(best.failed.reason, { convention: best.convention.id }) : { candidate: best };
}

/** The profiles of the user, each with its convention. */
function profilesOf({ user, comune, ente }: Asker, { grants }: Pick<Facts, 'grants'>): readonly (readonly [ProfileGrant, ConventionGrant])[] {
  return (grants.assigned.get(assignedKey(user, comune, ente)) ?? []).flatMap((id) => {
    const profile = grants.profiles.get(id);
    const convention = profile && grants.conventions.get(profile.convention);
    return convention ? [[profile, convention] as const] : [];
  });
}

function judged(question: Question, facts: Facts, profile: ProfileGrant, convention: ConventionGrant): Candidate {
  const { now, isHoliday } = facts;
  const fail = (check: number, reason: RefusalReason): Candidate => ({ profile, convention, failed: { check, reason } });
  const { terms } = convention;
  const wrong = inForce(question, facts, convention);
  if (wrong) return { profile, convention, failed: wrong };
  const grantsService = (services: readonly { service: Service; modes: readonly Mode[] }[]): boolean =>
    services.some(({ service, modes }) => service === question.service && modes.includes(question.mode));
  const granted = terms.services.find(({ service }) => service === question.service);
  if (!granted || !grantsService(terms.services) || !grantsService(profile.terms.services)) return fail(4, 'servizio-non-autorizzato');
  if (!sectionsOf(granted.channel, question.service, question.mode)) return fail(4, 'servizio-non-autorizzato');
  const purpose = terms.purposes.find(({ code }) => code === question.purpose);
  if (!purpose || (profile.terms.purposes && !profile.terms.purposes.includes(purpose.code))) return fail(5, 'motivo-non-ammesso');
  if (purpose.caseRequired && !question.hasCase) return fail(5, 'pratica-mancante');
  if (!within(terms.hours, now, isHoliday)) return fail(6, 'fuori-orario');
  if (!fromNetwork(question, facts, convention)) return fail(6, 'rete-non-ammessa');
  return { profile, convention };
}

/** Checks 2 and 3, of a convention. */
function inForce(question: Asker, { now, rights, grants }: Facts, { applications, status, terms, recertifyBy }: ConventionGrant): Failed | undefined {
  const { day } = civil(now);
  if (!applications.has(question.application) || !mayVouch(question, rights, terms)) return { check: 2, reason: 'applicazione-non-abilitata' };
  const holds = status === 'approved' && !grants.suspendedComuni.has(question.comune) && terms.from <= day && day <= terms.to && day <= recertifyBy;
  return holds ? undefined : { check: 3, reason: 'convenzione-non-attiva' };
}

/**
 * A session that its application vouched for (`jwt-bearer`) counts where the convention lets applications vouch, and for an AUTORIZZATO bound to that application
 * there: a token obtained for one Comune opens no other. A session that GeRes itself has proven is not asked.
 */
export function mayVouch({ user, session, comune, ente, application }: Asker, { users, sessions }: Pick<Rights, 'users' | 'sessions'>, { jwtBearer }: Pick<ConventionGrant['terms'], 'jwtBearer'>): boolean {
  if (sessions.get(session)?.method !== 'jwt-bearer') return true;
  return jwtBearer && (users.get(user)?.roles.some((held) => held.role === 'AUTORIZZATO' && held.comune === comune && held.ente === ente && held.application === application) ?? false);
}

const fromNetwork = ({ network }: Pick<Question, 'network'>, { inNetworks }: Facts, { terms: { networks } }: ConventionGrant): boolean => networks.length === 0 || inNetworks(network, networks);

function within(hours: ConventionGrant['terms']['hours'], now: Date, isHoliday: (day: string) => boolean): boolean {
  const { day, clock, weekday } = civil(now);
  return hours.days.includes(weekday) && (hours.holidays || !isHoliday(day)) && hours.from <= clock && clock < hours.to;
}

interface Connected {
  readonly channel: Channel;
  readonly sections: readonly string[];
  readonly anprOperator?: string;
}

/** Check 8: an active connection with keys that hold and, over `ws`, an operator in office. */
function connected(question: Question, { now, grants }: Facts, { convention }: Candidate): Connected | undefined {
  const { channel } = convention.terms.services.find(({ service }) => service === question.service)!;
  const connection = grants.connections.get(connectionKey(question.comune, channel));
  const sections = sectionsOf(channel, question.service, question.mode);
  if (!sections || !isReady(connection, now)) return undefined;
  if (channel === 'pdnd') return { channel, sections };
  const operator = operatorOn(connection.operators, civil(now).day, convention.id);
  return operator && { channel, sections, anprOperator: operator.operator };
}

const isReady = (connection: Connection | undefined, now: Date): connection is PresentConnection => connection?.status === 'active' && hasKeys(connection, now);

/** Checks 0 to 8 of design §5 but freshness; freshness and room (9) belong to whoever holds the live views and the bulkhead. */
export function admit(question: Question, facts: Facts, usage: Usage): Verdict {
  const judgement = entitled(question, facts);
  if ('refused' in judgement) return judgement;
  const { convention, profile } = judgement.candidate;
  const limits = limitsOf(convention, question, usage, facts.now);
  const exceeded = limits.find(({ remaining }) => remaining < 0);
  if (exceeded) return refuse('quota-superata', { convention: convention.id, retryAfter: exceeded.reset, limits: { ...exceeded, remaining: 0 } });
  const connection = connected(question, facts, judgement.candidate);
  if (!connection) return refuse('connessione-non-attiva', { convention: convention.id });
  const tightest = limits.reduce((a, b) => (b.remaining / b.limit < a.remaining / a.limit ? b : a));
  return { admitted: { convention: convention.id, profile: profile.id, ...connection, territory: convention.terms.territory, limits: tightest } };
}

/** Whether the answer to an earlier question may be told to who asks now: checks 0 to 6, and neither quota nor connection. */
export function repeatable(question: Question, facts: Facts): RefusalReason | undefined {
  const judgement = entitled(question, facts);
  return 'refused' in judgement ? judgement.refused.reason : undefined;
}

/** Whether what came of a lookup may be told to who collects it later: what was asked was allowed then, and who asks, the convention and the network still are. */
export function collectable(question: Asker & Pick<Question, 'network'>, convention: string | undefined, facts: Facts): RefusalReason | undefined {
  const wrong = standing(question, facts);
  if (wrong || convention === undefined) return wrong;
  const held = profilesOf(question, facts).find(([, { id }]) => id === convention)?.[1];
  if (!held) return 'utente-non-abilitato';
  return inForce(question, facts, held)?.reason ?? (fromNetwork(question, facts, held) ? undefined : 'rete-non-ammessa');
}

/** What was recorded of an admission, and must still hold when the question leaves. */
export type Recorded = Pick<Admission, 'convention' | 'profile' | 'channel' | 'territory'> & { readonly anprOperator?: string | undefined };

/** Whether a lookup that was admitted may still leave as it was recorded: checks 0 to 6 and 8, not the quotas that it has taken already. */
export function stillAdmitted(question: Question, facts: Facts, { convention, profile, channel, territory, anprOperator }: Recorded): RefusalReason | undefined {
  const wrong = standing(question, facts);
  if (wrong) return wrong;
  const held = profilesOf(question, facts).find(([{ id }, of]) => id === profile && of.id === convention);
  if (!held) return 'utente-non-abilitato';
  const { failed } = judged(question, facts, ...held);
  if (failed) return failed.reason;
  const { terms } = held[1];
  const granted = terms.services.find(({ service }) => service === question.service)!;
  if (granted.channel !== channel || terms.territory !== territory) return 'servizio-non-autorizzato';
  const connection = facts.grants.connections.get(connectionKey(question.comune, channel));
  if (!isReady(connection, facts.now)) return 'connessione-non-attiva';
  const inOffice = channel === 'pdnd' || operatorOf(connection, { convention, anprOperator }, facts.now);
  return inOffice ? undefined : 'connessione-non-attiva';
}

/** The operator in whose name a lookup was admitted, while in office. */
export const operatorOf = ({ operators }: Exclude<Connection, { status: 'absent' }>, { convention, anprOperator }: Pick<Recorded, 'convention' | 'anprOperator'>, now: Date): AnprOperator | undefined =>
  operatorOn(operators.filter(({ operator }) => operator === anprOperator), civil(now).day, convention);

/** Every limit as it stands after one more lookup; negative `remaining`: it does not fit. */
function limitsOf({ id, terms: { quotas } }: ConventionGrant, { user, askedAt }: Question, usage: Usage, now: Date): readonly Limit[] {
  const minute = 60 - now.getUTCSeconds();
  const midnight = Math.ceil((nextRomeMidnight(now).getTime() - now.getTime()) / 1000);
  const left = (limit: number, used: number, reset: number): Limit => ({ limit, remaining: limit - used - 1, reset });
  return [
    left(quotas.userPerMinute, usage.userInMinute(user, askedAt.getTime()), minute),
    left(quotas.userPerDay, usage.userToday(user), midnight),
    left(quotas.conventionPerDay, usage.conventionToday(id), midnight),
    left(quotas.callsPerDay, usage.callsToday(id), midnight),
  ];
}
