import type { LoginEvent, Tag } from '@geres/contracts';
import type { Decider } from '@geres/kernel';
import { failLogin } from './login.problems.js';

export type LoginKind = 'login' | 'cf';
export type Login = { readonly status: 'free' } | { readonly status: 'reserved'; readonly user: string };

export type LoginCommand = { readonly tag: Tag; readonly user: string } & (
  | {
      readonly type: 'reserve';
      readonly kind: LoginKind;
      /** A user that the caller found to hold it without a right: never enrolled, or enrolled under another one. */
      readonly abandonedBy?: string;
    }
  | { readonly type: 'release' }
);

function evolve(_: Login, event: LoginEvent): Login {
  switch (event.type) {
    case 'identity.login.reserved':
      return { status: 'reserved', user: event.data.user };
    case 'identity.login.released':
      return { status: 'free' };
    default:
      return event satisfies never;
  }
}

function decide(command: LoginCommand, state: Login): readonly LoginEvent[] {
  const { tag, user } = command;
  const holder = state.status === 'reserved' ? state.user : undefined;
  switch (command.type) {
    case 'reserve': {
      if (holder === user) return [];
      const reserved: LoginEvent = { type: 'identity.login.reserved', v: 1, data: { tag, user } };
      if (holder === undefined) return [reserved];
      if (holder === command.abandonedBy) return [{ type: 'identity.login.released', v: 1, data: { tag, user: holder } }, reserved];
      throw failLogin(command.kind === 'login' ? 'nome-utente-in-uso' : 'codice-fiscale-in-uso');
    }
    case 'release':
      return holder === user ? [{ type: 'identity.login.released', v: 1, data: { tag, user } }] : [];
    default:
      return command satisfies never;
  }
}

export const login: Decider<Login, LoginCommand, LoginEvent> = { initial: { status: 'free' }, evolve, decide };
export const loginStream = (tag: string): string => `login-${tag}`;
