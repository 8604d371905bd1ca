import type { Role, RoleAssignment } from '@geres/contracts';
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
export function stopsIn(scope: Scope, user: Pick<EnrolledUser, 'roles'>): { readonly by: Role; readonly comune?: string } | undefined {
  if (!administers(scope, user)) return undefined;
  const by = scope.role;
  if (by === 'GESTORE') return { by };
  const { comune } = scope;
  if (comune === undefined) return undefined;
  const touched = user.roles.filter((held) => held.comune === comune);
  return touched.every((held) => mayAssign(scope, held)) ? { by, comune } : undefined;
}

/** Of what a user holds elsewhere nobody is told: TOP sees its Comune, ADMIN its Ente there, GESTORE the roles that it assigns. */
export function concerns(scope: Scope, held: RoleAssignment): boolean {
  if (scope.role === 'GESTORE') return mayAssign(scope, held);
  return held.comune === scope.comune && (scope.ente === undefined || held.ente === scope.ente);
}

/** A session at the console by the role that was chosen; one at an application by the Ente of that application. `ente`: absent for the console. */
export function reachesSession(scope: Scope, user: Pick<EnrolledUser, 'roles'>, { role, ente }: { readonly role?: RoleAssignment | undefined; readonly ente?: string | undefined }): boolean {
  if (role) return mayAssign(scope, role);
  return user.roles.some((held) => held.role === 'AUTORIZZATO' && held.ente === ente && mayAssign(scope, held));
}

/** An Ente that is an office of this very Comune: its code at IPA is the Comune's own, `c_h501`. */
export const isOfficeOf = (comune: string, ente: string): boolean => ente === `c_${comune.toLowerCase()}` || ente.startsWith(`c_${comune.toLowerCase()}_`);
