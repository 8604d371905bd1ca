import type { RoleAssignment, RuoloUtente, UserDetails, Utente } from '@geres/contracts';
import { concerns, reaches, type Scope } from '../admin/scope.domain.js';
import { isLocked, type EnrolledUser } from './user.domain.js';

export const assignmentOf = ({ ruolo, comune, ente, applicazione }: RuoloUtente): RoleAssignment => ({
  role: ruolo,
  ...(comune === undefined ? {} : { comune }),
  ...(ente === undefined ? {} : { ente }),
  ...(applicazione === undefined ? {} : { application: applicazione }),
});

const roleView = ({ role, comune, ente, application }: RoleAssignment): RuoloUtente => ({
  ruolo: role,
  ...(comune === undefined ? {} : { comune }),
  ...(ente === undefined ? {} : { ente }),
  ...(application === undefined ? {} : { applicazione: application }),
});

/** Nothing of the person is masked: it is shown only to those who administer the user. Of its roles each sees those that concern it. */
export function userView(id: string, state: EnrolledUser, { login, name, surname, codiceFiscale, email }: UserDetails, scope: Scope, now: Date): Utente {
  const bloccato = isLocked(state, now);
  return {
    id,
    login,
    nome: name,
    cognome: surname,
    ...(codiceFiscale === undefined ? {} : { codiceFiscale }),
    ...(email === undefined ? {} : { email }),
    ruoli: state.roles.filter((held) => concerns(scope, held)).map(roleView),
    profili: state.profiles.filter((given) => reaches(scope, given)).map(({ profile, comune, ente }) => ({ profilo: profile, comune, ente })),
    abilitato: state.disabled === undefined,
    disabilitatoIn: state.disabledIn.map(({ comune }) => comune).filter((comune) => scope.comune === undefined || comune === scope.comune),
    bloccato,
    ...(bloccato && state.locked?.until !== undefined ? { bloccatoFinoA: state.locked.until } : {}),
  };
}
