import type { Role, RoleAssignment, Sealed, Tag, UserEvent } from '@geres/contracts';
import type { Decider } from '@geres/kernel';
import { failUser } from './user.problems.js';

export interface AssignedProfile {
  readonly profile: string;
  readonly comune: string;
  readonly ente: string;
}

export interface EnrolledUser {
  readonly status: 'enrolled';
  readonly details: Sealed;
  readonly loginTag: Tag;
  readonly roles: readonly RoleAssignment[];
  readonly profiles: readonly AssignedProfile[];
  readonly credentials?: { readonly hash: Sealed; readonly mustChange: boolean };
  /** `until` absent: until unlocked. */
  readonly locked?: { readonly until?: string };
  /** Who stopped it everywhere. */
  readonly disabled?: { readonly by: Role };
  /** Comuni that stopped it for themselves. */
  readonly disabledIn: readonly { readonly comune: string; readonly by: Role }[];
}

/** How it is with a user that is enrolled with all that it needs, in one append: nobody is ever left without a role to be found by. */
export interface FirstStanding {
  readonly assignment?: RoleAssignment;
  readonly credentials?: { readonly hash: Sealed; readonly mustChange: boolean };
}

export type User = { readonly status: 'absent' } | EnrolledUser;

export type UserCommand = { readonly user: string } & (
  | ({ readonly type: 'enrol'; readonly details: Sealed; readonly loginTag: Tag } & FirstStanding)
  /** `sameAs`: details that the caller opened and found equal to the new ones. Sealed text cannot be compared here. */
  | { readonly type: 'change'; readonly details: Sealed; readonly loginTag: Tag; readonly sameAs?: Sealed }
  | { readonly type: 'assign-role'; readonly assignment: RoleAssignment }
  | { readonly type: 'remove-role'; readonly assignment: RoleAssignment }
  /** `of`: the profile as folded by the caller; absent when it does not exist or was withdrawn. */
  | { readonly type: 'assign-profile'; readonly profile: string; readonly comune: string; readonly ente: string; readonly of: { readonly comune: string; readonly ente: string } | undefined }
  | { readonly type: 'remove-profile'; readonly profile: string }
  | { readonly type: 'set-credentials'; readonly hash: Sealed; readonly mustChange: boolean }
  | { readonly type: 'lock'; readonly reason: string; readonly until?: string }
  | { readonly type: 'unlock' }
  | { readonly type: 'disable'; readonly reason: string; readonly by: Role; readonly comune?: string }
  | { readonly type: 'enable'; readonly by: Role; readonly comune?: string }
);

export const isLocked = (user: EnrolledUser, now: Date): boolean => user.locked !== undefined && (user.locked.until === undefined || user.locked.until > now.toISOString());

const sameRole = (a: RoleAssignment, b: RoleAssignment): boolean => a.role === b.role && a.comune === b.comune && a.ente === b.ente && a.application === b.application;

/** Problem `ruolo-non-coerente`: a role without its place, or with another's. */
export function checkShape({ role, comune, ente, application }: RoleAssignment): void {
  const place = `${comune === undefined ? '' : 'comune'}${ente === undefined ? '' : '+ente'}`;
  const expected = { GESTORE: '', TOP: 'comune', ADMIN: 'comune+ente', AUTORIZZATO: 'comune+ente' }[role];
  if (place !== expected || (application !== undefined && role !== 'AUTORIZZATO')) throw failUser('ruolo-non-coerente');
}

export const isDisabledIn = ({ disabled, disabledIn }: EnrolledUser, comune: string): boolean => disabled !== undefined || disabledIn.some((stop) => stop.comune === comune);

const RANK: Readonly<Record<Role, number>> = { GESTORE: 3, TOP: 2, ADMIN: 1, AUTORIZZATO: 0 };

export const isAuthorised = (user: EnrolledUser, { comune, ente }: { readonly comune: string; readonly ente: string }): boolean =>
  user.roles.some((assignment) => assignment.role === 'AUTORIZZATO' && assignment.comune === comune && assignment.ente === ente);

function evolve(state: User, event: UserEvent): User {
  if (event.type === 'identity.user.enrolled') {
    const { details, loginTag } = event.data;
    return { status: 'enrolled', details, loginTag, roles: [], profiles: [], disabledIn: [] };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'identity.user.changed':
      return { ...state, details: event.data.details, loginTag: event.data.loginTag };
    case 'identity.user.role-assigned':
      return { ...state, roles: [...state.roles, event.data.assignment] };
    case 'identity.user.role-removed':
      return { ...state, roles: state.roles.filter((known) => !sameRole(known, event.data.assignment)) };
    case 'identity.user.profile-assigned': {
      const { profile, comune, ente } = event.data;
      return { ...state, profiles: [...state.profiles, { profile, comune, ente }] };
    }
    case 'identity.user.profile-removed':
      return { ...state, profiles: state.profiles.filter(({ profile }) => profile !== event.data.profile) };
    case 'identity.user.credentials-set':
      return { ...state, credentials: { hash: event.data.hash, mustChange: event.data.mustChange } };
    case 'identity.user.second-factor-enrolled':
      return state;
    case 'identity.user.locked':
      return { ...state, locked: event.data.until === undefined ? {} : { until: event.data.until } };
    case 'identity.user.unlocked': {
      const { locked: _, ...unlocked } = state;
      return unlocked;
    }
    case 'identity.user.disabled': {
      const { comune, by } = event.data;
      if (comune === undefined) return { ...state, disabled: { by } };
      return { ...state, disabledIn: [...state.disabledIn.filter((stop) => stop.comune !== comune), { comune, by }] };
    }
    case 'identity.user.enabled': {
      const { comune } = event.data;
      if (comune !== undefined) return { ...state, disabledIn: state.disabledIn.filter((stop) => stop.comune !== comune) };
      const { disabled: _, ...enabled } = state;
      return enabled;
    }
    default:
      return event satisfies never;
  }
}

