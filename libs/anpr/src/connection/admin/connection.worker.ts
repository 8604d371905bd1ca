import { CONNECTION_ANSWERS, CONNECTION_COMMANDS, AdministerConnection, type ConnectionAnswer } from '@geres/contracts';
import type { CommandBus, Delivery } from '@geres/kernel';
import { CLOCK, COMMAND_BUS, type Clock } from '@geres/platform';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Administration } from './administration.js';

/** An answer that nobody has fetched from the bus by then is of no use to anybody. */
const ANSWER_MS = 60_000;

/** Acts of administration on connections: parse, do, answer. The next does not wait for one that waits for ANPR. */
@Controller()
export class ConnectionWorker {
  constructor(
    @Inject(Administration) private readonly administration: Administration,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern(CONNECTION_COMMANDS)
  on(@Payload() message: unknown, @Ctx() context: unknown): void {
    const delivery = context as Delivery;
    const command = AdministerConnection.safeParse(message);
    if (!command.success) {
      // The issues name fields and rules, never values.
      return delivery.park(command.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`).join('; '));
    }
    if (command.data.key !== command.data.data.comune) return delivery.park('key: is not the Comune');
    delivery.until(this.done(command.data));
  }

  private async done(command: AdministerConnection): Promise<void> {
    const data = await this.administration.act(command);
    const now = this.clock();
    const answer: ConnectionAnswer = { type: 'anpr.connection.administered', to: command.id, issuedAt: now.toISOString(), expiresAt: new Date(now.getTime() + ANSWER_MS).toISOString(), data };
    // Whoever misses it reads the connection again.
    await this.bus.answer(CONNECTION_ANSWERS, answer).catch(() => undefined);
  }
}
