import { BusUnavailable, type Answer, type Command, type CommandBus, type Parked } from '@geres/kernel';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import type { Handler } from '../handing-over.js';
import { kafkaOf, type KafkaSettings, type OnTrouble } from './client.js';
import { Intake, type PutAside } from './intake.js';
import { Listening } from './listening.js';
import { Outbox } from './outbox.js';
import { MessageNotOpened, type Seal } from './seal.js';
import { groupOf, parkedTopicOf } from './names.js';

export interface KafkaBusOptions {
  readonly kafka: KafkaSettings;
  /** Of what its groups begin with: the instances of one service share the commands. */
  readonly service: string;
  readonly seal: Seal;
  /** How often a command comes that is not taken, before it is put aside. */
  readonly attempts?: number;
  /** The pause before the second time; each further one is three times as long. */
  readonly backoffMs?: number;
  readonly commitMs?: number;
  /** An instance that says nothing for so long has lost its commands to others. */
  readonly sessionMs?: number;
  readonly onTrouble?: OnTrouble;
}

export interface KafkaBus extends CommandBus {
  /** It is a member of every group that it wants to be. */
  readonly ready: boolean;
}

/** How long whoever subscribes waits for the group, before it goes on by itself. */
const JOIN_MS = 10_000;
/** A send is tried that often, ten seconds in all; a reader begins again sooner. */
const SEND_RETRIES = 11;
const READ_RETRIES = 4;

/** Commands and answers over Kafka, sealed. The brokers need not be there yet. The topics must: `createTopics`. */
export async function openKafkaBus(options: KafkaBusOptions): Promise<KafkaBus> {
  return new Bus(await kafkaOf(options.kafka, SEND_RETRIES), await kafkaOf(options.kafka, READ_RETRIES), options);
}

class Bus implements KafkaBus {
  private readonly instance = randomUUID();
  /** One a topic: a topic that cannot be written to holds up no other. */
  private readonly outboxes = new Map<string, Outbox>();
  private readonly intakes = new Map<string, Intake>();
  private readonly listenings = new Map<string, Listening>();
  private readonly leaving = new Set<Promise<void>>();
  private readonly parkedListeners = new Set<(parked: Parked) => void>();
  private readonly onTrouble: OnTrouble;
  private closed = false;

  constructor(
    private readonly writing: Kafka,
    private readonly reading: Kafka,
    private readonly options: KafkaBusOptions,
  ) {
    this.onTrouble = options.onTrouble ?? (() => undefined);
  }

  get ready(): boolean {
    return !this.closed && [...this.intakes.values(), ...this.listenings.values()].every((one) => one.ready);
  }

  send(topic: string, command: Command): Promise<void> {
    return this.out(topic, command.key, command);
  }

  /** What is said of one command stays in order. */
  answer(topic: string, answer: Answer): Promise<void> {
    return this.out(topic, answer.to, answer);
  }

  async handle(topic: string, handler: Handler): Promise<void> {
    if (this.intakes.has(topic)) throw new TypeError(`${topic} has a handler already`);
    const { service, attempts = 6, backoffMs = 100, commitMs = 1000, sessionMs = 10_000 } = this.options;
    const intake = new Intake({
      ...{ kafka: this.reading, topic, groupId: groupOf(service, topic), handler, attempts, backoffMs, commitMs, sessionMs, onTrouble: this.onTrouble },
      // Its key has decided who handles it, and in which order.
      open: (record) => this.opened(topic, record, (message) => (message as Command).key),
      putAside: (one) => this.putAside(one),
      onParked: (parked) => this.tell(parked),
    });
    this.intakes.set(topic, intake);
    await intake.joined(JOIN_MS);
  }

  async answers(topic: string, hear: (message: unknown) => void, wants: (to: string) => boolean = () => true): Promise<() => void> {
    const { service, sessionMs = 10_000 } = this.options;
    const listening =
      this.listenings.get(topic) ??
      new Listening({
        ...{ kafka: this.reading, topic, groupId: `${groupOf(service, topic)}.${this.instance}`, sessionMs, onTrouble: this.onTrouble },
        // Its key has decided who hears it.
        open: (record) => this.opened(topic, record, (message) => (message as Answer).to),
        // Every instance has it: it is told, and not put aside by each of them.
        onUnopened: (error) => {
          this.onTrouble('open', error);
          this.tell({ topic, reason: error instanceof MessageNotOpened ? error.reason : 'not opened', message: undefined });
        },
      });
    const listener = { hear, wants };
    this.listenings.set(topic, listening);
    listening.listeners.add(listener);
    await listening.joined(JOIN_MS);
    return () => {
      listening.listeners.delete(listener);
      if (listening.listeners.size > 0 || this.listenings.get(topic) !== listening) return;
      this.listenings.delete(topic);
      const left = listening.close().finally(() => this.leaving.delete(left));
      this.leaving.add(left);
    };
  }

  onParked(listener: (parked: Parked) => void): void {
    this.parkedListeners.add(listener);
  }

  async close(graceMs = 10_000): Promise<void> {
    const first = !this.closed;
    this.closed = true;
    await Promise.all([...this.intakes.values()].map((intake) => intake.close(graceMs)));
    if (!first) return;
    await Promise.all([...this.leaving, ...[...this.listenings.values()].map((one) => one.close()), ...[...this.outboxes.values()].map((one) => one.close(graceMs))]);
  }

  private async out(topic: string, key: string, message: Command | Answer): Promise<void> {
    if (this.closed) throw new BusUnavailable('it was closed');
    await this.outbox(topic).send({ key, value: await this.options.seal.seal(topic, message) });
  }

  private outbox(topic: string): Outbox {
    const outbox = this.outboxes.get(topic) ?? new Outbox(this.writing, topic, this.onTrouble);
    this.outboxes.set(topic, outbox);
    return outbox;
  }

  private async opened(topic: string, { key, value }: KafkaMessage, keyOf: (message: unknown) => string): Promise<unknown> {
    const message = await this.options.seal.open(topic, value?.toString('utf8') ?? '');
    if (keyOf(message) !== key?.toString('utf8')) throw new MessageNotOpened('it was sent under another key');
    return message;
  }

  /** As it came, still sealed; why, and from where. */
  private putAside({ topic, partition, record, reason, attempts }: PutAside): Promise<void> {
    const headers = { reason: reason.slice(0, 500), topic, partition: String(partition), offset: record.offset, attempts: String(attempts), at: new Date().toISOString() };
    return this.outbox(parkedTopicOf(topic)).send({ key: record.key, value: record.value, headers });
  }

  private tell(parked: Parked): void {
    for (const listener of this.parkedListeners) setImmediate(listener, parked);
  }
}
