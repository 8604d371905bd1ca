import { BusUnavailable, type Answer, type Command, type CommandBus, type Parked } from '@geres/kernel';
import { handOver, InHand, reasonOf, type Handler, type Listener } from './handing-over.js';

interface Waiting {
  readonly message: unknown;
  readonly attempt: number;
}

/** Commands of one topic and key, in the order in which they came. */
interface Line {
  readonly topic: string;
  readonly queue: Waiting[];
  running: boolean;
}

const ATTEMPTS = 5;
const BACKOFF_MS = 50;

/** Commands of one process: a queue for each key, handed over in order. What is not taken comes again; after `ATTEMPTS` it is put aside. */
export class InProcessBus implements CommandBus {
  private readonly handlers = new Map<string, Handler>();
  private readonly lines = new Map<string, Line>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly inHand = new InHand();
  private readonly parkedListeners = new Set<(parked: Parked) => void>();
  private closed = false;

  send(topic: string, command: Command): Promise<void> {
    if (this.closed) return Promise.reject(new BusUnavailable('it was closed'));
    this.queue(topic, command.key, { message: command, attempt: 1 });
    return Promise.resolve();
  }

  handle(topic: string, handler: Handler): Promise<void> {
    if (this.handlers.has(topic)) return Promise.reject(new TypeError(`${topic} has a handler already`));
    this.handlers.set(topic, handler);
    for (const [name, line] of this.lines) if (line.topic === topic) this.run(name, line);
    return Promise.resolve();
  }

  answer(topic: string, answer: Answer): Promise<void> {
    if (this.closed) return Promise.reject(new BusUnavailable('it was closed'));
    for (const { hear, wants } of this.listeners.get(topic) ?? []) if (wants(answer.to)) setImmediate(hear, answer);
    return Promise.resolve();
  }

  answers(topic: string, hear: (message: unknown) => void, wants: (to: string) => boolean = () => true): Promise<() => void> {
    const listener = { hear, wants };
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    return Promise.resolve(() => void listeners.delete(listener));
  }

  onParked(listener: (parked: Parked) => void): void {
    this.parkedListeners.add(listener);
  }

  async close(graceMs = 10_000): Promise<void> {
    this.closed = true;
    this.lines.clear();
    await this.inHand.ended(graceMs);
  }

  private queue(topic: string, key: string, waiting: Waiting): void {
    const name = `${topic}\n${key}`;
    const line = this.lines.get(name) ?? { topic, queue: [], running: false };
    this.lines.set(name, line);
    line.queue.push(waiting);
    this.run(name, line);
  }

  private run(name: string, line: Line): void {
    const handler = this.handlers.get(line.topic);
    if (line.running || !handler) return;
    line.running = true;
    setImmediate(() => {
      for (let next = this.closed ? undefined : line.queue.shift(); next; next = line.queue.shift()) this.deliver(name, line.topic, handler, next);
      line.running = false;
      if (line.queue.length === 0) this.lines.delete(name);
    });
  }

  private deliver(name: string, topic: string, handler: Handler, { message, attempt }: Waiting): void {
    const park = (reason: string): void => {
      for (const listener of this.parkedListeners) setImmediate(listener, { topic, reason, message });
    };
    const again = (error: unknown): void => {
      if (attempt >= ATTEMPTS) return park(reasonOf(error));
      setTimeout(() => {
        if (!this.closed) this.queue(topic, name.slice(topic.length + 1), { message, attempt: attempt + 1 });
      }, BACKOFF_MS * attempt).unref();
    };
    handOver(handler, message, attempt, { taken: () => undefined, again, park }, this.inHand.track);
  }
}
