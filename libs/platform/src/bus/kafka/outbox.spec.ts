import { BusUnavailable } from '@geres/kernel';
import type { Kafka } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { Outbox } from './outbox.js';

/** Producers that do as they are told; each send waits to be answered. */
function brokers() {
  const sends: { readonly producer: number; readonly values: readonly string[]; accept(): void; refuse(error: Error): void }[] = [];
  let producers = 0;
  const kafka = {
    producer: () => {
      const producer = (producers += 1);
      return {
        connect: () => Promise.resolve(),
        disconnect: () => Promise.resolve(),
        send: ({ messages }: { readonly messages: readonly { readonly value: string }[] }) =>
          new Promise<void>((accept, refuse) => sends.push({ producer, values: messages.map(({ value }) => value), accept, refuse })),
      };
    },
  } as unknown as Kafka;
  const nth = async (n: number) => (await vi.waitFor(() => expect(sends.length).toBeGreaterThanOrEqual(n)), sends[n - 1]!);
  return { kafka, sends, nth };
}

const outboxOn = (kafka: Kafka): Outbox => new Outbox(kafka, 'spec', () => undefined);

describe('messages on their way to a topic', () => {
  it('of one tick go in one send, those that come meanwhile in the next, and never two at once', async () => {
    const { kafka, sends, nth } = brokers();
    const outbox = outboxOn(kafka);
    const first = ['a', 'b', 'c'].map((value) => outbox.send({ value }));
    expect((await nth(1)).values).toEqual(['a', 'b', 'c']);
    const later = ['d', 'e'].map((value) => outbox.send({ value }));
    await new Promise(setImmediate);
    expect(sends).toHaveLength(1);
    sends[0]!.accept();
    await Promise.all(first);
    expect((await nth(2)).values).toEqual(['d', 'e']);
    sends[1]!.accept();
    await Promise.all(later);
  });

  it('that failed are told so, and what comes after goes with a producer that has not counted them', async () => {
    const { kafka, nth } = brokers();
    const outbox = outboxOn(kafka);
    const lost = outbox.send({ value: 'a' });
    (await nth(1)).refuse(new Error('the reply was lost'));
    await expect(lost).rejects.toBeInstanceOf(BusUnavailable);
    const next = outbox.send({ value: 'b' });
    const second = await nth(2);
    expect([second.values, second.producer]).toEqual([['b'], 2]);
    second.accept();
    await next;
  });

  it('are not more at once than a broker takes, and one that is larger is refused', async () => {
    const { kafka, nth } = brokers();
    const outbox = outboxOn(kafka);
    const half = 'x'.repeat(500_000);
    const both = [outbox.send({ value: half }), outbox.send({ value: half })];
    expect((await nth(1)).values).toHaveLength(1);
    (await nth(1)).accept();
    (await nth(2)).accept();
    await Promise.all(both);
    await expect(outbox.send({ value: 'x'.repeat(800_000) })).rejects.toThrow('too large');
  });

  it('that wait when it closes go out in the time that is given; what is left then is told', async () => {
    const { kafka, nth } = brokers();
    const outbox = outboxOn(kafka);
    const out = outbox.send({ value: 'a' });
    const first = await nth(1);
    const left = outbox.send({ value: 'b' });
    const told = expect(left).rejects.toThrow('it was closed');
    await outbox.close(10);
    await told;
    first.accept();
    await out;
    await expect(outbox.send({ value: 'c' })).rejects.toBeInstanceOf(BusUnavailable);
  });
});
