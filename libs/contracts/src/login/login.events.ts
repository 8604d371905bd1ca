import { defineEvent, type EventOf } from '../common/define.js';
import { Tag } from '../common/scalars.js';
import { UserId } from '../user/user.events.js';

export const loginEvents = [
  defineEvent('identity.login.reserved', 1, 'A login or codice fiscale (as a keyed tag) belongs to one user.', { tag: Tag, user: UserId }),
  defineEvent('identity.login.released', 1, 'It is free again.', { tag: Tag, user: UserId }),
] as const;

export type LoginEvent = EventOf<(typeof loginEvents)[number]>;
