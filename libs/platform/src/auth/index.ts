export { AuthModule, JWKS_URL, PUBLIC_URL, RIGHTS, RightsModule } from './auth.module.js';
export * from './auth.problems.js';
export { CallerOf, type Caller } from './caller.js';
export * from './comuni.js';
export { Roles } from './guard.js';
export * from './rights.js';
export { holdsRole, isActive, standingOf, type Standing } from './standing.js';
