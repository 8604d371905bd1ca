import type { FiltriUtenti, RoleAssignment, Utente } from '@geres/contracts';
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
  const whole = page.next === undefined ? page.rows : withoutTail(page.rows);
  const ids = [...new Set(whole.filter(({ row }) => mayAssign(scope, heldOf(row)) && (ruolo === undefined || row.role === ruolo)).map(({ row }) => row.user))];
  const found = await rows.getMany(ids);
  const utenti = await Promise.all(
    ids.map(async (id): Promise<readonly Utente[]> => {
      const state = found.get(id);
      return state ? [userView(id, state, await users.details(id, state), scope, now)] : [];
    }),
  );
  return { utenti: utenti.flat(), ...(page.next === undefined ? {} : { successiva: whole.at(-1)!.row.user }) };
}

type Rows = readonly { readonly row: RoleHolderRow }[];

/** Of the last user of a page there may be more to come: it belongs to the next one, unless it fills this one by itself. */
function withoutTail(rows: Rows): Rows {
  const last = rows.at(-1)!.row.user;
  const before = rows.filter(({ row }) => row.user !== last);
  return before.length > 0 ? before : rows;
}

const heldOf = ({ role, comune, ente }: RoleHolderRow): RoleAssignment => ({ role, ...(comune === '' ? {} : { comune }), ...(ente === '' ? {} : { ente }) });
