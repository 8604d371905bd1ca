import { breakerSettings, came, closedCircuit, holdsMs, left, lookAt, looked, type BreakerChoices, type BreakerSettings, type Circuit, type Sign } from './breaker.domain.js';
import { departed, everyMs, freePace, served, throttled, type Pace } from './pace.domain.js';

export interface BulkheadSize {
  readonly maxInFlight: number;
  readonly maxQueued: number;
  readonly breaker?: BreakerChoices | undefined;
  /** Questions a minute in one name; no limit if absent. */
  readonly perMinute?: number | undefined;
}

/** What the call of a question that has left says of ANPR. Only what is said first counts; nothing is said of a call that ends without a word. */
export interface Departure {
  came(sign: Sign, asked?: { readonly less?: { readonly forMs?: number | undefined } | undefined }): void;
}

/** The turn of a question: it leaves, or why it never will. */
export type Turn =
  | { readonly kind: 'leave'; readonly departure: Departure }
  /** ANPR does not answer: nothing leaves for a while. */
  | { readonly kind: 'circuit-open'; readonly retryInMs: number }
  /** It would have to wait past its time. */
  | { readonly kind: 'late'; readonly retryInMs: number }
  | { readonly kind: 'stopped' };

export interface Wait {
  /** In whose name it is asked: what leaves in one name keeps its pace, and waits for no other. */
  readonly name?: string | undefined;
  /** The longest that it may wait. */
  readonly withinMs?: number;
  /** Lets it wait no longer. */
  readonly signal?: AbortSignal;
}

/** A place among the questions of one Comune and channel: taken before the question is recorded, used or given back after. */
export interface Place {
  /** Calls `task` at its turn. A slot is taken only by what leaves, until `task` ends; who waits holds no more than a place in the line. `task` must not reject. */
  start(task: (turn: Turn) => Promise<void>, wait?: Wait): void;
  /** Gives an unused place back. */
  release(): void;
}

interface Waiting {
  readonly order: number;
  readonly task: (turn: Turn) => Promise<void>;
  /** Lets go of its timer and of its signal. */
  settle(): void;
}

/** What waits in one name, in the order of arrival, and how fast it may leave. */
interface Line {
  pace: Pace;
  readonly waiting: Waiting[];
}

export interface BulkheadPorts {
  /** Told whenever the circuit opens, lets a probe through, or closes. */
  readonly onCircuit?: (state: Circuit['state']) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Keeps the slow or broken channel of one Comune from taking what belongs to the others: so many questions in flight, so many waiting, no more; each name at its
 * pace; none while ANPR does not answer.
 */
export class Bulkhead {
  private taken = 0;
  private flying = 0;
  private arrivals = 0;
  private breaker: BreakerSettings;
  /** Between two questions in one name. */
  private every: number;
  private circuit: Circuit;
  private readonly lines = new Map<string, Line>();
  private wake: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;
  private readonly now: () => number;
  private readonly onCircuit: (state: Circuit['state']) => void;

  constructor(
    private size: BulkheadSize,
    { onCircuit = () => undefined, now = () => performance.now() }: BulkheadPorts = {},
  ) {
    this.breaker = breakerSettings(size.breaker, size.maxInFlight);
    this.every = everyMs(size.perMinute);
    this.now = now;
    this.onCircuit = onCircuit;
    this.circuit = closedCircuit(now());
  }

  resize(size: BulkheadSize): void {
    this.size = size;
    this.breaker = breakerSettings(size.breaker, size.maxInFlight);
    this.every = everyMs(size.perMinute);
    this.next();
  }

  get queued(): number {
    let all = 0;
    for (const { waiting } of this.lines.values()) all += waiting.length;
    return all;
  }

  get inFlight(): number {
    return this.flying;
  }

  get state(): Circuit['state'] {
    return this.circuit.state;
  }

  /** `undefined` when there is no room. */
  reserve(): Place | undefined {
    if (this.taken >= this.size.maxInFlight + this.size.maxQueued) return undefined;
    this.taken += 1;
    let used = false;
    const once = (): boolean => {
      if (used) return false;
      used = true;
      return true;
    };
    return {
      start: (task, wait = {}) => {
        if (once()) this.line(task, wait);
      },
      release: () => {
        if (once()) this.taken -= 1;
      },
    };
  }

