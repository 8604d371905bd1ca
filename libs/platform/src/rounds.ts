/** Work that is done again and again, one round at a time. */
export interface Rounds {
  /** The first round after so long, 0: at once; on a timer that keeps no process alive. */
  start(firstMs: number): void;
  /** A round now; one that is under way is waited for. */
  look(): Promise<void>;
  /** No round begins by itself any more, and the one under way is told; resolves when it has ended. */
  stop(): Promise<void>;
}

export interface RoundsOptions {
  /** From the end of a round to the next. */
  readonly everyMs: number;
  /** What fails is made up for by the next round. */
  readonly onFailure: (error: unknown) => void;
}

/** `work` is given a signal that aborts when nobody waits for the rest of it. */
export function rounds(work: (stopped: AbortSignal) => Promise<unknown>, { everyMs, onFailure }: RoundsOptions): Rounds {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  const look = (): Promise<void> => (underWay ??= work(stopping.signal).then(() => undefined, onFailure).finally(() => (underWay = undefined)));
  const turn = (): void => void look().finally(() => later(everyMs));
  const later = (ms: number): void => {
    if (!stopping.signal.aborted) timer = setTimeout(turn, ms).unref();
  };
  return {
    start: (firstMs) => (firstMs === 0 ? turn() : later(firstMs)),
    look,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await underWay;
    },
  };
}
