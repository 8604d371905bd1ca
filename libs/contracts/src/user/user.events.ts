import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { CodiceCatastale, Instant, Role, Sealed, Tag, Ulid } from '../common/scalars.js';
import { ApplicationId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';
import { ProfileId } from '../profile/profile.events.js';

export const UserId = Ulid;

/**
 * A role and where it holds. GESTORE: nowhere else; TOP: a Comune; ADMIN and AUTORIZZATO: (Ente, Comune). `application`: the one that may vouch for an
 * AUTORIZZATO with `jwt-bearer`.
 */
export const RoleAssignment = z.strictObject({
  role: Role,
  comune: CodiceCatastale.optional(),
  ente: EnteId.optional(),
  application: ApplicationId.optional(),
});
export type RoleAssignment = z.infer<typeof RoleAssignment>;

/** The clear form of `sealed` in `enrolled` and `changed`: it exists in memory only. */
export const UserDetails = z.strictObject({
  login: z.string(),
  name: z.string(),
  surname: z.string(),
  codiceFiscale: z.string().optional(),
  email: z.string().optional(),
});
export type UserDetails = z.infer<typeof UserDetails>;

const User = { user: UserId };
const Profile = { profile: ProfileId, comune: CodiceCatastale, ente: EnteId };
const Reason = { reason: z.string().min(1).max(500) };

export const userEvents = [
  defineEvent('identity.user.enrolled', 1, 'A person is a user. Name, login and codice fiscale are sealed under a key of that user.', { ...User, details: Sealed, loginTag: Tag }),
  defineEvent('identity.user.changed', 1, 'Name, login or contacts changed.', { ...User, details: Sealed, loginTag: Tag }),
  defineEvent('identity.user.role-assigned', 1, 'A role, in a Comune or for an Ente in a Comune.', { ...User, assignment: RoleAssignment }),
  defineEvent('identity.user.role-removed', 1, 'A role no longer holds.', { ...User, assignment: RoleAssignment }),
  defineEvent('identity.user.profile-assigned', 1, 'An AUTORIZZATO may ask what the profile allows.', { ...User, ...Profile }),
  defineEvent('identity.user.profile-removed', 1, 'A profile is taken back.', { ...User, ...Profile }),
  defineEvent('identity.user.credentials-set', 1, 'A password was set; its hash is sealed.', { ...User, hash: Sealed, mustChange: z.boolean() }),
  defineEvent('identity.user.second-factor-enrolled', 1, 'A second factor was set up; its secret is sealed.', { ...User, secret: Sealed }),
  defineEvent('identity.user.locked', 1, 'Too many failed sign-ins, or an administrator: no access until unlocked or until an instant.', { ...User, ...Reason, until: Instant.optional() }),
  defineEvent('identity.user.unlocked', 1, 'Access again.', { ...User }),
  defineEvent('identity.user.disabled', 1, 'No access any more, everywhere or in one Comune. `by`: the role that stopped it, which nobody below may undo.', {
    ...User,
    ...Reason,
    comune: CodiceCatastale.optional(),
    by: Role,
  }),
  defineEvent('identity.user.enabled', 1, 'Access again, everywhere or in one Comune.', { ...User, comune: CodiceCatastale.optional() }),
] as const;

export type UserEvent = EventOf<(typeof userEvents)[number]>;
