import { commandBusContract } from '@geres/kernel/testing';
import { describe, it } from 'vitest';
import { engine } from '../../testing/engines.js';
import { busOn } from '../../testing/kafka.js';

const server = await engine('kafka');

if (server.there) {
  commandBusContract(
    'Kafka',
    async () => {
      const { bus, another, close } = await busOn(server.address);
      return { bus, another, close };
    },
    { withinMs: 20_000 },
  );
} else {
  describe.skip(`CommandBus contract: Kafka (${server.why})`, () => it('needs a server', () => undefined));
}
