import type { RoleAssignment } from '@geres/contracts';
import type { LookupRow } from './lookups.projection.js';

/** Whose lookups a caller may see, and how far. */
export type Scope =
  | { readonly kind: 'comune'; readonly comune: string }
  | { readonly kind: 'ente'; readonly comune: string; readonly ente: string }
  | { readonly kind: 'reporting'; readonly comune: string };

export interface Asker {
  readonly user?: string | undefined;
  readonly role?: RoleAssignment | undefined;
  /** The application of the token, as the rights know it. */
  readonly application?: { readonly comune?: string | undefined; readonly enabled: boolean } | undefined;
}

/**
 * TOP: its Comune. ADMIN: its Ente in that Comune. A reporting tool (no person behind the token): the Comune that it was registered for, the list alone.
 * Everybody else: nothing.
 */
export function scopeOf({ user, role, application }: Asker): Scope | undefined {
  if (user === undefined) return role === undefined && application?.enabled && application.comune !== undefined ? { kind: 'reporting', comune: application.comune } : undefined;
  if (role?.role === 'TOP' && role.comune !== undefined) return { kind: 'comune', comune: role.comune };
  if (role?.role === 'ADMIN' && role.comune !== undefined && role.ente !== undefined) return { kind: 'ente', comune: role.comune, ente: role.ente };
  return undefined;
}

export const sees = (scope: Scope, row: Pick<LookupRow, 'comune' | 'ente'>): boolean => row.comune === scope.comune && (scope.kind !== 'ente' || row.ente === scope.ente);
