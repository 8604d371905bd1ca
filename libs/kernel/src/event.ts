/** A fact. `type` is stable for ever; a breaking change of `data` adds a new `v` and never edits the old one. */
export interface DomainEvent {
  readonly type: string;
  readonly v: number;
  readonly data: object;
}

export type Event<T extends string, V extends number, D extends object> = Readonly<{ type: T; v: V; data: Readonly<D> }>;

/** What is known about the recording of an event, never about its content. Added by the command handler, not by `decide`. */
export interface EventMeta {
  /** Who did it: `user:<id>`, `application:<id>` or `system:<service>`. Never a name. */
  readonly actor: string;
  readonly application?: string;
  readonly session?: string;
  readonly correlationId: string;
  /** Id (UUID or ULID) of the command that caused the event. Event ids are derived from it. */
  readonly causationId: string;
  /** RFC 3339, UTC. */
  readonly recordedAt: string;
  readonly environment: Environment;
}

export type Environment = 'test' | 'produzione';

/** An event ready to be appended: it has its own id already, so that a repeated append is recognised. */
export interface NewEvent<E extends DomainEvent = DomainEvent> {
  readonly id: string;
  readonly type: E['type'];
  readonly v: E['v'];
  readonly data: E['data'];
  readonly meta: EventMeta;
}

/** An event as the store gives it back. */
export interface Recorded<E extends DomainEvent = DomainEvent> extends NewEvent<E> {
  readonly stream: string;
  /** Counts from 1 inside its stream. */
  readonly version: number;
  /** SHA-256, hex, of the previous event's digest and this event's canonical form: the chain of the stream. */
  readonly digest: string;
  /** Opaque; sorts as a string over the whole store. */
  readonly position: string;
}
