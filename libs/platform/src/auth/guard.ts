import type { AccessClaims, Role } from '@geres/contracts';
import { SetMetadata, type CanActivate, type ExecutionContext, type OnModuleDestroy } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { failHttp } from '../http/http.problems.js';
import type { Clock, Installation } from '../installation.js';
import type { Live } from '../projections/index.js';
import type { TokenGuard } from './access-token.strategy.js';
import { failAuth } from './auth.problems.js';
import { callerOf, type Caller, type Identified } from './caller.js';
import { holdsRole, standingOf } from './standing.js';
import type { RightsState } from './rights.js';
import { VerifiedTokens } from './verified-tokens.js';

const ROLES = 'geres:roles';
/** Roles that a route admits. The role is the one chosen at sign-in, and must still be held. */
export const Roles = (...roles: readonly Role[]): MethodDecorator & ClassDecorator => SetMetadata(ROLES, roles);

export interface GuardOptions {
  /** This address and those below it are this guard's. */
  readonly path: string;
  /** Made when first needed: the address of a process on a free port is known late. */
  readonly tokens: () => TokenGuard;
  readonly rights: Live<RightsState>;
  readonly installation: Installation;
  readonly clock: Clock;
  readonly reflector: Reflector;
  /** `identify`: the token alone is checked here, since whoever decides also records the refusal. Routes with `@Roles` are enforced all the same. */
  readonly mode: 'enforce' | 'identify';
}

const FRESH_MS = 1000;
const BEARER = /^Bearer ([\w.~+/=-]+)$/i;

/** Token, then session, user, application and role. */
export class AccessGuard implements CanActivate, OnModuleDestroy {
  private readonly verified = new VerifiedTokens();
  private tokens: TokenGuard | undefined;

  constructor(private readonly options: GuardOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Identified>();
    const { path, installation, clock, mode, reflector } = this.options;
    const { url } = request.routeOptions;
    if (url !== path && !url?.startsWith(`${path}/`)) return true;
    const caller = callerOf(await this.claims(context, request), request, installation.environment, clock);
    const roles = reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES, [context.getHandler(), context.getClass()]);
    if (mode === 'enforce' || roles) await this.enforce(caller);
    if (roles && !(caller.role && roles.includes(caller.role.role) && holdsRole(this.options.rights.state, caller))) throw failHttp('non-autorizzato');
    request.caller = caller;
    return true;
  }

  onModuleDestroy(): void {
    this.tokens?.forget();
    this.tokens = undefined;
  }

  private async claims(context: ExecutionContext, request: Identified): Promise<AccessClaims> {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw failHttp('non-autenticato');
    const known = this.verified.get(token, this.options.clock());
    if (known) return known;
    await (this.tokens ??= this.options.tokens()).guard.canActivate(context);
    const { user: claims } = request as Identified & { readonly user: AccessClaims };
    this.verified.put(token, claims);
    return claims;
  }

  /** Every stop of a session, user or application is effective within a second; where that cannot be shown, nobody enters. */
  private async enforce(caller: Caller): Promise<void> {
    const { rights, clock } = this.options;
    const { session, application } = caller;
    // What was recorded just before the token was issued may not have come here yet.
    const seen = ({ sessions, applications }: RightsState): boolean => (session === undefined ? applications.has(application) : sessions.has(session));
    if (!(await rights.canTell(seen, FRESH_MS))) throw failAuth('diritti-non-verificabili');
    if (!rights.fresh(FRESH_MS)) throw failAuth('diritti-non-verificabili');
    const standing = standingOf(rights.state, caller, clock());
    if (standing !== undefined) throw failAuth(standing);
  }
}
