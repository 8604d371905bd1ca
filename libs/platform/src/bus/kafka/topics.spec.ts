import { readFile } from 'node:fs/promises';
import kafkajs from 'kafkajs';
import { randomBytes } from 'node:crypto';
import { LOOKUP_ANSWERS, LOOKUP_COMMANDS } from '@geres/contracts';
import { BusUnavailable, type Answer, type Command } from '@geres/kernel';
import { unique } from '@geres/kernel/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { engine } from '../../testing/engines.js';
import { settingsOf } from '../../testing/kafka.js';
import { workplace } from '../../testing/temporary-folder.js';
import { kafkaOf } from './client.js';
import { openKafkaBus, type KafkaBus } from './kafka-bus.js';
import { groupOf, parkedTopicOf } from './names.js';
import { Seal } from './seal.js';
import { answerTopic, commandTopic, createTopics, grantAccess, topicsOf, WrongPartitions } from './topics.js';

const server = await engine('kafka');
const kafka = settingsOf(server.there ? server.address : 'nowhere:9092');
const client = await kafkaOf(kafka, 5);
const { opened } = workplace();

describe('the topics of GeRes', () => {
  it('hold an answer for ten minutes at most: its segment, its retention, and the broker’s next look', () => {
    for (const { name, retentionMs, segmentMs } of topicsOf(12)) if (name.endsWith('answers')) expect(segmentMs + retentionMs + 300_000).toBeLessThanOrEqual(600_000);
    expect(topicsOf(12).filter(({ name }) => name.endsWith('answers'))).toHaveLength(2);
  });

  it('include the place where the messages of each are put aside', () => {
    const names = topicsOf(12).map(({ name }) => name);
    for (const name of names) expect(names).toContain(parkedTopicOf(name));
    expect(parkedTopicOf(LOOKUP_COMMANDS)).toBe('geres.anpr.parked');
  });
});

describe.skipIf(!server.there)(`topics and access on Kafka${server.there ? '' : ` (${server.why})`}`, () => {
  const admin = client.admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());
  const settingsOfTopic = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }] });
    return Object.fromEntries(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]));
  };

  it('are made with partitions and retention, and a second time nothing is made', async () => {
    const topics = [commandTopic(unique('spec.made.'), 3), answerTopic(unique('spec.made.'), 5)];
    expect(await createTopics(kafka, topics, { replicas: 1 })).toEqual(topics.map(({ name }) => name));
    expect(await createTopics(kafka, topics, { replicas: 1 })).toEqual([]);
    const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
    expect(found.map(({ partitions }) => partitions.length).toSorted()).toEqual([3, 5]);
    expect(await settingsOfTopic(topics[1]!.name)).toMatchObject({ 'retention.ms': '180000', 'segment.ms': '60000', 'cleanup.policy': 'delete' });
  });

  it('that are there get the retention that is declared now', async () => {
    const topic = commandTopic(unique('spec.made.'), 1);
    await createTopics(kafka, [topic], { replicas: 1 });
    await createTopics(kafka, [{ ...topic, retentionMs: 1234 }], { replicas: 1 });
    expect((await settingsOfTopic(topic.name))['retention.ms']).toBe('1234');
  });

  it('never get another number of partitions, and then nothing else is changed either', async () => {
    const [there, more] = [commandTopic(unique('spec.made.'), 2), commandTopic(unique('spec.made.'), 2)];
    await createTopics(kafka, [there], { replicas: 1 });
    const asked = createTopics(kafka, [more, { ...there, partitions: 4, retentionMs: 1 }], { replicas: 1 });
    await expect(asked).rejects.toBeInstanceOf(WrongPartitions);
    await expect(asked).rejects.toThrow(`${there.name} ha 2 partizioni invece di 4`);
    expect(await admin.listTopics()).not.toContain(more.name);
    expect((await settingsOfTopic(there.name))['retention.ms']).toBe(String(there.retentionMs));
  });

  const secured = server.there ? server.secured : undefined;
  describe.skipIf(!secured)('with users over TLS', () => {
    const keys = { lookups: [randomBytes(32)], settling: [randomBytes(32)], connections: [randomBytes(32)] };
    const command: Command = { type: 'anpr.lookup.ask', id: 'a', key: 'H501', issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2126-11-23T09:01:00.000Z', data: { n: 1 } };
    const answer: Answer = { type: 'anpr.lookup.answer', to: 'a', issuedAt: command.issuedAt, expiresAt: command.expiresAt, data: { n: 2 } };
    const as = async (service: string, password = secured!.password): Promise<KafkaBus> =>
      opened(
        openKafkaBus({
          kafka: { brokers: [secured!.address], clientId: service, tls: { ca: await readFile(secured!.ca, 'utf8') }, sasl: { username: service, password } },
          service,
          seal: new Seal(keys),
          commitMs: 100,
        }),
      );
    beforeAll(async () => {
      // Others who use this server may have made them.
      const there = await admin.fetchTopicMetadata({ topics: [LOOKUP_COMMANDS] }).catch(() => ({ topics: [] }));
      await createTopics(kafka, topicsOf(there.topics[0]?.partitions.length || 4), { replicas: 1 });
      await grantAccess(kafka, { gateway: 'gateway', connector: 'connector', monitoring: 'monitoring', admin: 'admin' });
    });

    it('each service does what is its own', async () => {
      const [gateway, connector] = [await as('gateway'), await as('connector')];
      const [commands, answers]: [unknown[], unknown[]] = [[], []];
      await connector.handle(LOOKUP_COMMANDS, (message, delivery) => {
        commands.push(message);
        delivery.until(connector.answer(LOOKUP_ANSWERS, answer));
      });
      await gateway.answers(LOOKUP_ANSWERS, (message) => answers.push(message));
      await gateway.send(LOOKUP_COMMANDS, command);
      await vi.waitFor(() => expect([commands, answers]).toEqual([expect.arrayContaining([command]), expect.arrayContaining([answer])]), { timeout: 15_000 });
    });

    it.each<readonly [string, string, (bus: KafkaBus) => Promise<unknown>]>([
      ['a gateway answers nothing', 'gateway', (bus) => bus.answer(LOOKUP_ANSWERS, answer)],
      ['monitoring answers nothing', 'monitoring', (bus) => bus.answer(LOOKUP_ANSWERS, answer)],
      ['admin sends no lookup', 'admin', (bus) => bus.send(LOOKUP_COMMANDS, command)],
    ])('%s: Kafka does not accept it', async (_, service, work) => {
      await expect(work(await as(service))).rejects.toBeInstanceOf(BusUnavailable);
    });

    it('a gateway is given no command', async () => {
      const gateway = await kafkaOf({ brokers: [secured!.address], clientId: 'gateway', tls: { ca: await readFile(secured!.ca, 'utf8') }, sasl: { username: 'gateway', password: secured!.password } }, 0);
      const consumer = gateway.consumer({ groupId: groupOf('gateway', LOOKUP_COMMANDS), retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) } });
      const crashed = new Promise((resolve) => consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error)));
      await consumer.connect();
      await consumer.subscribe({ topic: LOOKUP_COMMANDS, fromBeginning: true });
      await consumer.run({ eachMessage: () => Promise.resolve(expect.fail('a gateway has read a command')) });
      expect(String(await crashed)).toMatch(/not authorized/i);
      await consumer.disconnect();
    });

    it('nobody with another password gets in', async () => {
      const bus = await as('gateway', 'another');
      await expect(bus.send(LOOKUP_COMMANDS, command)).rejects.toBeInstanceOf(BusUnavailable);
    });
  });
});
