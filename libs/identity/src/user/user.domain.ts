import type { RoleAssignment, Sealed, Tag, UserEvent } from '@geres/contracts';
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
  readonly disabled: boolean;
  readonly disabledIn: readonly string[];
}

export type User = { readonly status: 'absent' } | EnrolledUser;

export type UserCommand = { readonly user: string } & (
  | { readonly type: 'enrol'; readonly details: Sealed; readonly loginTag: Tag }
  | { readonly type: 'change'; readonly details: Sealed; readonly loginTag: Tag }
  | { readonly type: 'assign-role'; readonly assignment: RoleAssignment }
  | { readonly type: 'remove-role'; readonly assignment: RoleAssignment }
  /** `of`: the profile as folded by the caller; absent when it does not exist or was withdrawn. */
  | { readonly type: 'assign-profile'; readonly profile: string; readonly comune: string; readonly ente: string; readonly of: { readonly comune: string; readonly ente: string } | undefined }
  | { readonly type: 'remove-profile'; readonly profile: string }
  | { readonly type: 'set-credentials'; readonly hash: Sealed; readonly mustChange: boolean }
  | { readonly type: 'lock'; readonly reason: string; readonly until?: string }
  | { readonly type: 'unlock' }
  | { readonly type: 'disable'; readonly reason: string; readonly comune?: string }
  | { readonly type: 'enable'; readonly comune?: string }
);

export const isLocked = (user: EnrolledUser, now: Date): boolean => user.locked !== undefined && (user.locked.until === undefined || user.locked.until > now.toISOString());

const sameRole = (a: RoleAssignment, b: RoleAssignment): boolean => a.role === b.role && a.comune === b.comune && a.ente === b.ente && a.application === b.application;

/** Problem `ruolo-non-coerente`: a role without its place, or with another's. */
export function checkShape({ role, comune, ente, application }: RoleAssignment): void {
  const place = `${comune === undefined ? '' : 'comune'}${ente === undefined ? '' : '+ente'}`;
  const expected = { GESTORE: '', TOP: 'comune', ADMIN: 'comune+ente', AUTORIZZATO: 'comune+ente' }[role];
  if (place !== expected || (application !== undefined && role !== 'AUTORIZZATO')) throw failUser('ruolo-non-coerente');
}

export const isAuthorised = (user: EnrolledUser, { comune, ente }: { readonly comune: string; readonly ente: string }): boolean =>
  user.roles.some((assignment) => assignment.role === 'AUTORIZZATO' && assignment.comune === comune && assignment.ente === ente);

function evolve(state: User, event: UserEvent): User {
  if (event.type === 'identity.user.enrolled') {
    const { details, loginTag } = event.data;
    return { status: 'enrolled', details, loginTag, roles: [], profiles: [], disabled: false, disabledIn: [] };
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
      const { comune } = event.data;
      return comune === undefined ? { ...state, disabled: true } : { ...state, disabledIn: [...state.disabledIn, comune] };
    }
    case 'identity.user.enabled': {
      const { comune } = event.data;
      return comune === undefined ? { ...state, disabled: false } : { ...state, disabledIn: state.disabledIn.filter((known) => known !== comune) };
    }
    default:
      return event satisfies never;
  }
}

function decide(command: UserCommand, state: User): readonly UserEvent[] {
  const { user } = command;
  if (command.type === 'enrol') {
    if (state.status !== 'absent') throw failUser('utente-gia-presente', { utente: user });
    return [{ type: 'identity.user.enrolled', v: 1, data: { user, details: command.details, loginTag: command.loginTag } }];
  }
  if (state.status === 'absent') throw failUser('utente-assente', { utente: user });
  switch (command.type) {
    case 'change':
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
      const { reason, comune } = command;
      if (comune === undefined ? state.disabled : state.disabledIn.includes(comune)) return [];
      return [{ type: 'identity.user.disabled', v: 1, data: { user, reason, ...(comune === undefined ? {} : { comune }) } }];
    }
    case 'enable': {
      const { comune } = command;
      if (comune === undefined ? !state.disabled : !state.disabledIn.includes(comune)) return [];
      return [{ type: 'identity.user.enabled', v: 1, data: { user, ...(comune === undefined ? {} : { comune }) } }];
    }
    default:
      return command satisfies never;
  }
}

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
