import type { CommandBus } from '@geres/kernel';
import { randomBytes, randomUUID } from 'node:crypto';
import { createTopics, openKafkaBus, Seal, type KafkaBus, type KafkaBusOptions, type KafkaSettings } from '../bus/index.js';
import { parkedTopicOf } from '../bus/kafka/names.js';
import { answerTopic, commandTopic, parkedTopic } from '../bus/kafka/topics.js';

export const PARTITIONS = 4;
/** One key for all messages of the specs, whatever their type. */
const key = randomBytes(32);
export const keyOfSpecs = key.toString('base64');
export const sealOfSpecs = (): Seal => new Seal({ lookups: [key] }, () => 'lookups');

export const settingsOf = (address: string): KafkaSettings => ({ brokers: [address], clientId: 'geres-spec' });

const made = new Set<string>();

/** Makes what the explicit command would have made for it. */
export async function topicFor(address: string, name: string): Promise<void> {
  if (made.has(name)) return;
  made.add(name);
  const topic = name.includes('answers') ? answerTopic(name, PARTITIONS) : commandTopic(name, PARTITIONS);
  await createTopics(settingsOf(address), [topic, parkedTopic(parkedTopicOf(name))], { replicas: 1 });
}

export interface BusOnKafka {
  readonly bus: CommandBus;
  another(): Promise<CommandBus>;
  close(): Promise<void>;
}

/** A bus in a service of its own; topics are made when they are first named. */
export async function busOn(address: string, options: Partial<KafkaBusOptions> = {}): Promise<BusOnKafka> {
  const service = `spec-${randomUUID().slice(0, 8)}`;
  const opened: KafkaBus[] = [];
  const open = async (): Promise<CommandBus> => {
    const bus = await openKafkaBus({ kafka: settingsOf(address), service, seal: sealOfSpecs(), attempts: 4, backoffMs: 20, commitMs: 100, ...options });
    opened.push(bus);
    return withTopics(address, bus);
  };
  const bus = await open();
  return { bus, another: open, close: async () => void (await Promise.all(opened.map((one) => one.close(0)))) };
}

function withTopics(address: string, bus: CommandBus): CommandBus {
  const first = <A extends unknown[], R>(work: (topic: string, ...rest: A) => Promise<R>) => async (topic: string, ...rest: A): Promise<R> => {
    await topicFor(address, topic);
    return work.call(bus, topic, ...rest);
  };
  return { send: first(bus.send), handle: first(bus.handle), answer: first(bus.answer), answers: first(bus.answers), onParked: (listener) => bus.onParked(listener), close: (graceMs) => bus.close(graceMs) };
}
