import type { APPLICATION_GRANTS, ApplicationEvent, PublicJwk } from '@geres/contracts';
import type { Decider } from '@geres/kernel';
import { failApplication } from './application.problems.js';

export type ApplicationGrant = (typeof APPLICATION_GRANTS)[number];

export interface RegisteredApplication {
  readonly status: 'enabled' | 'disabled';
  readonly ente: string;
  readonly name: string;
  readonly grants: readonly ApplicationGrant[];
  readonly redirectUris: readonly string[];
  readonly comune?: string;
  readonly keys: readonly PublicJwk[];
}

export type Application = { readonly status: 'absent' } | RegisteredApplication;

export type ApplicationCommand = { readonly application: string } & (
  | {
      readonly type: 'register';
      readonly ente: string;
      readonly name: string;
      readonly grants: readonly ApplicationGrant[];
      readonly redirectUris: readonly string[];
      readonly comune?: string;
    }
  | { readonly type: 'add-key'; readonly key: PublicJwk }
  | { readonly type: 'remove-key'; readonly kid: string }
  | { readonly type: 'disable'; readonly reason: string }
  | { readonly type: 'enable' }
);

/** The web console, part of the product: a client without an application stream. */
export const CONSOLE_CLIENT = 'geres-console';
/** The command line of an administrator, on a computer of its own. */
export const CLI_CLIENT = 'geres-cli';
/** Clients that are part of the product, where administrators take one of their roles. */
export const isOfProduct = (client: string): boolean => client === CONSOLE_CLIENT || client === CLI_CLIENT;

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:\/|$)/;
const isRedirect = (uri: string): boolean => (uri.startsWith('https://') || LOOPBACK.test(uri)) && !uri.includes('#');

/** Bits of an unsigned integer in base64url. */
function bitsOf(base64url: string): number {
  const stripped = base64url.replace(/^A+/, '');
  if (stripped === '') return 0;
  const first = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(stripped[0]!);
  const padding = ((base64url.length * 6) % 8) as 0 | 2 | 4 | 6;
  return stripped.length * 6 - padding - (6 - (32 - Math.clz32(first)));
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** RSA of 2048 to 8192 bits for RS256, P-256 for ES256; whether the point is on the curve is checked where the key is read. */
function isStrong({ kty, alg, n, e, crv, x, y }: PublicJwk): boolean {
  if (kty === 'RSA') {
    if (alg !== 'RS256' || n === undefined || e === undefined || !BASE64URL.test(n) || crv !== undefined) return false;
    const bits = bitsOf(n);
    return bits >= 2048 && bits <= 8192 && e === 'AQAB';
  }
  return alg === 'ES256' && crv === 'P-256' && [x, y].every((part) => part !== undefined && BASE64URL.test(part) && part.length === 43) && n === undefined;
}

const sameKey = (a: PublicJwk, b: PublicJwk): boolean => a.kty === b.kty && a.n === b.n && a.x === b.x && a.y === b.y;

function evolve(state: Application, event: ApplicationEvent): Application {
  if (event.type === 'identity.application.registered') {
    const { ente, name, grants, redirectUris, comune } = event.data;
    return { status: 'enabled', ente, name, grants, redirectUris, keys: [], ...(comune === undefined ? {} : { comune }) };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'identity.application.key-added':
      return { ...state, keys: [...state.keys, event.data.key] };
    case 'identity.application.key-removed':
      return { ...state, keys: state.keys.filter(({ kid }) => kid !== event.data.kid) };
    case 'identity.application.disabled':
      return { ...state, status: 'disabled' };
    case 'identity.application.enabled':
      return { ...state, status: 'enabled' };
    default:
      return event satisfies never;
  }
}

function register(command: Extract<ApplicationCommand, { type: 'register' }>): readonly ApplicationEvent[] {
  const { application, ente, name, grants, redirectUris, comune } = command;
  if (isOfProduct(application)) throw failApplication('nome-riservato', { applicazione: application });
  const reporting = grants.includes('client-credentials');
  if (reporting !== (comune !== undefined) || (reporting && grants.length > 1) || new Set(grants).size !== grants.length) throw failApplication('modi-di-accesso-non-coerenti');
  if (!redirectUris.every(isRedirect) || (grants.includes('authorization-code') && redirectUris.length === 0)) throw failApplication('redirect-non-ammesso');
  return [
    {
      type: 'identity.application.registered',
      v: 1,
      data: { application, ente, name, grants: [...grants], redirectUris: [...redirectUris], ...(comune === undefined ? {} : { comune }) },
    },
  ];
}

function decide(command: ApplicationCommand, state: Application): readonly ApplicationEvent[] {
  const { application } = command;
  if (command.type === 'register') {
    if (state.status !== 'absent') throw failApplication('applicazione-gia-registrata', { applicazione: application });
    return register(command);
  }
  if (state.status === 'absent') throw failApplication('applicazione-assente', { applicazione: application });
  switch (command.type) {
    case 'add-key': {
      const { key } = command;
      if (!isStrong(key)) throw failApplication('chiave-debole');
      const there = state.keys.find(({ kid }) => kid === key.kid);
      if (there && !sameKey(there, key)) throw failApplication('chiave-gia-presente', { kid: key.kid });
      return there ? [] : [{ type: 'identity.application.key-added', v: 1, data: { application, key } }];
    }
    case 'remove-key':
      if (!state.keys.some(({ kid }) => kid === command.kid)) throw failApplication('chiave-assente', { kid: command.kid });
      return [{ type: 'identity.application.key-removed', v: 1, data: { application, kid: command.kid } }];
    case 'disable':
      return state.status === 'disabled' ? [] : [{ type: 'identity.application.disabled', v: 1, data: { application, reason: command.reason } }];
    case 'enable':
      return state.status === 'enabled' ? [] : [{ type: 'identity.application.enabled', v: 1, data: { application } }];
    default:
      return command satisfies never;
  }
}

export const application: Decider<Application, ApplicationCommand, ApplicationEvent> = { initial: { status: 'absent' }, evolve, decide };
export const applicationStream = (id: string): string => `application-${id}`;
