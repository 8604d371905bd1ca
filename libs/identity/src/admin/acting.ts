import type { Role } from '@geres/contracts';
import type { EventMeta } from '@geres/kernel';
import type { Caller } from '@geres/platform/auth';
import { failHttp } from '@geres/platform/http';
import { randomUUID } from 'node:crypto';
import type { Scope } from './scope.domain.js';

/** Injection token of `Identity`. */
export const IDENTITY = Symbol('Identity');

/** The role of whoever calls, already checked by the guard. Errors: `non-autorizzato`. */
export function scopeOf({ role }: Caller): Scope {
  if (!role) throw failHttp('non-autorizzato');
  return role;
}

/** The Comune of a TOP or an ADMIN. Errors: `non-autorizzato`. */
export function comuneOf(caller: Caller): string {
  const { comune } = scopeOf(caller);
  if (comune === undefined) throw failHttp('non-autorizzato');
  return comune;
}

/** One request is one command. */
export const metaOf = (caller: Caller): EventMeta => caller.meta(randomUUID());

export function permit(allowed: boolean): void {
  if (!allowed) throw failHttp('non-autorizzato');
}

export const ADMINISTRATORS = ['GESTORE', 'TOP', 'ADMIN'] as const satisfies readonly Role[];
