import { romeClock, romeDay, nextRomeMidnight, type Channel, type Mode, type RoleAssignment, type Service, type Territory } from '@geres/contracts';
import { assignedKey, connectionKey, type ConventionGrant, type Grants, type ProfileGrant } from '../grants/grants.js';
import { operatorOn } from '../connection/connection.domain.js';
import { sectionsOf } from '../channel/services.js';
import type { Usage } from '../register/usage.domain.js';
import type { RefusalReason } from './lookup.problems.js';

/** What is asked and by whom, as far as the decision needs it. */
export interface Question {
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
  readonly sessions: ReadonlyMap<string, { readonly user: string; readonly application: string; readonly expiresAt: string }>;
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
  readonly anprOperator: string;
  readonly limits: Limit;
}

/** The tightest limit after this lookup; `reset` in seconds. */
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
}

export type Verdict = { readonly admitted: Admission } | { readonly refused: Refusal };

const refuse = (reason: RefusalReason, more: Omit<Refusal, 'reason'> = {}): { refused: Refusal } => ({ refused: { reason, ...more } });

/** Session, user and application: checks 0 to 2 as far as they do not depend on a convention. `undefined` when they hold. */
export function standing(question: Pick<Question, 'comune' | 'user' | 'ente' | 'application' | 'session'>, { now, rights }: Pick<Facts, 'now' | 'rights'>): RefusalReason | undefined {
  const session = rights.sessions.get(question.session);
  if (!session || session.user !== question.user || session.application !== question.application || session.expiresAt <= now.toISOString()) return 'sessione-chiusa';
  const user = rights.users.get(question.user);
  if (!user?.enabled || user.disabledIn.has(question.comune) || isLocked(user.lockedUntil, now)) return 'utente-non-abilitato';
  const operator = user.roles.some(({ role, comune, ente }) => role === 'AUTORIZZATO' && comune === question.comune && ente === question.ente);
  if (!operator) return 'utente-non-abilitato';
  const application = rights.applications.get(question.application);
  if (!application?.enabled || application.ente !== question.ente) return 'applicazione-non-abilitata';
  return undefined;
}

const isLocked = (until: string | undefined, now: Date): boolean => until !== undefined && (until === 'always' || until > now.toISOString());

/** A profile of the user with its convention, and the first check that it fails. */
interface Candidate {
  readonly profile: ProfileGrant;
  readonly convention: ConventionGrant;
  readonly failed?: { readonly check: number; readonly reason: RefusalReason; readonly retryAfter?: number };
}

/** Checks 1 to 6. Of several profiles the one that gets furthest speaks. */
function entitled(question: Question, facts: Facts): { readonly candidate: Candidate } | { readonly refused: Refusal } {
  const wrong = standing(question, facts);
  if (wrong) return refuse(wrong);
  const { grants } = facts;
  const profiles = (grants.assigned.get(assignedKey(question.user, question.comune, question.ente)) ?? []).flatMap((id) => grants.profiles.get(id) ?? []);
  const candidates = profiles.flatMap((profile): Candidate[] => {
    const convention = grants.conventions.get(profile.convention);
    return convention ? [judged(question, facts, profile, convention)] : [];
  });
  if (candidates.length === 0) return refuse('utente-non-abilitato');
  const best = candidates.reduce((a, b) => ((b.failed?.check ?? Infinity) > (a.failed?.check ?? Infinity) ? b : a));
  if (best.failed) {
    const { reason, retryAfter } = best.failed;
    return refuse(reason, { convention: best.convention.id, ...(retryAfter === undefined ? {} : { retryAfter }) });
  }
  return { candidate: best };
}

