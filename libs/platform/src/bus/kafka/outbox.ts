import { BusUnavailable } from '@geres/kernel';
import type { Kafka, Message, Producer } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import type { OnTrouble } from './client.js';

interface Waiting {
  readonly message: Message;
  readonly bytes: number;
  readonly done: () => void;
  readonly failed: (error: BusUnavailable) => void;
}

/** A batch of a partition is at most 1 MB where a broker is not told otherwise. */
const MOST_BYTES = 768 * 1024;
const LEAVE_MS = 2000;

/**
 * Messages on their way to one topic. Those of one tick, and those that come while a send is under way, are the next send: one at a time, so that what was accepted first is
 * before what was accepted later, whatever has to be tried again.
 */
export class Outbox {
  private waiting: Waiting[] = [];
  private producer: Promise<Producer> | undefined;
  private flushing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    private readonly onTrouble: OnTrouble,
  ) {}

  /** Resolves when every replica that must have it has it. Errors: `BusUnavailable`. */
  send(message: Message): Promise<void> {
    if (this.closed) return Promise.reject(new BusUnavailable('it was closed'));
    const bytes = Buffer.byteLength(message.value ?? '') + 200;
    if (bytes > MOST_BYTES) return Promise.reject(new BusUnavailable(`a message of ${bytes} bytes is too large`));
    return new Promise((done, failed) => {
      this.waiting.push({ message, bytes, done, failed });
      this.flushing ??= new Promise(setImmediate).then(() => this.flush());
    });
  }

  /** What waits still goes out, if it can in that time. */
  async close(graceMs: number): Promise<void> {
    this.closed = true;
    const late = new AbortController();
    await Promise.race([this.flushing, pause(graceMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    for (const { failed } of this.waiting.splice(0)) failed(new BusUnavailable('it was closed'));
    await this.discard();
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.next();
      try {
        const producer = await (this.producer ??= this.connected());
        await producer.send({ acks: -1, topic: this.topic, messages: batch.map(({ message }) => message) });
        for (const { done } of batch) done();
      } catch (error) {
        this.onTrouble('send', error);
        // It counts what it sent: after a send of which nobody knows what became, it would take other messages for the same ones again.
        await this.discard();
        const unavailable = new BusUnavailable(error instanceof Error ? error.name : 'refused');
        for (const { failed } of batch) failed(unavailable);
      }
    }
    this.flushing = undefined;
  }

  private next(): readonly Waiting[] {
    let bytes = 0;
    const over = this.waiting.findIndex((one) => (bytes += one.bytes) > MOST_BYTES);
    return this.waiting.splice(0, over < 0 ? this.waiting.length : over);
  }

  private async connected(): Promise<Producer> {
    const { Partitioners } = (await import('kafkajs')).default;
    const producer = this.kafka.producer({ idempotent: true, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return producer;
  }

  private async discard(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    const gone = producer?.then((one) => one.disconnect()).catch(() => undefined);
    await Promise.race([gone, pause(LEAVE_MS, undefined, { ref: false })]);
  }
}
