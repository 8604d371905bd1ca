import type { FiltriUtenti, Utente } from '@geres/contracts';
import type { Query } from '@geres/kernel';
import { mayAssign, type Scope } from '../admin/scope.domain.js';
import type { Identity } from '../identity.js';
import type { RoleHolderRow } from '../read-models/projections.js';
import { userView } from './user.view.js';

/** By place for those who have one; the GESTORE sees TOP, or GESTORI where asked. */
function placeOf(scope: Scope, { ruolo = 'TOP' }: FiltriUtenti): NonNullable<Query<RoleHolderRow>['equal']> {
  if (scope.comune === undefined) return { role: ruolo };
  return scope.ente === undefined ? { comune: scope.comune } : { comune: scope.comune, ente: scope.ente };
}

/** A page of the users that somebody administers, each on one page alone; `successiva` is the last one of it. */
export async function listUsers(
  { readModels, users }: Pick<Identity, 'readModels' | 'users'>,
  scope: Scope,
  filters: FiltriUtenti,
  now: Date,
): Promise<{ readonly utenti: readonly Utente[]; readonly successiva?: string }> {
  const { roleHolders, users: rows } = readModels.rows;
  const { cursore, limite, ruolo } = filters;
  // A space comes after the id itself and before every other one.
  const range = cursore === undefined ? {} : { range: { field: 'user', from: `${cursore} ` } as const };
  const page = await roleHolders.find({ equal: placeOf(scope, filters), orderBy: { field: 'user', direction: 'asc' }, limit: limite, ...range });
  const ids = [...new Set(page.rows.map(({ row }) => row.user))];
  const found = await rows.getMany(ids);
  // One row of a user brings it here; what it holds is in its own, so that a page may end between two rows of the same user.
  const within = ids.flatMap((id) => {
    const state = found.get(id);
    return state?.roles.some((held) => mayAssign(scope, held) && (ruolo === undefined || held.role === ruolo)) ? [{ id, state }] : [];
  });
  const utenti = await Promise.all(within.map(async ({ id, state }) => userView(id, state, await users.details(id, state), scope, now)));
  return { utenti, ...(page.next === undefined ? {} : { successiva: ids.at(-1)! }) };
}
