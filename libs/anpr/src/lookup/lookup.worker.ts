import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { LOOKUP_COMMANDS, LookupCommand } from '@geres/contracts';
import type { Delivery } from '@geres/kernel';
import { CLOCK, type Clock } from '@geres/platform';
import { CONNECTOR } from './connector.js';
import type { Connector } from './connector.js';
import { unsound } from './sound.domain.js';

/** Commands about lookups: parse and hand over. It returns at once: the command counts as taken when its record is durable, not when ANPR has answered. */
@Controller()
export class LookupWorker {
  constructor(
    @Inject(CONNECTOR) private readonly connector: Connector,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern(LOOKUP_COMMANDS)
  on(@Payload() message: unknown, @Ctx() context: unknown): void {
    const delivery = context as Delivery;
    const command = LookupCommand.safeParse(message);
    if (!command.success) {
      // The issues name fields and rules, never values.
      delivery.park(command.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`).join('; '));
      return;
    }
    const wrong = unsound(command.data, this.clock());
    if (wrong !== undefined) return delivery.park(wrong);
    delivery.until(this.connector.take(command.data));
  }
}
