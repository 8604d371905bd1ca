import { connectionEvents, comuneEvents, conventionEvents, known, profileEvents, userEvents, type Channel, type ConventionTerms, type ProfileTerms } from '@geres/contracts';
import type { Recorded } from '@geres/kernel';
import { connection, type Connection, type PresentConnection } from '../connection/connection.domain.js';

export interface ConventionGrant {
  readonly id: string;
  readonly comune: string;
  readonly ente: string;
  readonly status: 'drafted' | 'approved' | 'suspended' | 'ended';
  readonly terms: ConventionTerms;
  readonly recertifyBy: string;
  readonly applications: ReadonlySet<string>;
}

export interface ProfileGrant {
  readonly id: string;
  readonly convention: string;
  readonly terms: ProfileTerms;
}

/** What may be asked: conventions, profiles and who has them, connections. A fold of identity and connection events, in memory. */
export interface Grants {
  readonly suspendedComuni: Set<string>;
  readonly conventions: Map<string, ConventionGrant>;
  /** Comune → ids of its conventions. */
  readonly conventionsOf: Map<string, ReadonlySet<string>>;
  readonly profiles: Map<string, ProfileGrant>;
  /** `user/comune/ente` → ids of the profiles, in the order they were given. */
  readonly assigned: Map<string, readonly string[]>;
  /** `comune/channel`. */
  readonly connections: Map<string, Connection>;
}

export const GRANT_PREFIXES = ['comune-', 'convention-', 'profile-', 'user-', 'connection-'] as const;

export const noGrants = (): Grants => ({ suspendedComuni: new Set(), conventions: new Map(), conventionsOf: new Map(), profiles: new Map(), assigned: new Map(), connections: new Map() });

const contracts = [...comuneEvents, ...conventionEvents, ...profileEvents, ...userEvents, ...connectionEvents] as const;

export const assignedKey = (user: string, comune: string, ente: string): string => `${user}/${comune}/${ente}`;
export const connectionKey = (comune: string, channel: string): string => `${comune}/${channel}`;

/** Of which connection such a key is. */
export function connectionOf(key: string): { readonly comune: string; readonly channel: Channel } {
  const [comune, channel] = key.split('/') as [string, Channel];
  return { comune, channel };
}

