import { project, type Collection, type DomainEvent, type EventStore, type Folded, type Projection, type Row } from '@geres/kernel';
import { setTimeout as pause } from 'node:timers/promises';

export interface RunOptions<T extends Row, E extends DomainEvent> {
  readonly projection: Projection<T, E>;
  readonly collection: Collection<Folded<T>>;
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
  /** The last thing that went wrong; an event that this release does not know stops the projection for good. */
  readonly failure: Error | undefined;
  caughtUp(): Promise<void>;
  /** Rejects after `timeoutMs` (default 5000). */
  reached(position: string, timeoutMs?: number): Promise<void>;
  /** Seconds by which the rows are behind; `Infinity` before they have caught up once. */
  lag(): number;
}

/** Runs until `signal` aborts; starts again, with a pause, after a store that was away. */
export function runProjection<T extends Row, E extends DomainEvent>(options: RunOptions<T, E>): RunningProjection {
  const { projection, collection, store, incarnation, signal, onFailure, retryMs = 250 } = options;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of [...waiting]) look();
  };
  const running = { name: projection.name, position: 'start', asOf: undefined as Date | undefined, steady: -Infinity, failure: undefined as Error | undefined };
  const until = (holds: () => boolean, timeoutMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = timeoutMs === Infinity ? undefined : setTimeout(() => end(false), timeoutMs);
      const end = (held: boolean): void => {
        clearTimeout(timer);
        waiting.delete(look);
        resolve(held);
      };
      const look = (): void => {
        if (holds()) end(true);
        else if (signal.aborted) end(false);
      };
      waiting.add(look);
      look();
    });
  void (async () => {
    while (!signal.aborted) {
      try {
        await project(projection, collection, {
          store,
          incarnation,
          signal,
          onProgress: ({ position, caughtUp }) => {
            running.position = position;
            running.failure = undefined;
            if (caughtUp) Object.assign(running, { asOf: caughtUp.asOf, steady: caughtUp.steady });
            wake();
          },
        });
      } catch (error) {
        running.failure = error as Error;
        onFailure?.(running.failure);
        await pause(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    wake();
  })();
  return {
    get name() {
      return running.name;
    },
    get position() {
      return running.position;
    },
    get asOf() {
      return running.asOf;
    },
    get failure() {
      return running.failure;
    },
    caughtUp: async () => void (await until(() => running.asOf !== undefined, Infinity)),
    async reached(position, timeoutMs = 5000) {
      if (!(await until(() => running.position !== 'start' && running.position >= position, timeoutMs))) throw new Error(`${running.name} has not reached its position in ${timeoutMs} ms`);
    },
    lag: () => (performance.now() - running.steady) / 1000,
  };
}
