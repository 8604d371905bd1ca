import type { Parked } from '@geres/kernel';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { handOver, InHand, reasonOf, type Handler } from '../handing-over.js';
import type { OnTrouble } from './client.js';
import { Consuming, type ConsumingOptions } from './consuming.js';
import { MessageNotOpened } from './seal.js';
import { Watermark } from './watermark.js';

/** A message that is put aside, as it came. */
export interface PutAside {
  readonly topic: string;
  readonly partition: number;
  readonly record: KafkaMessage;
  readonly reason: string;
  readonly attempts: number;
}

export interface IntakeOptions extends Pick<ConsumingOptions, 'kafka' | 'topic' | 'groupId' | 'sessionMs'> {
  readonly handler: Handler;
  readonly open: (record: KafkaMessage) => Promise<unknown>;
  readonly putAside: (one: PutAside) => Promise<void>;
  readonly onParked: (parked: Parked) => void;
  readonly onTrouble: OnTrouble;
  /** A command that is not taken comes as often as this, each time after a longer pause. */
  readonly attempts: number;
  readonly backoffMs: number;
  readonly commitMs: number;
}

/** One command in hand. */
interface Taken {
  readonly partition: number;
  readonly watermark: Watermark;
  readonly record: KafkaMessage;
  readonly offset: bigint;
  readonly message: unknown;
}

/** Past so many of one partition in hand the next ones stay with the broker; and past so many that would come again after a crash, because of one before them. */
const MOST_IN_HAND = 5000;
const MOST_UNCOMMITTED = 100_000;
const CHUNK = 200;

/**
 * The commands of one topic that fall to this process: each is handed over in its order and the next does not wait for it. What is committed, on a timer and at the
 * end, is the offset before which everything was taken or put aside: after a crash the others come again, to whoever has the partition then.
 */
export class Intake {
  private readonly partitions = new Map<number, Watermark>();
  private readonly inHand = new InHand();
  private readonly consuming: Consuming;
  private readonly committing: NodeJS.Timeout;
  private closing = false;

  constructor(private readonly options: IntakeOptions) {
    const { kafka, topic, groupId, sessionMs, onTrouble, commitMs } = options;
    this.consuming = new Consuming({
      ...{ kafka, topic, groupId, sessionMs, onTrouble, fromBeginning: true },
      onJoin: (partitions) => this.assigned(partitions),
      onRebalance: () => void this.commit(),
      onBatch: (payload) => this.batch(payload),
    });
    this.committing = setInterval(() => void this.commit(), commitMs);
    this.committing.unref();
  }

  get ready(): boolean {
    return this.consuming.ready;
  }

  joined(ms: number): Promise<void> {
    return this.consuming.joined(ms);
  }

  /** Takes nothing more, waits for what was taken, commits it, leaves the group. */
  async close(graceMs: number): Promise<void> {
    this.closing = true;
    clearInterval(this.committing);
    if (this.ready) this.consuming.consumer?.pause([{ topic: this.options.topic }]);
    await this.inHand.ended(graceMs);
    await this.commit();
    await this.consuming.stop();
    this.partitions.clear();
  }

  /** A partition that stays keeps what is in hand; of one that goes nothing is tried again, put aside or committed here: it is its new owner's. */
  private assigned(partitions: readonly number[]): void {
    for (const known of this.partitions.keys()) if (!partitions.includes(known)) this.partitions.delete(known);
    for (const partition of partitions) if (!this.partitions.has(partition)) this.partitions.set(partition, new Watermark());
  }

  private async batch({ batch: { partition, messages }, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const watermark = this.partitions.get(partition);
    if (!watermark) return;
    const mine = (): boolean => !this.closing && isRunning() && !isStale() && this.partitions.get(partition) === watermark;
    for (let at = 0; at < messages.length; at += CHUNK) {
      const records = messages.slice(at, at + CHUNK);
      const opened = await Promise.all(records.map((record) => this.options.open(record).then((message) => ({ message }), (error: unknown) => ({ error }))));
      for (const [index, record] of records.entries()) {
        for (; mine() && (watermark.inHand >= MOST_IN_HAND || watermark.size >= MOST_UNCOMMITTED); await pause(20)) await heartbeat();
        if (!mine()) return;
        this.take(partition, watermark, record, opened[index]!);
        resolveOffset(record.offset);
      }
      await heartbeat();
    }
  }

  private take(partition: number, watermark: Watermark, record: KafkaMessage, opened: { readonly message: unknown } | { readonly error: unknown }): void {
    const offset = BigInt(record.offset);
    if (!watermark.hold(offset)) return;
    const taken = { partition, watermark, record, offset };
    if ('message' in opened) return this.deliver({ ...taken, message: opened.message }, 1);
    this.options.onTrouble('open', opened.error);
    this.inHand.track(this.putAside({ ...taken, message: undefined }, opened.error instanceof MessageNotOpened ? opened.error.reason : reasonOf(opened.error), 0));
  }

  private deliver(one: Taken, attempt: number): void {
    const { attempts, backoffMs, handler } = this.options;
    const putAside = (reason: string): void => this.inHand.track(this.putAside(one, reason, attempt));
    const again = (error: unknown): void => {
      if (this.closing) return;
      if (attempt >= attempts) return putAside(reasonOf(error));
      setTimeout(() => this.isMine(one) && !this.closing && this.deliver(one, attempt + 1), backoffMs * 3 ** (attempt - 1)).unref();
    };
    handOver(handler, one.message, attempt, { taken: () => one.watermark.done(one.offset), again, park: putAside }, this.inHand.track);
  }

  private isMine({ partition, watermark }: Taken): boolean {
    return this.partitions.get(partition) === watermark;
  }

  /** Only by a member of the group: one that was asleep, and whose commands others have, finds out here that it is one no more. */
  private async putAside(one: Taken, reason: string, attempts: number): Promise<void> {
    const { topic, onParked, onTrouble } = this.options;
    const { partition, record, message, watermark, offset } = one;
    while (this.isMine(one)) {
      try {
        await this.commitOf([[partition, watermark.position!]]);
        await this.options.putAside({ topic, partition, record, reason, attempts });
        watermark.done(offset);
        return onParked({ topic, reason, message });
      } catch (error) {
        onTrouble('park', error);
        if (this.closing) return;
        await pause(this.options.backoffMs, undefined, { ref: false });
      }
    }
  }

  private async commit(): Promise<void> {
    const due = [...this.partitions].flatMap(([partition, { toCommit }]) => (toCommit === undefined ? [] : [[partition, toCommit] as const]));
    if (due.length === 0 || !this.consuming.consumer) return;
    const before = new Map(due.map(([partition]) => [partition, this.partitions.get(partition)]));
    try {
      await this.commitOf(due);
      for (const [partition, position] of due) before.get(partition)?.committed(position);
    } catch (error) {
      // It is made up for by the next; while the group changes there is nothing to be told.
      if (this.ready) this.options.onTrouble('commit', error);
    }
  }

  private async commitOf(positions: readonly (readonly [partition: number, position: bigint])[]): Promise<void> {
    const { consumer } = this.consuming;
    if (!consumer) throw new Error('not a member of the group');
    await consumer.commitOffsets(positions.map(([partition, position]) => ({ topic: this.options.topic, partition, offset: String(position) })));
  }
}
