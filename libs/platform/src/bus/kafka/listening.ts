import type { Admin, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { untilItWorks, type OnTrouble } from './client.js';
import type { Listener } from '../handing-over.js';
import { Consuming, type ConsumingOptions } from './consuming.js';

export interface ListeningOptions extends Pick<ConsumingOptions, 'kafka' | 'topic' | 'groupId' | 'sessionMs'> {
  /** Errors: what was not sealed for this topic, or under another key. */
  readonly open: (record: KafkaMessage) => Promise<unknown>;
  readonly onUnopened: (error: unknown) => void;
  readonly onTrouble: OnTrouble;
}

/**
 * The answers of one topic from now on, to this process: a group of its own that never commits. It notes by itself how far it has read, so that what comes while a
 * broker is away is heard afterwards.
 */
export class Listening {
  readonly listeners = new Set<Listener>();
  private readonly stopping = new AbortController();
  private readonly positions = new Map<number, string>();
  private readonly started: Promise<Consuming | undefined>;
  private consuming: Consuming | undefined;

  constructor(private readonly options: ListeningOptions) {
    this.started = this.start();
  }

  get ready(): boolean {
    return this.consuming?.ready ?? false;
  }

  /** Resolves when nothing that is said from now on is missed, or after `ms`. */
  async joined(ms: number): Promise<void> {
    const late = AbortSignal.timeout(ms);
    await Promise.race([this.started.then((consuming) => consuming?.joined(ms)), new Promise<void>((resolve) => late.addEventListener('abort', () => resolve()))]);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await (await this.started)?.stop();
  }

  private async start(): Promise<Consuming | undefined> {
    const { kafka, topic, groupId, sessionMs, onTrouble } = this.options;
    const ends = await untilItWorks(() => endsOf(kafka.admin(), topic), { signal: this.stopping.signal, onFailure: (error) => onTrouble('consume', error) });
    if (!ends || this.stopping.signal.aborted) return undefined;
    for (const { partition, offset } of ends) this.positions.set(partition, offset);
    this.consuming = new Consuming({
      ...{ kafka, topic, groupId, sessionMs, onTrouble, fromBeginning: false },
      onJoin: (partitions, consumer) => {
        for (const partition of partitions) consumer.seek({ topic, partition, offset: this.positions.get(partition) ?? '0' });
      },
      onBatch: (payload) => this.batch(payload),
    });
    return this.consuming;
  }

  private async batch({ batch: { partition, messages }, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> {
    if (isStale()) return;
    const opened = await Promise.all(messages.map((record) => this.heard(record)));
    for (const [index, { offset }] of messages.entries()) {
      opened[index]!();
      this.positions.set(partition, String(BigInt(offset) + 1n));
      resolveOffset(offset);
    }
    await heartbeat();
  }

  /** Opens a record that somebody wants; the way to tell them. */
  private async heard(record: KafkaMessage): Promise<() => void> {
    const to = record.key?.toString('utf8') ?? '';
    const listeners = [...this.listeners].filter(({ wants }) => wants(to));
    if (listeners.length === 0) return () => undefined;
    try {
      const message = await this.options.open(record);
      return () => {
        for (const { hear } of listeners) hear(message);
      };
    } catch (error) {
      return () => this.options.onUnopened(error);
    }
  }
}

async function endsOf(admin: Admin, topic: string): Promise<readonly { readonly partition: number; readonly offset: string }[]> {
  try {
    await admin.connect();
    return await admin.fetchTopicOffsets(topic);
  } finally {
    await admin.disconnect();
  }
}
