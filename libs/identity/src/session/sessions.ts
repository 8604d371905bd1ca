import type { RoleAssignment, SessionEvent, Tag } from '@geres/contracts';
import { fold, handle, whole, type EventMeta, type EventStore, type Handled, type HandleOptions } from '@geres/kernel';
import { session, sessionStream, type Session, type SessionCommand, type SessionMethod } from './session.domain.js';

/** A session lasts a working day. */
export const SESSION_MS = 10 * 3600_000;

export interface Opening {
  readonly session: string;
  readonly user: string;
  readonly application: string;
  readonly method: SessionMethod;
  readonly role?: RoleAssignment;
  readonly lastsMs?: number;
}

export interface Refusal {
  readonly session: string;
  readonly method: SessionMethod;
  readonly reason: string;
  readonly user?: string;
  readonly loginTag?: Tag;
  readonly application?: string;
}

export class Sessions {
  constructor(private readonly store: EventStore) {}

  /** Durable when it resolves: a token may leave. */
  async open({ lastsMs = SESSION_MS, ...opening }: Opening, meta: EventMeta): Promise<Handled<SessionEvent> & { readonly expiresAt: Date }> {
    const expiresAt = new Date(Date.parse(meta.recordedAt) + lastsMs);
    const handled = await this.run({ type: 'open', ...opening, now: meta.recordedAt, expiresAt: expiresAt.toISOString() }, meta);
    return { ...handled, expiresAt };
  }

  refuse(refusal: Refusal, meta: EventMeta): Promise<Handled<SessionEvent>> {
    return this.run({ type: 'refuse', ...refusal }, meta);
  }

  close(id: string, reason: string, meta: EventMeta, options: HandleOptions = {}): Promise<Handled<SessionEvent>> {
    return this.run({ type: 'close', session: id, reason }, meta, options);
  }

  async load(id: string): Promise<Session> {
    return fold(session, (await whole(this.store.read(sessionStream(id)))).events);
  }

  private run(command: SessionCommand, meta: EventMeta, options: HandleOptions = {}): Promise<Handled<SessionEvent>> {
    return handle(this.store, session, sessionStream(command.session), command, meta, options);
  }
}