function decide(command: UserCommand, state: User): readonly UserEvent[] {
  const { user } = command;
  if (command.type === 'enrol') {
    if (state.status !== 'absent') throw failUser('utente-gia-presente', { utente: user });
    return enrol(command);
  }
  if (state.status === 'absent') throw failUser('utente-assente', { utente: user });
  switch (command.type) {
    case 'change':
      if (command.sameAs !== undefined && command.sameAs === state.details) return [];
      return [{ type: 'identity.user.changed', v: 1, data: { user, details: command.details, loginTag: command.loginTag } }];
    case 'assign-role':
      checkShape(command.assignment);
      if (state.roles.some((known) => sameRole(known, command.assignment))) return [];
      return [{ type: 'identity.user.role-assigned', v: 1, data: { user, assignment: command.assignment } }];
    case 'remove-role':
      return removeRole(user, state, command.assignment);
    case 'assign-profile': {
      const { profile, comune, ente, of } = command;
      if (!of) throw failUser('profilo-non-assegnabile');
      if (of.comune !== comune || of.ente !== ente) throw failUser('profilo-di-altro-ente');
      if (!isAuthorised(state, { comune, ente })) throw failUser('non-autorizzato-per-ente');
      if (state.profiles.some((known) => known.profile === profile)) return [];
      return [{ type: 'identity.user.profile-assigned', v: 1, data: { user, profile, comune, ente } }];
    }
    case 'remove-profile': {
      const assigned = state.profiles.find(({ profile }) => profile === command.profile);
      return assigned ? [{ type: 'identity.user.profile-removed', v: 1, data: { user, ...assigned } }] : [];
    }
    case 'set-credentials':
      return [{ type: 'identity.user.credentials-set', v: 1, data: { user, hash: command.hash, mustChange: command.mustChange } }];
    case 'lock': {
      const { reason, until } = command;
      // A lock by an administrator, without end, is never shortened by one that counts failures.
      if (state.locked && (state.locked.until === undefined || state.locked.until === until)) return [];
      return [{ type: 'identity.user.locked', v: 1, data: { user, reason, ...(until === undefined ? {} : { until }) } }];
    }
    case 'unlock':
      return state.locked ? [{ type: 'identity.user.unlocked', v: 1, data: { user } }] : [];
    case 'disable': {
      const { reason, by, comune } = command;
      const stop = stopOf(state, comune);
      // A stop by somebody above takes the place of one from below, never the other way round.
      if (stop && RANK[by] <= RANK[stop.by]) return [];
      return [{ type: 'identity.user.disabled', v: 1, data: { user, reason, by, ...(comune === undefined ? {} : { comune }) } }];
    }
    case 'enable': {
      const { by, comune } = command;
      const stop = stopOf(state, comune);
      if (!stop) return [];
      if (RANK[by] < RANK[stop.by]) throw failUser('disabilitato-da-altri', { ruolo: stop.by });
      return [{ type: 'identity.user.enabled', v: 1, data: { user, ...(comune === undefined ? {} : { comune }) } }];
    }
    default:
      return command satisfies never;
  }
}

function enrol({ user, details, loginTag, assignment, credentials }: Extract<UserCommand, { type: 'enrol' }>): readonly UserEvent[] {
  if (assignment) checkShape(assignment);
  return [
    { type: 'identity.user.enrolled', v: 1, data: { user, details, loginTag } },
    ...(assignment ? [{ type: 'identity.user.role-assigned' as const, v: 1 as const, data: { user, assignment } }] : []),
    ...(credentials ? [{ type: 'identity.user.credentials-set' as const, v: 1 as const, data: { user, ...credentials } }] : []),
  ];
}

const stopOf = ({ disabled, disabledIn }: EnrolledUser, comune: string | undefined): { readonly by: Role } | undefined =>
  comune === undefined ? disabled : disabledIn.find((stop) => stop.comune === comune);

/** With the last role of an AUTORIZZATO for an Ente and Comune go the profiles given there. */
function removeRole(user: string, state: EnrolledUser, assignment: RoleAssignment): readonly UserEvent[] {
  if (!state.roles.some((known) => sameRole(known, assignment))) throw failUser('ruolo-assente');
  const { comune, ente } = assignment;
  const left = state.roles.filter((known) => !sameRole(known, assignment));
  const orphans =
    assignment.role === 'AUTORIZZATO' && !left.some((known) => known.role === 'AUTORIZZATO' && known.comune === comune && known.ente === ente)
      ? state.profiles.filter((known) => known.comune === comune && known.ente === ente)
      : [];
  return [
    ...orphans.map((profile) => ({ type: 'identity.user.profile-removed' as const, v: 1 as const, data: { user, ...profile } })),
    { type: 'identity.user.role-removed', v: 1, data: { user, assignment } },
  ];
}

export const user: Decider<User, UserCommand, UserEvent> = { initial: { status: 'absent' }, evolve, decide };
export const userStream = (id: string): string => `user-${id}`;
