import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload, type MicroserviceOptions } from '@nestjs/microservices';
import type { Command, CommandBus, Delivery, Parked } from '@geres/kernel';
import { unique } from '@geres/kernel/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { engine } from '../testing/engines.js';
import { busOn } from '../testing/kafka.js';
import { InProcessBus } from './in-process-bus.js';
import { BusTransport } from './transport.js';

/** Of this run: the server may have that of another. */
const TOPIC = unique('spec.work.');

interface Work {
  readonly n: number;
  readonly how: 'take' | 'throw once' | 'reject once' | 'park';
}

const seen: { readonly n: number; readonly attempt: number }[] = [];

@Controller()
class Worker {
  @EventPattern(TOPIC)
  on(@Payload() message: unknown, @Ctx() context: unknown): unknown {
    const delivery = context as Delivery;
    const { n, how } = (message as Command<Work>).data;
    seen.push({ n, attempt: delivery.attempt });
    if (how === 'park') return delivery.park('not understood');
    if (delivery.attempt === 1 && how === 'throw once') throw new Error('not now');
    return delivery.attempt === 1 && how === 'reject once' ? Promise.reject(new Error('not now')) : delivery.until(Promise.resolve());
  }
}

@Module({ controllers: [Worker] })
class Root {}

const command = (data: Work): Command<Work> => ({ type: 'spec.work', id: String(data.n), key: 'a', issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2126-11-23T09:01:00.000Z', data });
const kafka = await engine('kafka');

const BUSES: readonly (readonly [string, boolean, () => Promise<CommandBus>])[] = [
  ['in process', true, () => Promise.resolve(new InProcessBus())],
  [`on Kafka${kafka.there ? '' : ` (${kafka.why})`}`, kafka.there, async () => (await busOn(kafka.there ? kafka.address : '')).bus],
];

for (const [where, there, open] of BUSES) {
  describe.skipIf(!there)(`a Nest controller on the bus ${where}`, () => {
    const apps: { close(): Promise<void> }[] = [];
    afterEach(async () => {
      for (const app of apps.splice(0)) await app.close();
    });

    it('is handed its commands in order, gets again what it threw at or rejected, and parks what it says', async () => {
      const bus = await open();
      const parked: Parked[] = [];
      bus.onParked((one) => parked.push(one));
      seen.length = 0;
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(Root, { strategy: new BusTransport(bus), logger: false });
      apps.push(app);
      await app.listen();
      const works: readonly Work[] = [{ n: 1, how: 'take' }, { n: 2, how: 'throw once' }, { n: 3, how: 'reject once' }, { n: 4, how: 'park' }, { n: 5, how: 'take' }];
      for (const work of works) await bus.send(TOPIC, command(work));
      await vi.waitFor(() => expect([seen.length, parked.length]).toEqual([7, 1]), { timeout: 20_000 });
      expect(seen.filter(({ attempt }) => attempt === 1).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
      expect(seen.filter(({ attempt }) => attempt === 2).map(({ n }) => n).toSorted()).toEqual([2, 3]);
      expect(parked).toEqual([{ topic: TOPIC, reason: 'not understood', message: command(works[3]!) }]);
    });
  });
}
