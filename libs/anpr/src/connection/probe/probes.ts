import type { ConnectionTest } from '@geres/contracts';
import { rounds, type Clock, type Rounds } from '@geres/platform';

/** An active connection that is probed. */
export interface Probed {
  readonly comune: string;
  readonly probe: () => Promise<ConnectionTest>;
}

/** What the last probe of a connection has found. */
export interface Standing {
  readonly comune: string;
  readonly reachable: boolean;
  /** Where it ended, if it did not answer. */
  readonly step?: string;
  readonly at: Date;
  /** Since when it is so. */
  readonly since: Date;
}

export interface ProbePorts {
  /** Active connections over `ws`, as they are now. */
  readonly active: () => Iterable<Probed>;
  readonly clock: Clock;
  /** Told when a connection has begun or ceased to answer. */
  readonly onChange: (standing: Standing) => void;
  readonly onFailure: (error: unknown) => void;
  /** Between two rounds; default a quarter of an hour. */
  readonly everyMs?: number;
  /** Before the first, so that a start is not slower for it; default a minute. */
  readonly firstMs?: number;
}

const EVERY_MS = 15 * 60_000;
const FIRST_MS = 60_000;
/** So many silent Comuni of an installation do not keep the others from being probed in time. */
const AT_ONCE = 16;

/**
 * TestConn for each active connection over `ws`, on a slow timer and away from lookups: what it finds is shown, and decides nothing. ANPR that is away for one
 * Comune does not make this process unfit.
 */
export class Probes {
  private readonly all = new Map<string, Standing>();
  private readonly rounds: Rounds;

  constructor(private readonly ports: ProbePorts) {
    const { everyMs = EVERY_MS, onFailure } = ports;
    this.rounds = rounds((stopped) => this.looked(stopped), { everyMs, onFailure });
  }

  /** What was found, of connections that are active. */
  get standings(): readonly Standing[] {
    return [...this.all.values()];
  }

  start(): this {
    this.rounds.start(this.ports.firstMs ?? FIRST_MS);
    return this;
  }

  /** A round now; one that is under way is waited for. */
  look(): Promise<void> {
    return this.rounds.look();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async looked(stopped: AbortSignal): Promise<void> {
    const waiting = [...this.ports.active()];
    const active = new Set(waiting.map(({ comune }) => comune));
    for (const comune of this.all.keys()) if (!active.has(comune)) this.all.delete(comune);
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next && !stopped.aborted; next = waiting.shift()) await this.one(next).catch(this.ports.onFailure);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  private async one({ comune, probe }: Probed): Promise<void> {
    const { succeeded: reachable, step } = await probe();
    const at = this.ports.clock();
    const before = this.all.get(comune);
    const same = before?.reachable === reachable;
    const standing: Standing = { comune, reachable, ...(reachable || step === undefined ? {} : { step }), at, since: same ? before.since : at };
    this.all.set(comune, standing);
    if (!same && (before || !reachable)) this.ports.onChange(standing);
  }
}
