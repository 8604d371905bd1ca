import type { standingProblems } from './auth.problems.js';
import type { Caller } from './caller.js';
import type { RightsState, UserRights } from './rights.js';

export type Standing = Exclude<keyof typeof standingProblems, 'diritti-non-verificabili'>;

/** Whether a user may do anything at all. */
export const isActive = ({ enabled, lockedUntil }: UserRights, now: Date): boolean => enabled && (lockedUntil === undefined || (lockedUntil !== 'always' && Date.parse(lockedUntil) <= now.getTime()));

/**
 * Why a caller whose token is good may not enter; `undefined` when nothing is against it. The console is no application of an Ente: rights do not know it,
 * and the session of its user is what counts.
 */
export function standingOf({ sessions, users, applications }: RightsState, { user, session, application }: Pick<Caller, 'user' | 'session' | 'application'>, now: Date): Standing | undefined {
  if (session !== undefined) {
    const open = sessions.get(session);
    if (!open || open.user !== user || open.application !== application || Date.parse(open.expiresAt) <= now.getTime()) return 'sessione-chiusa';
    const known = users.get(open.user);
    if (!known || !isActive(known, now)) return 'utente-non-abilitato';
  }
  const software = applications.get(application);
  return (software ? software.enabled : session !== undefined) ? undefined : 'applicazione-non-abilitata';
}

/** Whether the role that the token carries is still held, and its Comune has not stopped the user. */
export function holdsRole({ users }: RightsState, { user, role }: Pick<Caller, 'user' | 'role'>): boolean {
  const held = user === undefined ? undefined : users.get(user);
  if (!held || !role || (role.comune !== undefined && held.disabledIn.has(role.comune))) return false;
  return held.roles.some((one) => one.role === role.role && one.comune === role.comune && one.ente === role.ente);
}
