import type { DomainEvent } from '@geres/kernel';
import { z } from 'zod';

/** One type and version of event: its schema is the contract, its description is the line of docs/events.md. */
export interface EventContract<T extends string = string, V extends number = number, S extends z.ZodType<object> = z.ZodType<object>> {
  readonly type: T;
  readonly v: V;
  readonly description: string;
  readonly data: S;
}

export const defineEvent = <const T extends string, const V extends number, S extends z.ZodRawShape>(
  type: T,
  v: V,
  description: string,
  shape: S,
): EventContract<T, V, z.ZodObject<S, z.core.$strict>> => ({ type, v, description, data: z.strictObject(shape) });

/** The closed union of the events of a list of contracts. */
export type EventOf<C extends EventContract> = C extends EventContract<infer T, infer V, infer S> ? Readonly<{ type: T; v: V; data: Readonly<z.infer<S>> }> : never;

/** Thrown where an event is read whose type or version this release does not know: the reader stops, it never skips. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
  constructor(
    readonly type: string,
    readonly v: number,
  ) {
    super(`this release does not know ${type} v${v}`);
  }
}

/** Checks that an event read from a store is one of `contracts`; its data was checked when it was written. */
export function known<C extends EventContract>(contracts: readonly C[], event: DomainEvent): EventOf<C> {
  if (!contracts.some(({ type, v }) => type === event.type && v === event.v)) throw new UnknownEvent(event.type, event.v);
  return event as EventOf<C>;
}
