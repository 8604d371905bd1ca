import type { RoleAssignment, RuoloUtente, UserDetails, Utente } from '@geres/contracts';
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

/** Nothing is masked: it is shown only to those who administer the user. */
export function userView(id: string, state: EnrolledUser, { login, name, surname, codiceFiscale, email }: UserDetails, now: Date): Utente {
  const bloccato = isLocked(state, now);
  return {
    id,
    login,
    nome: name,
    cognome: surname,
    ...(codiceFiscale === undefined ? {} : { codiceFiscale }),
    ...(email === undefined ? {} : { email }),
    ruoli: state.roles.map(roleView),
    profili: state.profiles.map(({ profile, comune, ente }) => ({ profilo: profile, comune, ente })),
    abilitato: !state.disabled,
    disabilitatoIn: [...state.disabledIn],
    bloccato,
    ...(bloccato && state.locked?.until !== undefined ? { bloccatoFinoA: state.locked.until } : {}),
  };
}