/** Changes `grants` in place; an event that this release does not know throws. */
export function applyGrant(grants: Grants, recorded: Recorded): void {
  const event = known(contracts, recorded);
  switch (event.type) {
    case 'identity.comune.suspended':
    case 'identity.comune.succeeded':
      grants.suspendedComuni.add(event.data.comune);
      return;
    case 'identity.comune.resumed':
      grants.suspendedComuni.delete(event.data.comune);
      return;
    case 'identity.convention.drafted': {
      const { convention: id, comune, ente, terms } = event.data;
      grants.conventions.set(id, { id, comune, ente, status: 'drafted', terms, recertifyBy: '', applications: new Set() });
      grants.conventionsOf.set(comune, new Set([...(grants.conventionsOf.get(comune) ?? []), id]));
      return;
    }
    case 'identity.convention.amended':
      return change(grants, event.data.convention, ({ terms: _, ...kept }) => ({ ...kept, terms: event.data.terms }));
    case 'identity.convention.approved':
      return change(grants, event.data.convention, (kept) => ({ ...kept, status: 'approved', recertifyBy: event.data.recertifyBy }));
    case 'identity.convention.recertified':
      return change(grants, event.data.convention, (kept) => ({ ...kept, recertifyBy: event.data.recertifyBy }));
    case 'identity.convention.suspended':
      return change(grants, event.data.convention, (kept) => ({ ...kept, status: 'suspended' }));
    case 'identity.convention.resumed':
      return change(grants, event.data.convention, (kept) => ({ ...kept, status: 'approved' }));
    case 'identity.convention.revoked':
    case 'identity.convention.expired':
      return change(grants, event.data.convention, (kept) => ({ ...kept, status: 'ended' }));
    case 'identity.convention.extended':
      return change(grants, event.data.convention, (kept) => ({ ...kept, terms: { ...kept.terms, to: event.data.to } }));
    case 'identity.convention.application-admitted':
      return change(grants, event.data.convention, (kept) => ({ ...kept, applications: new Set([...kept.applications, event.data.application]) }));
    case 'identity.convention.application-removed':
      return change(grants, event.data.convention, (kept) => ({ ...kept, applications: new Set([...kept.applications].filter((id) => id !== event.data.application)) }));
    case 'identity.profile.defined':
    case 'identity.profile.changed':
      grants.profiles.set(event.data.profile, { id: event.data.profile, convention: event.data.convention, terms: event.data.terms });
      return;
    case 'identity.profile.withdrawn':
      grants.profiles.delete(event.data.profile);
      return;
    case 'identity.user.profile-assigned':
    case 'identity.user.profile-removed': {
      const { user, comune, ente, profile } = event.data;
      const key = assignedKey(user, comune, ente);
      const others = (grants.assigned.get(key) ?? []).filter((id) => id !== profile);
      const now = event.type === 'identity.user.profile-assigned' ? [...others, profile] : others;
      if (now.length > 0) grants.assigned.set(key, now);
      else grants.assigned.delete(key);
      return;
    }
    case 'anpr.connection.configured':
    case 'anpr.connection.operator-assigned':
    case 'anpr.connection.operator-withdrawn':
    case 'anpr.connection.certificate-requested':
    case 'anpr.connection.certificate-installed':
    case 'anpr.connection.certificate-expiring':
    case 'anpr.connection.certificate-retired':
    case 'anpr.connection.tested':
    case 'anpr.connection.activated':
    case 'anpr.connection.suspended': {
      const key = connectionKey(event.data.comune, event.data.channel);
      grants.connections.set(key, connection.evolve(grants.connections.get(key) ?? connection.initial, event));
      return;
    }
    case 'identity.comune.registered':
    case 'identity.comune.codes-changed':
    case 'identity.comune.renamed':
    case 'identity.user.enrolled':
    case 'identity.user.changed':
    case 'identity.user.role-assigned':
    case 'identity.user.role-removed':
    case 'identity.user.credentials-set':
    case 'identity.user.second-factor-enrolled':
    case 'identity.user.locked':
    case 'identity.user.unlocked':
    case 'identity.user.disabled':
    case 'identity.user.enabled':
      return; // rights, kept by platform/auth
    default:
      event satisfies never;
  }
}

/** Every connection that there is. */
export function* connectionsIn({ connections }: Grants): Iterable<{ readonly comune: string; readonly channel: Channel; readonly connection: PresentConnection }> {
  for (const [key, state] of connections) {
    if (state.status !== 'absent') yield { ...connectionOf(key), connection: state };
  }
}

function change(grants: Grants, id: string, next: (kept: ConventionGrant) => ConventionGrant): void {
  const kept = grants.conventions.get(id);
  if (kept) grants.conventions.set(id, next(kept));
}

interface GrantsDump {
  readonly suspendedComuni: readonly string[];
  readonly conventions: readonly (Omit<ConventionGrant, 'applications'> & { readonly applications: readonly string[] })[];
  readonly profiles: readonly ProfileGrant[];
  readonly assigned: readonly (readonly [string, readonly string[]])[];
  readonly connections: readonly (readonly [string, Connection])[];
}

/** For snapshots: plain JSON. */
export const dumpGrants = (grants: Grants): GrantsDump => ({
  suspendedComuni: [...grants.suspendedComuni],
  conventions: [...grants.conventions.values()].map((convention) => ({ ...convention, applications: [...convention.applications] })),
  profiles: [...grants.profiles.values()],
  assigned: [...grants.assigned],
  connections: [...grants.connections],
});

export function loadGrants(stored: object): Grants {
  const dump = stored as GrantsDump;
  const byComune = Map.groupBy(dump.conventions, ({ comune }) => comune);
  return {
    suspendedComuni: new Set(dump.suspendedComuni),
    conventionsOf: new Map([...byComune].map(([comune, conventions]) => [comune, new Set(conventions.map(({ id }) => id))])),
    conventions: new Map(dump.conventions.map((convention) => [convention.id, { ...convention, applications: new Set(convention.applications) }])),
    profiles: new Map(dump.profiles.map((profile) => [profile.id, profile])),
    assigned: new Map(dump.assigned),
    connections: new Map(dump.connections),
  };
}
