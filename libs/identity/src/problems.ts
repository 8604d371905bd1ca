import type { Catalogue } from '@geres/kernel';
import { failApplication } from './application/application.problems.js';
import { failComune } from './comune/comune.problems.js';
import { failConvention } from './convention/convention.problems.js';
import { failEnte } from './ente/ente.problems.js';
import { failLogin } from './login/login.problems.js';
import { failProfile } from './profile/profile.problems.js';
import { failSession } from './session/session.problems.js';
import { failUser } from './user/user.problems.js';

/** Every problem of identity, for the OpenAPI document and docs/problems.md. */
export const identityProblems: readonly Catalogue[] = [failComune, failEnte, failConvention, failProfile, failUser, failLogin, failApplication, failSession].map(({ catalogue }) => catalogue);
