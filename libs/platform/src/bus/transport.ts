import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { CommandBus } from '@geres/kernel';
import { isObservable, lastValueFrom } from 'rxjs';

/** Nest's microservice on any `CommandBus`: each `@EventPattern(topic)` becomes its handler, `@Ctx()` is the `Delivery`. */
export class BusTransport extends Server implements CustomTransportStrategy {
  /** Nest gives what a handler throws to the bus, which brings the command again, instead of only logging it. */
  override readonly propagatesEventHandlerErrors = true;

  constructor(private readonly bus: CommandBus) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    const all = [...this.messageHandlers].map(([topic, handler]) =>
      this.bus.handle(topic, (message, delivery) => {
        delivery.until(concluded(handler(message, delivery)));
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

/** Nest answers a handler that threw with a stream that fails: it fails here too. */
async function concluded(result: unknown): Promise<void> {
  const value = await result;
  if (isObservable(value)) await lastValueFrom(value, { defaultValue: undefined });
}
