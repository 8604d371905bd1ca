import type { RoleAssignment, SESSION_METHODS, SessionEvent, Tag } from '@geres/contracts';
import type { Decider } from '@geres/kernel';
import { failSession } from './session.problems.js';

export type SessionMethod = (typeof SESSION_METHODS)[number];

export interface OpenedSession {
  readonly status: 'open' | 'closed';
  readonly user: string;
  readonly application: string;
  readonly method: SessionMethod;
  readonly role?: RoleAssignment;
  readonly expiresAt: string;
}

export type Session = { readonly status: 'absent' | 'refused' } | OpenedSession;

export type SessionCommand = { readonly session: string } & (
  | {
      readonly type: 'open';
      readonly user: string;
      readonly application: string;
      readonly method: SessionMethod;
      readonly role?: RoleAssignment;
      readonly now: string;
      readonly expiresAt: string;
    }
  | { readonly type: 'refuse'; readonly method: SessionMethod; readonly reason: string; readonly user?: string; readonly loginTag?: Tag; readonly application?: string }
  | { readonly type: 'close'; readonly reason: string }
);

export const isOpen = (session: Session, now: Date): session is OpenedSession => session.status === 'open' && session.expiresAt > now.toISOString();

function evolve(state: Session, event: SessionEvent): Session {
  switch (event.type) {
    case 'identity.session.opened': {
      const { user, application, method, role, expiresAt } = event.data;
      return { status: 'open', user, application, method, expiresAt, ...(role === undefined ? {} : { role }) };
    }
    case 'identity.session.refused':
      return { status: 'refused' };
    case 'identity.session.closed':
      return state.status === 'open' ? { ...state, status: 'closed' } : state;
    default:
      return event satisfies never;
  }
}

function decide(command: SessionCommand, state: Session): readonly SessionEvent[] {
  const { session } = command;
  switch (command.type) {
    case 'open': {
      const { user, application, method, role, now, expiresAt } = command;
      if (state.status !== 'absent') throw failSession('sessione-gia-presente', { sessione: session });
      if (expiresAt <= now) throw failSession('sessione-senza-durata');
      return [{ type: 'identity.session.opened', v: 1, data: { session, user, application, method, expiresAt, ...(role === undefined ? {} : { role }) } }];
    }
    case 'refuse': {
      const { user, loginTag, application, method, reason } = command;
      if (state.status !== 'absent') throw failSession('sessione-gia-presente', { sessione: session });
      const known = { ...(user === undefined ? {} : { user }), ...(loginTag === undefined ? {} : { loginTag }), ...(application === undefined ? {} : { application }) };
      return [{ type: 'identity.session.refused', v: 1, data: { session, ...known, method, reason } }];
    }
    case 'close':
      if (state.status === 'absent' || state.status === 'refused') throw failSession('sessione-assente', { sessione: session });
      return state.status === 'closed' ? [] : [{ type: 'identity.session.closed', v: 1, data: { session, reason: command.reason } }];
    default:
      return command satisfies never;
  }
}

export const session: Decider<Session, SessionCommand, SessionEvent> = { initial: { status: 'absent' }, evolve, decide };
export const sessionStream = (id: string): string => `session-${id}`;
