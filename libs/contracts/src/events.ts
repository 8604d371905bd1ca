import { applicationEvents } from './application/application.events.js';
import { comuneEvents } from './comune/comune.events.js';
import { connectionEvents } from './connection/connection.events.js';
import { conventionEvents } from './convention/convention.events.js';
import { enteEvents } from './ente/ente.events.js';
import { loginEvents } from './login/login.events.js';
import { lookupEvents } from './lookup/lookup.events.js';
import { archiveEvents } from './monitoring/monitoring.events.js';
import { profileEvents } from './profile/profile.events.js';
import { registerEvents } from './register/register.events.js';
import { sessionEvents } from './session/session.events.js';
import { userEvents } from './user/user.events.js';
import type { EventContract } from './common/define.js';

/** Every event that this release writes or reads; docs/events.md is printed from it. */
export const allEvents: readonly EventContract[] = [
  ...comuneEvents,
  ...enteEvents,
  ...conventionEvents,
  ...profileEvents,
  ...userEvents,
  ...loginEvents,
  ...applicationEvents,
  ...sessionEvents,
  ...connectionEvents,
  ...registerEvents,
  ...lookupEvents,
  ...archiveEvents,
];
