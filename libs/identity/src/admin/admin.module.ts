import { AUDIENCES } from '@geres/contracts';
import { AuthModule } from '@geres/platform/auth';
import { Module, type DynamicModule } from '@nestjs/common';
import { ApplicationApi } from '../application/application.api.js';
import { ComuneApi } from '../comune/comune.api.js';
import { ConventionApi } from '../convention/convention.api.js';
import { EnteApi } from '../ente/ente.api.js';
import type { Identity } from '../identity.js';
import { ProfileApi } from '../profile/profile.api.js';
import { SessionApi } from '../session/session.api.js';
import { UserApi } from '../user/user.api.js';
import { IDENTITY } from './acting.js';

/** Identity and roles, under `/amministrazione/v1`. The OpenID Provider of the same `Identity` is `oidcPlugin`, which takes bodies of its own. */
@Module({})
export class IdentityAdminModule {
  static forRoot(identity: Identity): DynamicModule {
    return {
      module: IdentityAdminModule,
      imports: [AuthModule.forAudience(AUDIENCES.admin)],
      controllers: [ComuneApi, EnteApi, ConventionApi, ProfileApi, UserApi, ApplicationApi, SessionApi],
      providers: [{ provide: IDENTITY, useValue: identity }],
      exports: [IDENTITY],
    };
  }
}
