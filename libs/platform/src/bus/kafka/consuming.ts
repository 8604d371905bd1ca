import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import type { OnTrouble } from './client.js';

export interface ConsumingOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  /** Where a group begins that has committed nothing. */
  readonly fromBeginning: boolean;
  /** A member that says nothing for so long is taken to be gone. */
  readonly sessionMs: number;
  /** The partitions of this member, before anything of them is read. */
  readonly onJoin: (partitions: readonly number[], consumer: Consumer) => void;
  /** Others come or go: what was done so far is better committed now. */
  readonly onRebalance?: () => void;
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>;
  readonly onTrouble: OnTrouble;
}

const RESTART_MS = 300;
/** A fetch waits for messages that long: who leaves waits for it. */
const FETCH_MS = 300;
/** One that does nothing for so many sessions is begun anew. */
const STILL = 6;
const LEAVE_MS = 5000;
const CONCURRENT_PARTITIONS = 16;

/** A member of a consumer group that reads one topic, and begins again whatever ends it, until it is stopped. It commits nothing by itself. */
export class Consuming {
  private readonly stopping = new AbortController();
  private readonly first = Promise.withResolvers<void>();
  private readonly running: Promise<void>;
  private member: { readonly consumer: Consumer; joined: boolean } | undefined;

  constructor(private readonly options: ConsumingOptions) {
    this.running = this.run();
  }

  /** Resolves when it is a member for the first time, or after `ms`. */
  async joined(ms: number): Promise<void> {
    await Promise.race([this.first.promise, pause(ms, undefined, { ref: false })]);
  }

  get ready(): boolean {
    return this.member?.joined ?? false;
  }

  get consumer(): Consumer | undefined {
    return this.member?.consumer;
  }

  /** Leaves the group. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.first.resolve();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.once(signal);
      } catch (error) {
        if (!signal.aborted) this.options.onTrouble('consume', error);
      }
      await pause(RESTART_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until it crashes or is stopped. */
  private async once(signal: AbortSignal): Promise<void> {
    const { kafka, topic, groupId, fromBeginning, sessionMs, onJoin, onRebalance, onBatch } = this.options;
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionMs,
      heartbeatInterval: Math.floor(sessionMs / 5),
      rebalanceTimeout: sessionMs,
      maxWaitTimeInMs: FETCH_MS,
      allowAutoTopicCreation: false,
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
    const member = { consumer, joined: false };
    const over = Promise.withResolvers<void>();
    let heard = performance.now();
    for (const sign of [consumer.events.HEARTBEAT, consumer.events.FETCH, consumer.events.GROUP_JOIN]) consumer.on(sign, () => void (heard = performance.now()));
    // It may stand still for ever without a word, after brokers that came and went.
    const watching = setInterval(() => performance.now() - heard > sessionMs * STILL && over.reject(new Error('the consumer stands still')), sessionMs);
    watching.unref();
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      member.joined = true;
      onJoin((payload.memberAssignment as Readonly<Record<string, readonly number[]>>)[topic] ?? [], consumer);
      this.first.resolve();
    });
    consumer.on(consumer.events.REBALANCING, () => {
      member.joined = false;
      onRebalance?.();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => over.reject(payload.error));
    const stopped = (): void => over.resolve();
    signal.addEventListener('abort', stopped, { once: true });
    this.member = member;
    try {
      await Promise.race([over.promise, consumer.connect()]);
      if (signal.aborted) return;
      await consumer.subscribe({ topic, fromBeginning });
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: CONCURRENT_PARTITIONS, eachBatch: onBatch });
      await over.promise;
    } finally {
      clearInterval(watching);
      over.promise.catch(() => undefined);
      member.joined = false;
      signal.removeEventListener('abort', stopped);
      await Promise.race([consumer.disconnect().catch(() => undefined), pause(LEAVE_MS, undefined, { ref: false })]);
      this.member = undefined;
    }
  }
}