function judged(question: Question, { now, grants, isHoliday, inNetworks }: Facts, profile: ProfileGrant, convention: ConventionGrant): Candidate {
  const fail = (check: number, reason: RefusalReason): Candidate => ({ profile, convention, failed: { check, reason } });
  const { terms } = convention;
  const today = romeDay(now);
  if (!convention.applications.has(question.application)) return fail(2, 'applicazione-non-abilitata');
  if (grants.suspendedComuni.has(question.comune) || convention.status !== 'approved') return fail(3, 'convenzione-non-attiva');
  if (today < terms.from || today > terms.to || today > convention.recertifyBy) return fail(3, 'convenzione-non-attiva');
  const grantsService = (services: readonly { service: Service; modes: readonly Mode[] }[]): boolean =>
    services.some(({ service, modes }) => service === question.service && modes.includes(question.mode));
  const granted = terms.services.find(({ service }) => service === question.service);
  if (!granted || !grantsService(terms.services) || !grantsService(profile.terms.services)) return fail(4, 'servizio-non-autorizzato');
  if (!sectionsOf(granted.channel, question.service, question.mode)) return fail(4, 'servizio-non-autorizzato');
  const purpose = terms.purposes.find(({ code }) => code === question.purpose);
  if (!purpose || (profile.terms.purposes && !profile.terms.purposes.includes(purpose.code))) return fail(5, 'motivo-non-ammesso');
  if (purpose.caseRequired && !question.hasCase) return fail(5, 'pratica-mancante');
  if (!within(terms.hours, now, isHoliday)) return fail(6, 'fuori-orario');
  if (terms.networks.length > 0 && !inNetworks(question.network, terms.networks)) return fail(6, 'rete-non-ammessa');
  return { profile, convention };
}

function within(hours: ConventionGrant['terms']['hours'], now: Date, isHoliday: (day: string) => boolean): boolean {
  const day = romeDay(now);
  const weekday = new Date(`${day}T12:00:00Z`).getUTCDay() || 7;
  const clock = romeClock(now);
  return hours.days.includes(weekday) && (hours.holidays || !isHoliday(day)) && hours.from <= clock && clock < hours.to;
}

interface Connected {
  readonly channel: Channel;
  readonly sections: readonly string[];
  readonly anprOperator: string;
}

/** Check 8: an active connection with an operator in office. */
function connected(question: Question, { now, grants }: Facts, { convention }: Candidate): Connected | undefined {
  const { channel } = convention.terms.services.find(({ service }) => service === question.service)!;
  const connection = grants.connections.get(connectionKey(question.comune, channel));
  const operator = connection?.status === 'active' ? operatorOn(connection.operators, romeDay(now)) : undefined;
  const sections = sectionsOf(channel, question.service, question.mode);
  return operator && sections && { channel, sections, anprOperator: operator.operator };
}

/** Checks 0 to 8 of design §5 but freshness; freshness and room (9) belong to whoever holds the live views and the bulkhead. */
export function admit(question: Question, facts: Facts, usage: Usage): Verdict {
  const judgement = entitled(question, facts);
  if ('refused' in judgement) return judgement;
  const { convention, profile } = judgement.candidate;
  const limits = limitsOf(convention, question.user, usage, facts.now);
  const exceeded = limits.find(({ remaining }) => remaining < 0);
  if (exceeded) return refuse('quota-superata', { convention: convention.id, retryAfter: exceeded.reset });
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

/** Whether a lookup that was admitted may still leave: checks 0 to 6 and 8, not the quotas that it has taken already. */
export function stillAdmitted(question: Question, facts: Facts): RefusalReason | undefined {
  const judgement = entitled(question, facts);
  if ('refused' in judgement) return judgement.refused.reason;
  return connected(question, facts, judgement.candidate) ? undefined : 'connessione-non-attiva';
}

/** Every limit as it stands after one more lookup; negative `remaining`: it does not fit. */
function limitsOf({ id, terms: { quotas } }: ConventionGrant, user: string, usage: Usage, now: Date): readonly Limit[] {
  const minute = 60 - now.getUTCSeconds();
  const midnight = Math.ceil((nextRomeMidnight(now).getTime() - now.getTime()) / 1000);
  const left = (limit: number, used: number, reset: number): Limit => ({ limit, remaining: limit - used - 1, reset });
  return [
    left(quotas.userPerMinute, usage.userInMinute(user, now), minute),
    left(quotas.userPerDay, usage.userToday(user), midnight),
    left(quotas.conventionPerDay, usage.conventionToday(id), midnight),
    left(quotas.callsPerDay, usage.callsToday(id), midnight),
  ];
}
