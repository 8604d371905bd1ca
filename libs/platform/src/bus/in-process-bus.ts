import { BusUnavailable, type Answer, type Command, type CommandBus, type Delivery, type Parked } from '@geres/kernel';

interface Line {
  readonly queue: { readonly message: unknown; attempt: number }[];
  running: boolean;
}

const ATTEMPTS = 5;
const BACKOFF_MS = 50;

/** Commands of one process: a queue for each key, handed over in order. What is not taken comes again; after `ATTEMPTS` it is put aside. */
export class InProcessBus implements CommandBus {
  private readonly handlers = new Map<string, (message: unknown, delivery: Delivery) => void>();
  private readonly lines = new Map<string, Line>();
  private readonly listeners = new Map<string, Set<(message: unknown) => void>>();
  private readonly taking = new Set<Promise<unknown>>();
  private parked: ((parked: Parked) => void) | undefined;
  private closed = false;

  send(topic: string, command: Command): Promise<void> {
    if (this.closed) return Promise.reject(new BusUnavailable('it was closed'));
    const key = `${topic}\n${command.key}`;
    const line = this.lines.get(key) ?? { queue: [], running: false };
    this.lines.set(key, line);
    line.queue.push({ message: command, attempt: 1 });
    this.run(topic, key, line);
    return Promise.resolve();
  }

  handle(topic: string, handler: (message: unknown, delivery: Delivery) => void): Promise<void> {
    if (this.handlers.has(topic)) return Promise.reject(new TypeError(`${topic} has a handler already`));
    this.handlers.set(topic, handler);
    for (const [key, line] of this.lines) if (key.startsWith(`${topic}\n`)) this.run(topic, key, line);
    return Promise.resolve();
  }

  answer(topic: string, answer: Answer): Promise<void> {
    for (const listener of this.listeners.get(topic) ?? []) setImmediate(listener, answer);
    return Promise.resolve();
  }

  answers(topic: string, listener: (message: unknown) => void): Promise<() => void> {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    return Promise.resolve(() => void listeners.delete(listener));
  }

  onParked(listener: (parked: Parked) => void): void {
    this.parked = listener;
  }

  async close(graceMs = 10_000): Promise<void> {
    this.closed = true;
    const late = new Promise((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([Promise.allSettled(this.taking), late]);
  }

  private run(topic: string, key: string, line: Line): void {
    if (line.running || !this.handlers.has(topic)) return;
    line.running = true;
    setImmediate(() => {
      for (let next = line.queue.shift(); next; next = line.queue.shift()) this.deliver(topic, key, line, next);
      line.running = false;
      if (line.queue.length === 0) this.lines.delete(key);
    });
  }

  private deliver(topic: string, key: string, line: Line, one: { readonly message: unknown; attempt: number }): void {
    const again = (reason: string): void => {
      if (this.closed) return;
      if (one.attempt >= ATTEMPTS) return this.parked?.({ topic, reason, message: one.message });
      setTimeout(() => {
        this.lines.set(key, line);
        line.queue.push({ message: one.message, attempt: one.attempt + 1 });
        this.run(topic, key, line);
      }, BACKOFF_MS * one.attempt);
    };
    const delivery: Delivery = {
      attempt: one.attempt,
      until: (taken) => {
        const settled = taken.then(
          () => undefined,
          (error: unknown) => again(error instanceof Error ? error.name : 'refused'),
        );
        this.taking.add(settled);
        void settled.finally(() => this.taking.delete(settled));
      },
      park: (reason) => this.parked?.({ topic, reason, message: one.message }),
    };
    try {
      this.handlers.get(topic)!(one.message, delivery);
    } catch (error) {
      again(error instanceof Error ? error.name : 'refused');
    }
  }
}
