import { AccessClaims, issuerOf, type Audience } from '@geres/contracts';
import type { Environment } from '@geres/kernel';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import type { CanActivate, Type } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { failHttp } from '../http/http.problems.js';
import type { Clock } from '../installation.js';
import { IssuerUnreachable, type Jwks } from './jwks.js';

export interface TokenRules {
  readonly audience: Audience;
  readonly publicUrl: string;
  readonly environment: Environment;
  readonly jwks: Jwks;
  readonly clock: Clock;
}

/** Of the clocks of two machines. */
const LEEWAY_SECONDS = 5;

/** A passport guard that puts the `AccessClaims` of the request's token in `request.user`. Errors: `non-autenticato`; `servizio-non-pronto` where the issuer's keys cannot be had. */
export interface TokenGuard {
  readonly guard: CanActivate;
  /** Passport is one for the whole process: what was put in it is taken out. */
  forget(): void;
}

/** Access tokens of GeRes: `at+jwt`, ES256, one audience, the issuer of this installation and environment. */
export function accessTokenGuard({ audience, publicUrl, environment, jwks, clock }: TokenRules): TokenGuard {
  const name = `geres-access-token-${randomUUID()}`;

  class AccessTokenStrategy extends PassportStrategy(Strategy, name) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        algorithms: ['ES256'],
        audience,
        issuer: issuerOf(publicUrl, environment),
        jsonWebTokenOptions: { clockTolerance: LEEWAY_SECONDS },
        secretOrKeyProvider: (_request: unknown, token: string, done: (error: unknown, key?: string) => void) => {
          const { typ, kid } = headerOf(token);
          if (typ?.toLowerCase() !== 'at+jwt' || kid === undefined) return done(new Error('not an access token'));
          jwks.key(kid).then(
            // The types of passport-jwt know text only; a KeyObject is not parsed again for each token.
            (key) => (key === undefined ? done(new Error('no such key')) : done(null, key as unknown as string)),
            (error: unknown) => done(error),
          );
        },
      });
    }

    validate(payload: unknown): AccessClaims | false {
      const { success, data } = AccessClaims.safeParse(payload);
      return success && data.ambiente === environment && data.iat * 1000 <= clock().getTime() + LEEWAY_SECONDS * 1000 ? data : false;
    }
  }
  new AccessTokenStrategy();

  class AccessTokenGuard extends AuthGuard(name) {
    override handleRequest<T>(error: unknown, claims: T | false | null, info: unknown): T {
      if (error instanceof IssuerUnreachable || info instanceof IssuerUnreachable) throw failHttp('servizio-non-pronto');
      if (error || !claims) throw failHttp('non-autenticato');
      return claims;
    }
  }
  return { guard: new (AccessTokenGuard as Type<CanActivate>)(), forget: () => void passport.unuse(name) };
}

function headerOf(token: string): { readonly typ?: string; readonly kid?: string } {
  try {
    const { typ, kid } = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8')) as { readonly typ?: unknown; readonly kid?: unknown };
    return { ...(typeof typ === 'string' ? { typ } : {}), ...(typeof kid === 'string' ? { kid } : {}) };
  } catch {
    return {};
  }
}
