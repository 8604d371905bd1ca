import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { Instant, Tag, Ulid } from '../common/scalars.js';
import { ApplicationId } from '../convention/convention.events.js';
import { RoleAssignment, UserId } from '../user/user.events.js';

export const SessionId = Ulid;
/** How the operator was proven. `demo`: the ready token of environment `test`. */
export const SESSION_METHODS = ['password', 'jwt-bearer', 'demo'] as const;

export const sessionEvents = [
  defineEvent('identity.session.opened', 1, 'A user was recognised, for one application.', {
    session: SessionId,
    user: UserId,
    application: ApplicationId,
    method: z.enum(SESSION_METHODS),
    /** The role chosen at sign-in to the console. */
    role: RoleAssignment.optional(),
    expiresAt: Instant,
  }),
  defineEvent('identity.session.refused', 1, 'A sign-in failed. `loginTag` tells attempts on one login together.', {
    session: SessionId,
    user: UserId.optional(),
    loginTag: Tag.optional(),
    application: ApplicationId.optional(),
    method: z.enum(SESSION_METHODS),
    reason: z.string().max(60),
  }),
  defineEvent('identity.session.closed', 1, 'Signed out, expired, or stopped by an administrator.', { session: SessionId, reason: z.string().max(60) }),
] as const;

export type SessionEvent = EventOf<(typeof sessionEvents)[number]>;
