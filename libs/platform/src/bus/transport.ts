import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { CommandBus } from '@geres/kernel';

/** Nest's microservice on any `CommandBus`: each `@EventPattern(topic)` becomes its handler, `@Ctx()` is the `Delivery`. */
export class BusTransport extends Server implements CustomTransportStrategy {
  constructor(private readonly bus: CommandBus) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    const all = [...this.messageHandlers].map(([topic, handler]) =>
      this.bus.handle(topic, (message, delivery) => {
        // The handler hands over and returns; what it throws is the bus's to repeat.
        const done = handler(message, delivery);
        if (done instanceof Promise) delivery.until(done);
      }),
    );
    Promise.all(all).then(() => callback(), callback);
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  on(): never {
    throw new Error('a command bus has no events of its own');
  }

  unwrap<T>(): T {
    return this.bus as T;
  }
}