  /** Puts a question in its line, if it can be served there. */
  private line(task: Waiting['task'], { name = '', withinMs = Infinity, signal }: Wait): void {
    const line = this.lines.get(name) ?? { pace: freePace, waiting: [] };
    this.lines.set(name, line);
    const now = this.now();
    this.see(looked(this.circuit, now, this.breaker));
    const holds = this.holds(now);
    const goesIn = Math.max(0, line.pace.nextAt - now) + line.waiting.length * this.every;
    if (signal?.aborted) return this.away(task, { kind: 'stopped' });
    if (holds > 0) return this.away(task, { kind: 'circuit-open', retryInMs: holds });
    if (goesIn >= withinMs) return this.away(task, { kind: 'late', retryInMs: goesIn });
    const give = (turn: Turn) => (): void => {
      line.waiting.splice(line.waiting.indexOf(waiting), 1);
      waiting.settle();
      this.away(task, turn);
    };
    const stop = give({ kind: 'stopped' });
    const timer = Number.isFinite(withinMs) ? setTimeout(give({ kind: 'late', retryInMs: 0 }), withinMs).unref() : undefined;
    signal?.addEventListener('abort', stop, { once: true });
    const waiting: Waiting = {
      order: this.arrivals++,
      task,
      settle: () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
      },
    };
    line.waiting.push(waiting);
    this.next();
  }

  /** Lets leave what may, in the order of arrival; turns all away while the circuit is open. */
  private next(): void {
    const now = this.now();
    this.see(looked(this.circuit, now, this.breaker));
    while (this.flying < this.size.maxInFlight && this.holds(now) === 0) {
      const line = this.readyLine(now);
      if (!line) break;
      this.leave(line, now);
    }
    const retryInMs = this.holds(now);
    if (retryInMs > 0) this.allAway({ kind: 'circuit-open', retryInMs });
    this.wakeUp(now);
  }

  private allAway(turn: Turn): void {
    for (const { waiting } of this.lines.values()) {
      for (const { task, settle } of waiting.splice(0)) {
        settle();
        this.away(task, turn);
      }
    }
  }

  private leave(line: Line, now: number): void {
    const { task, settle } = line.waiting.shift()!;
    settle();
    this.flying += 1;
    line.pace = departed(line.pace, now, this.every);
    this.see(left(this.circuit, now));
    const departure = this.departure(line, this.circuit.last);
    void task({ kind: 'leave', departure }).finally(() => {
      this.flying -= 1;
      this.taken -= 1;
      departure.came('nothing');
      this.next();
    });
  }

  private departure(line: Line, call: number): Departure {
    let said = false;
    return {
      came: (sign, { less } = {}) => {
        if (said) return;
        said = true;
        const now = this.now();
        if (less) line.pace = throttled(line.pace, now, less.forMs);
        else if (sign === 'life') line.pace = served(line.pace);
        this.see(came(this.circuit, call, sign, now, this.breaker));
        this.next();
      },
    };
  }

  private away(task: Waiting['task'], turn: Turn): void {
    this.taken -= 1;
    void task(turn);
  }

  /** The line whose first has waited longest, of those in whose name one may leave now. */
  private readyLine(now: number): Line | undefined {
    let ready: Line | undefined;
    for (const line of this.lines.values()) {
      const [first] = line.waiting;
      if (first && line.pace.nextAt <= now && !(ready && ready.waiting[0]!.order < first.order)) ready = line;
    }
    return ready;
  }

  /** How long nothing leaves. Where every slot is taken by a question that has no answer, there is no need of another to probe. */
  private holds(now: number): number {
    const { circuit, size, flying } = this;
    return circuit.state === 'open' && flying >= size.maxInFlight ? Math.max(this.breaker.openMs, circuit.probeFrom - now) : holdsMs(circuit, now, this.breaker);
  }

  private see(circuit: Circuit): void {
    const { state } = this.circuit;
    this.circuit = circuit;
    if (circuit.state !== state) this.onCircuit(circuit.state);
  }

  /** Looks again when time alone may have changed something: calls that are silent, a name whose turn comes. */
  private wakeUp(now: number): void {
    let at = lookAt(this.circuit, this.breaker);
    if (this.flying < this.size.maxInFlight) for (const { pace, waiting } of this.lines.values()) if (waiting.length > 0) at = Math.min(at, pace.nextAt);
    if (at === Infinity || (this.wake && this.wake.at <= at)) return;
    clearTimeout(this.wake?.timer);
    const timer = setTimeout(() => {
      this.wake = undefined;
      this.next();
    }, Math.max(0, Math.ceil(at - now))).unref();
    this.wake = { at, timer };
  }
}
