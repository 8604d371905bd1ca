import type { RoleAssignment } from '@geres/contracts';
import type { EnrolledUser } from '../user/user.domain.js';

/** The role with which somebody administers: what is within its reach, and nothing else. */
export type Scope = RoleAssignment;

interface Place {
  readonly comune: string;
  readonly ente: string;
}

/** TOP: everything of its Comune; ADMIN: its (Ente, Comune); GESTORE: nothing of what a Comune grants. */
export function reaches({ role, comune, ente }: Scope, place: Place): boolean {
  switch (role) {
    case 'TOP':
      return comune === place.comune;
    case 'ADMIN':
      return comune === place.comune && ente === place.ente;
    case 'GESTORE':
    case 'AUTORIZZATO':
      return false;
    default:
      return role satisfies never;
  }
}

/** GESTORE: other GESTORI and the TOP; TOP: any user of its Comune; ADMIN: its AUTORIZZATI. */
export function mayAssign(scope: Scope, { role, comune, ente }: RoleAssignment): boolean {
  switch (scope.role) {
    case 'GESTORE':
      return role === 'GESTORE' || role === 'TOP';
    case 'TOP':
      return role !== 'GESTORE' && comune === scope.comune;
    case 'ADMIN':
      return role === 'AUTORIZZATO' && comune === scope.comune && ente === scope.ente;
    case 'AUTORIZZATO':
      return false;
    default:
      return scope.role satisfies never;
  }
}

/** A user is administered by whoever may assign one of the roles that it has. */
export const administers = (scope: Scope, { roles }: Pick<EnrolledUser, 'roles'>): boolean => roles.some((held) => mayAssign(scope, held));

/** Its person (name, login, password) belongs to all its roles together: only who may assign every one of them changes it. */
export const administersAlone = (scope: Scope, { roles }: Pick<EnrolledUser, 'roles'>): boolean => roles.length > 0 && roles.every((held) => mayAssign(scope, held));

/** What a Comune or an Ente stops, it stops in its Comune only; an ADMIN only where nobody else's role is touched. */
export function stopsIn(scope: Scope, user: Pick<EnrolledUser, 'roles'>): { readonly comune?: string } | undefined {
  if (!administers(scope, user)) return undefined;
  if (scope.role === 'GESTORE') return {};
  const { comune } = scope;
  if (comune === undefined) return undefined;
  const touched = user.roles.filter((held) => held.comune === comune);
  return touched.every((held) => mayAssign(scope, held)) ? { comune } : undefined;
}
