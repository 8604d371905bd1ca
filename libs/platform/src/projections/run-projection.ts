import { project, ProjectionStopped, StoreUnavailable, type DomainEvent, type EventStore, type ProjectedTo, type Projection, type Row } from '@geres/kernel';
import { setTimeout as pause } from 'node:timers/promises';
import { Waiting } from './waiting.js';

export interface RunOptions<T extends Row, E extends DomainEvent> {
  readonly projection: Projection<T, E>;
  readonly collection: ProjectedTo<T>;
  readonly store: EventStore;
  readonly incarnation: string;
  readonly signal: AbortSignal;
  readonly onFailure?: (error: Error) => void;
  readonly retryMs?: number;
}

/** A projection at work. */
export interface RunningProjection {
  readonly name: string;
  readonly position: string;
  /** Everything committed before it is in the rows; by the wall clock, for people. */
  readonly asOf: Date | undefined;
  /** The last thing that went wrong; gone once there is progress again. `ProjectionStopped`, an event that this release does not know, and a damaged store are for good. */
  readonly failure: Error | undefined;
  /** Rejects when the projection has stopped for good. */
  caughtUp(): Promise<void>;
  /** Rejects after `timeoutMs` (default 5000), or when the projection has stopped for good before. */
  reached(position: string, timeoutMs?: number): Promise<void>;
  /** Seconds by which the rows are behind; `Infinity` before they have caught up once. */
  lag(): number;
}

/** Runs until `signal` aborts; starts again, with a pause, after a store that was away; stops at an event that it cannot apply. */
export function runProjection<T extends Row, E extends DomainEvent>(options: RunOptions<T, E>): RunningProjection {
  const { projection, collection, store, incarnation, signal, onFailure, retryMs = 250 } = options;
  const { name } = projection;
  const running = { position: 'start', asOf: undefined as Date | undefined, steady: -Infinity, failure: undefined as Error | undefined };
  const stopped = (): boolean => running.failure instanceof ProjectionStopped || (running.failure instanceof StoreUnavailable && running.failure.damaged);
  const waiting = new Waiting(() => signal.aborted || stopped());
  void (async () => {
    while (!signal.aborted && !stopped()) {
      try {
        await project(projection, collection, {
          store,
          incarnation,
          signal,
          onProgress: ({ position, caughtUp }) => {
            Object.assign(running, { position, failure: undefined }, caughtUp && { asOf: caughtUp.asOf, steady: caughtUp.steady });
            waiting.look();
          },
        });
      } catch (error) {
        const known = running.failure?.message;
        running.failure = error as Error;
        // Told once, however long the store is away.
        if (running.failure.message !== known) onFailure?.(running.failure);
        if (!stopped()) await pause(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    waiting.look();
  })();
  return {
    name,
    get position() {
      return running.position;
    },
    get asOf() {
      return running.asOf;
    },
    get failure() {
      return running.failure;
    },
    async caughtUp() {
      if (!(await waiting.until(() => running.asOf !== undefined)) && running.failure) throw running.failure;
    },
    async reached(position, timeoutMs = 5000) {
      if (!(await waiting.until(() => running.position !== 'start' && running.position >= position, timeoutMs))) throw (stopped() && running.failure) || new Error(`${name} has not reached its position in ${timeoutMs} ms`);
    },
    lag: () => (performance.now() - running.steady) / 1000,
  };
}
