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

/** A page of the users that somebody administers. A user with several roles may come on several pages, once on each. */
export async function listUsers(
  { readModels, users }: Pick<Identity, 'readModels' | 'users'>,
  scope: Scope,
  filters: FiltriUtenti,
  now: Date,
): Promise<{ readonly utenti: readonly Utente[]; readonly successiva?: string }> {
  const { roleHolders, users: rows } = readModels.rows;
  const { cursore, limite, ruolo } = filters;
  const page = await roleHolders.find({ equal: placeOf(scope, filters), limit: limite, ...(cursore === undefined ? {} : { after: cursore }) });
  const within = page.rows.filter(({ row: { role, comune, ente } }) => {
    const held = { role, ...(comune === '' ? {} : { comune }), ...(ente === '' ? {} : { ente }) };
    return mayAssign(scope, held) && (ruolo === undefined || role === ruolo);
  });
  const found = await rows.getMany([...new Set(within.map(({ row }) => row.user))]);
  const utenti = await Promise.all([...found].map(async ([id, state]) => userView(id, state, await users.details(id, state), now)));
  return { utenti, ...(page.next === undefined ? {} : { successiva: page.next }) };
}
