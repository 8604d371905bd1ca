import { applicationEvents, comuneEvents, known, sessionEvents, userEvents, type PublicJwk, type RoleAssignment } from '@geres/contracts';
import type { Recorded } from '@geres/kernel';
import { ComuneDirectory, type ComuneFacts } from './comuni.js';

export interface UserRights {
  readonly enabled: boolean;
  /** Comuni that have stopped the user for themselves. */
  readonly disabledIn: ReadonlySet<string>;
  /** RFC 3339, or `always`. */
  readonly lockedUntil?: string | undefined;
  readonly roles: readonly RoleAssignment[];
}

export interface ApplicationRights {
  readonly ente: string;
  readonly name: string;
  /** A reporting tool of that Comune alone. */
  readonly comune?: string | undefined;
  readonly enabled: boolean;
  readonly grants: readonly string[];
  readonly redirectUris: readonly string[];
  readonly keys: readonly PublicJwk[];
}

export interface SessionRights {
  readonly user: string;
  readonly application: string;
  /** How the operator was proven: one of `SESSION_METHODS`. */
  readonly method: string;
  readonly expiresAt: string;
}

/** Who is who and who is stopped: a fold of identity events in memory, which every guard asks. Closed sessions are not in it. */
export interface RightsState {
  readonly users: Map<string, UserRights>;
  readonly applications: Map<string, ApplicationRights>;
  readonly sessions: Map<string, SessionRights>;
  readonly comuni: ComuneDirectory;
}

export const RIGHTS_PREFIXES = ['comune-', 'user-', 'application-', 'session-'] as const;

export const noRights = (): RightsState => ({ users: new Map(), applications: new Map(), sessions: new Map(), comuni: new ComuneDirectory() });

const contracts = [...comuneEvents, ...userEvents, ...applicationEvents, ...sessionEvents] as const;

const sameRole = (a: RoleAssignment, b: RoleAssignment): boolean => a.role === b.role && a.comune === b.comune && a.ente === b.ente && a.application === b.application;

/** Changes `state` in place; an event that this release does not know throws. */
export function applyRight(state: RightsState, recorded: Recorded): void {
  const event = known(contracts, recorded);
  const { users, applications, sessions, comuni } = state;
  switch (event.type) {
    case 'identity.comune.registered':
      return comuni.put(event.data);
    case 'identity.comune.codes-changed':
      return comuni.put({ ...comuni.get(event.data.comune)!, istatCodes: event.data.istatCodes });
    case 'identity.comune.renamed':
      return comuni.put({ ...comuni.get(event.data.comune)!, name: event.data.name });
    case 'identity.comune.succeeded':
    case 'identity.comune.suspended':
    case 'identity.comune.resumed':
      return; // what may be asked: kept by the grants
    case 'identity.user.enrolled':
      users.set(event.data.user, { enabled: true, disabledIn: new Set(), roles: [] });
      return;
    case 'identity.user.role-assigned':
      return user(users, event.data.user, (kept) => ({ ...kept, roles: [...kept.roles.filter((role) => !sameRole(role, event.data.assignment)), event.data.assignment] }));
    case 'identity.user.role-removed':
      return user(users, event.data.user, (kept) => ({ ...kept, roles: kept.roles.filter((role) => !sameRole(role, event.data.assignment)) }));
    case 'identity.user.locked':
      return user(users, event.data.user, (kept) => ({ ...kept, lockedUntil: event.data.until ?? 'always' }));
    case 'identity.user.unlocked':
      return user(users, event.data.user, ({ lockedUntil: _, ...kept }) => kept);
    case 'identity.user.disabled':
    case 'identity.user.enabled': {
      const enabled = event.type === 'identity.user.enabled';
      const { comune } = event.data;
      return user(users, event.data.user, (kept) => {
        if (comune === undefined) return { ...kept, enabled };
        const disabledIn = new Set(kept.disabledIn);
        if (enabled) disabledIn.delete(comune);
        else disabledIn.add(comune);
        return { ...kept, disabledIn };
      });
    }
    case 'identity.user.changed':
    case 'identity.user.profile-assigned':
    case 'identity.user.profile-removed':
    case 'identity.user.credentials-set':
    case 'identity.user.second-factor-enrolled':
      return;
    case 'identity.application.registered': {
      const { application, ente, name, comune, grants, redirectUris } = event.data;
      applications.set(application, { ente, name, comune, enabled: true, grants, redirectUris, keys: [] });
      return;
    }
    case 'identity.application.key-added':
      return app(applications, event.data.application, (kept) => ({ ...kept, keys: [...kept.keys.filter(({ kid }) => kid !== event.data.key.kid), event.data.key] }));
    case 'identity.application.key-removed':
      return app(applications, event.data.application, (kept) => ({ ...kept, keys: kept.keys.filter(({ kid }) => kid !== event.data.kid) }));
    case 'identity.application.disabled':
      return app(applications, event.data.application, (kept) => ({ ...kept, enabled: false }));
    case 'identity.application.enabled':
      return app(applications, event.data.application, (kept) => ({ ...kept, enabled: true }));
    case 'identity.session.opened': {
      const { session, user: id, application, method, expiresAt } = event.data;
      dropExpired(sessions, recorded.meta.recordedAt);
      sessions.set(session, { user: id, application, method, expiresAt });
      return;
    }
    case 'identity.session.refused':
      return;
    case 'identity.session.closed':
      sessions.delete(event.data.session);
      return;
    default:
      event satisfies never;
  }
}

function user(users: RightsState['users'], id: string, next: (kept: UserRights) => UserRights): void {
  const kept = users.get(id);
  if (kept) users.set(id, next(kept));
}

function app(applications: RightsState['applications'], id: string, next: (kept: ApplicationRights) => ApplicationRights): void {
  const kept = applications.get(id);
  if (kept) applications.set(id, next(kept));
}

/** At each opening a few sessions are looked at: what has expired leaves, what has not goes to the end of the line. So all have their turn, and none costs much. */
function dropExpired(sessions: RightsState['sessions'], now: string): void {
  const instant = Date.parse(now);
  for (const [id, session] of [...sessions.entries().take(LOOKED_AT)]) {
    sessions.delete(id);
    if (Date.parse(session.expiresAt) > instant) sessions.set(id, session);
  }
}
const LOOKED_AT = 4;

interface RightsDump {
  readonly users: readonly (readonly [string, Omit<UserRights, 'disabledIn'> & { readonly disabledIn: readonly string[] }])[];
  readonly applications: readonly (readonly [string, ApplicationRights])[];
  readonly sessions: readonly (readonly [string, SessionRights])[];
  readonly comuni: readonly ComuneFacts[];
}

/** For snapshots: plain JSON. */
export const dumpRights = ({ users, applications, sessions, comuni }: RightsState): RightsDump => ({
  users: [...users].map(([id, rights]) => [id, { ...rights, disabledIn: [...rights.disabledIn] }] as const),
  applications: [...applications],
  sessions: [...sessions],
  comuni: comuni.facts(),
});

export function loadRights(stored: object): RightsState {
  const dump = stored as RightsDump;
  const comuni = new ComuneDirectory();
  for (const facts of dump.comuni) comuni.put(facts);
  return {
    users: new Map(dump.users.map(([id, rights]) => [id, { ...rights, disabledIn: new Set(rights.disabledIn) }])),
    applications: new Map(dump.applications),
    sessions: new Map(dump.sessions),
    comuni,
  };
}
