import type { AccessClaims, RoleAssignment } from '@geres/contracts';
import type { Environment, EventMeta } from '@geres/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who calls, as the token says and the guard has checked. */
export interface Caller {
  /** Absent where no person stands behind the token. */
  readonly user?: string;
  readonly application: string;
  readonly session?: string;
  /** Chosen at sign-in to the console. */
  readonly role?: RoleAssignment;
  readonly scope: readonly string[];
  /** IP address. */
  readonly network: string;
  readonly correlationId: string;
  /** Metadata of the events that a command of this caller causes. */
  meta(commandId: string): EventMeta;
}

export function callerOf(claims: AccessClaims, request: FastifyRequest, environment: Environment, clock: () => Date): Caller {
  const { sub, client_id: application, sid: session, scope = '', ruolo, comune, ente } = claims;
  const user = session === undefined ? undefined : sub;
  const correlationId = request.id;
  return {
    ...(user === undefined ? {} : { user }),
    application,
    ...(session === undefined ? {} : { session }),
    ...(ruolo === undefined ? {} : { role: { role: ruolo, ...(comune === undefined ? {} : { comune }), ...(ente === undefined ? {} : { ente }) } }),
    scope: scope.split(' ').filter(Boolean),
    network: request.ip,
    correlationId,
    meta: (commandId) => ({
      actor: user === undefined ? `application:${application}` : `user:${user}`,
      application,
      ...(session === undefined ? {} : { session }),
      correlationId,
      causationId: commandId,
      recordedAt: clock().toISOString(),
      environment,
    }),
  };
}

export type Identified = FastifyRequest & { caller?: Caller };

/** `@CallerOf() caller: Caller`, behind the guard of `AuthModule`. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<Required<Identified>>().caller);
