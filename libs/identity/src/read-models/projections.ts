import {
  applicationEvents,
  comuneEvents,
  conventionEvents,
  enteEvents,
  known,
  profileEvents,
  sessionEvents,
  userEvents,
  type EventContract,
  type RoleAssignment,
  type UserEvent,
} from '@geres/contracts';
import type { CollectionSpec, Decider, DomainEvent, Folded, Projection, Row } from '@geres/kernel';
import { application, type RegisteredApplication } from '../application/application.domain.js';
import { comune, type Comune } from '../comune/comune.domain.js';
import { convention, type OpenConvention } from '../convention/convention.domain.js';
import { ente, type Ente } from '../ente/ente.domain.js';
import { profile, type Profile } from '../profile/profile.domain.js';
import { session, type OpenedSession } from '../session/session.domain.js';
import { user, type EnrolledUser } from '../user/user.domain.js';

/** A projection with the collection that keeps it. Rows hold what the aggregate's own fold holds: personal data stay sealed, as in the events. */
export interface ReadModel<T extends Row> {
  readonly projection: Projection<T, DomainEvent>;
  readonly indexes: NonNullable<CollectionSpec<Folded<T>>['indexes']>;
}

/** One row a stream: the state that the aggregate folds, while it is one of those that `keep` lets through. */
function stateOf<S extends { readonly status: string }, C, E extends DomainEvent, T extends Row>(
  name: string,
  prefix: string,
  contracts: readonly EventContract[],
  decider: Decider<S, C, E>,
  keep: (state: S) => T | undefined,
  indexes: readonly (readonly (keyof T & string)[])[],
  version = 1,
): ReadModel<T> {
  return {
    projection: {
      name,
      version,
      prefixes: [prefix],
      idsOf: ({ stream }) => [stream.slice(prefix.length)],
      apply: (row, event) => keep(decider.evolve((row as S | undefined) ?? decider.initial, known(contracts, event) as unknown as E)),
    },
    indexes: indexes as ReadModel<T>['indexes'],
  };
}

export type ComuneRow = Exclude<Comune, { status: 'absent' }>;
export type EnteRow = Exclude<Ente, { status: 'absent' }>;
export type ConventionRow = Omit<OpenConvention, 'status'> & { readonly status: OpenConvention['status'] | 'ended' };
export type ProfileRow = Exclude<Profile, { status: 'absent' }>;

/** Where a role holds, one row each, so that those who administer a Comune or an Ente find their users. */
export interface RoleHolderRow {
  readonly user: string;
  readonly role: RoleAssignment['role'];
  readonly comune: string;
  readonly ente: string;
}

const there = <S extends { readonly status: string }>(state: S): Exclude<S, { status: 'absent' }> | undefined =>
  state.status === 'absent' ? undefined : (state as Exclude<S, { status: 'absent' }>);

const roleHolders: ReadModel<RoleHolderRow> = {
  projection: {
    name: 'role-holders',
    version: 2,
    prefixes: ['user-'],
    idsOf: (recorded) => {
      const event: UserEvent = known(userEvents, recorded);
      if (event.type !== 'identity.user.role-assigned' && event.type !== 'identity.user.role-removed') return [];
      const { role, comune: place = '', ente: body = '', application: software = '' } = event.data.assignment;
      return [[event.data.user, role, place, body, software].join('/')];
    },
    apply: (_, recorded) => {
      const event: UserEvent = known(userEvents, recorded);
      if (event.type !== 'identity.user.role-assigned') return undefined;
      const { role, comune: place = '', ente: body = '' } = event.data.assignment;
      return { user: event.data.user, role, comune: place, ente: body };
    },
  },
  indexes: [['comune', 'user'], ['comune', 'ente', 'user'], ['role', 'user']],
};

export const readModels = {
  comuni: stateOf('comuni', 'comune-', comuneEvents, comune, (state): ComuneRow | undefined => there(state), []),
  enti: stateOf('enti', 'ente-', enteEvents, ente, (state): EnteRow | undefined => there(state), []),
  conventions: stateOf('conventions', 'convention-', conventionEvents, convention, (state): ConventionRow | undefined => there(state), [['comune'], ['ente'], ['comune', 'ente']]),
  profiles: stateOf('profiles', 'profile-', profileEvents, profile, (state): ProfileRow | undefined => there(state), [['comune'], ['convention'], ['comune', 'ente']]),
  users: stateOf('users', 'user-', userEvents, user, (state): EnrolledUser | undefined => there(state), [], 2),
  applications: stateOf('applications', 'application-', applicationEvents, application, (state): RegisteredApplication | undefined => there(state), [['ente']]),
  /** Sessions that nobody closed; whether one has expired is in its row. A refused sign-in has none. */
  sessions: stateOf('sessions-open', 'session-', sessionEvents, session, (state): OpenedSession | undefined => (state.status === 'open' ? state : undefined), [['user'], ['user', 'application']]),
  roleHolders,
} as const;
