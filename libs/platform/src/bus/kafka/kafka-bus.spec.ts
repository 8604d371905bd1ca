import type { Answer, Command, Parked } from '@geres/kernel';
import { unique } from '@geres/kernel/testing';
import type { Admin, Kafka } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compiled, needsCompiled } from '../../testing/child.js';
import { engine } from '../../testing/engines.js';
import { busOn, keyOfSpecs, settingsOf, topicFor, type BusOnKafka } from '../../testing/kafka.js';
import { kafkaWorker, type WorkerOptions } from '../../testing/kafka-worker.js';
import { kafkaOf } from './client.js';
import type { KafkaBusOptions } from './kafka-bus.js';
import { groupOf, parkedTopicOf } from './names.js';

const server = await engine('kafka');
const client = await kafkaOf(settingsOf(server.there ? server.address : 'nowhere:9092'), 5);
const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 25_000, interval: 20 });
const times = { issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2126-11-23T09:00:00.000Z' };
const command = (n: number, key = 'a', more: object = {}): Command => ({ type: 'spec.do', id: randomUUID(), key, ...times, data: { n, ...more } });
const numberOf = (message: unknown): number => (message as Command<{ readonly n: number }>).data.n;

describe.skipIf(!server.there)(`commands over Kafka${server.there ? '' : ` (${server.why})`}`, () => {
  const address = server.there ? server.address : '';
  const admin: Admin = client.admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());
  const closing: { close(): Promise<unknown> }[] = [];
  afterEach(async () => void (await Promise.all(closing.splice(0).map((one) => one.close()))));
  const open = async (options: Partial<KafkaBusOptions> = {}): Promise<BusOnKafka> => {
    const one = await busOn(address, options);
    closing.push(one);
    return one;
  };
  const topic = async (): Promise<string> => {
    const name = unique('spec.commands.');
    await topicFor(address, name);
    return name;
  };
  /** Of the one partition where commands of key `a` are. */
  const committed = async (service: string, name: string): Promise<number> => {
    const [found] = await admin.fetchOffsets({ groupId: groupOf(service, name), topics: [name] });
    return Math.max(...found!.partitions.map(({ offset }) => Number(offset)));
  };
  const asides = async (name: string): Promise<readonly { readonly value: string; readonly headers: Readonly<Record<string, string>> }[]> => {
    const found: { value: string; headers: Record<string, string> }[] = [];
    const consumer = client.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({ topic: parkedTopicOf(name), fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        const headers = Object.fromEntries(Object.entries(message.headers!).map(([header, value]) => [header, String(value)]));
        if (headers['topic'] === name) found.push({ value: message.value!.toString(), headers });
        return Promise.resolve();
      },
    });
    await eventually(() => expect(found).not.toEqual([]));
    await consumer.disconnect();
    return found;
  };

  it('a slow one holds up no other of its partition, and is not committed before it is taken', async () => {
    const service = unique('spec-');
    const [{ bus }, name] = [await open({ service }), await topic()];
    const slow = Promise.withResolvers<void>();
    const seen: number[] = [];
    await bus.handle(name, (message, delivery) => {
      seen.push(numberOf(message));
      delivery.until(numberOf(message) === 2 ? slow.promise : Promise.resolve());
    });
    for (let n = 0; n < 10; n++) await bus.send(name, command(n));
    await eventually(() => expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    await eventually(async () => expect(await committed(service, name)).toBe(2));
    slow.resolve();
    await eventually(async () => expect(await committed(service, name)).toBe(10));
  });

  it('closing commits what was taken, and the next instance begins after it', async () => {
    const service = unique('spec-');
    const name = await topic();
    const first = await open({ service, commitMs: 3_600_000 });
    const seen: number[] = [];
    await first.bus.handle(name, (message, delivery) => (seen.push(numberOf(message)), delivery.until(numberOf(message) === 1 ? new Promise(() => undefined) : Promise.resolve())));
    for (let n = 0; n < 3; n++) await first.bus.send(name, command(n));
    await eventually(() => expect(seen).toEqual([0, 1, 2]));
    await first.bus.close(50);
    const again: number[] = [];
    await (await open({ service })).bus.handle(name, (message, delivery) => (again.push(numberOf(message)), delivery.until(Promise.resolve())));
    await eventually(() => expect(again).toEqual([1, 2]));
  });

  it('one that nobody can open is put aside as it came, with its reason; the others go on', async () => {
    const service = unique('spec-');
    const [{ bus }, name] = [await open({ service }), await topic()];
    const parked: Parked[] = [];
    bus.onParked((one) => parked.push(one));
    const seen: number[] = [];
    await bus.handle(name, (message, delivery) => (seen.push(numberOf(message)), delivery.until(Promise.resolve())));
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic: name, messages: [{ key: 'a', value: '{"type":"spec.do"}' }] });
    await producer.disconnect();
    await bus.send(name, command(1));
    await eventually(() => expect([seen, parked]).toEqual([[1], [{ topic: name, reason: 'it is not sealed', message: undefined }]]));
    expect(await asides(name)).toEqual([{ value: '{"type":"spec.do"}', headers: expect.objectContaining({ reason: 'it is not sealed', offset: '0', attempts: '0' }) as object }]);
    await eventually(async () => expect(await committed(service, name)).toBe(2));
  });

  it('one that was sealed for another key is put aside: it would be handled out of its order', async () => {
    const [{ bus }, name] = [await open(), await topic()];
    const parked: Parked[] = [];
    bus.onParked((one) => parked.push(one));
    await bus.handle(name, (_, delivery) => delivery.until(Promise.resolve()));
    await bus.send(name, command(1));
    const copied = (await copyOf(client, name))!;
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic: name, messages: [{ key: 'other', value: copied }] });
    await producer.disconnect();
    await eventually(() => expect(parked).toEqual([{ topic: name, reason: 'it was sent under another key', message: undefined }]));
  });

  it('an answer that was sealed for another command is heard by nobody; one that nobody here wants is not even opened', async () => {
    const [{ bus }, name] = [await open(), await topic()];
    const parked: Parked[] = [];
    bus.onParked((one) => parked.push(one));
    const heard: string[] = [];
    await bus.answers(name, (message) => heard.push((message as Answer).to), (to) => to !== 'nobody');
    const answer = (to: string): Answer => ({ type: 'spec.done', to, issuedAt: command(1).issuedAt, expiresAt: command(1).expiresAt, data: {} });
    await bus.answer(name, answer('one'));
    const copied = (await copyOf(client, name))!;
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic: name, messages: [{ key: 'nobody', value: 'what nobody could open' }, { key: 'other', value: copied }] });
    await producer.disconnect();
    await bus.answer(name, answer('last'));
    await eventually(() => expect([heard.toSorted(), parked]).toEqual([['last', 'one'], [{ topic: name, reason: 'it was sent under another key', message: undefined }]]));
  });

  it('one that is never taken is put aside still sealed', async () => {
    const [{ bus }, name] = [await open({ attempts: 2 }), await topic()];
    await bus.handle(name, (_, delivery) => delivery.until(Promise.reject(new TypeError('segreto'))));
    await bus.send(name, command(1));
    const [aside] = await asides(name);
    expect(aside!.headers).toMatchObject({ reason: 'TypeError', attempts: '2' });
    expect(aside!.value.split('.')).toHaveLength(5);
  });

  it('of two instances each has its partitions; what is in hand when they are dealt out again is not brought again to who keeps it', async () => {
    const service = unique('spec-');
    const name = await topic();
    const [one, two] = [await open({ service, sessionMs: 2000 }), await open({ service, sessionMs: 2000 })];
    const [first, second]: [number[], number[]] = [[], []];
    const free = Promise.withResolvers<void>();
    const taking = (seen: number[]) => (message: unknown, delivery: { until(taken: Promise<unknown>): void }) => {
      seen.push(numberOf(message));
      delivery.until(free.promise);
    };
    const send = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) await one.bus.send(name, command(n, `key-${n}`));
    };
    await one.bus.handle(name, taking(first));
    await send(0, 40);
    await eventually(() => expect(first).toHaveLength(40));
    await two.bus.handle(name, taking(second));
    await send(40, 120);
    await eventually(() => expect(new Set([...first, ...second]).size).toBe(120));
    await eventually(() => expect(second.filter((n) => n >= 40).length).toBeGreaterThan(0));
    // Who keeps a partition is not brought its commands again; who has it anew has them all.
    expect(new Set(first).size).toBe(first.length);
    expect(new Set(second).size).toBe(second.length);
    free.resolve();
    await two.bus.close(5000);
    await send(120, 140);
    await eventually(() => expect(first.filter((n) => n >= 120)).toHaveLength(20));
    await eventually(async () => {
      const [found] = await admin.fetchOffsets({ groupId: groupOf(service, name), topics: [name] });
      expect(found!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)).toBe(140);
    });
  });

  describe.skipIf(!compiled)(`and processes that die or sleep${needsCompiled}`, () => {
    const worker = (of: Partial<WorkerOptions> & Pick<WorkerOptions, 'service' | 'topic'>) => {
      const one = kafkaWorker({ address, key: keyOfSpecs, sessionMs: 1000, ...of });
      closing.push({ close: () => one.kill() });
      return one;
    };
    const lines = async (of: { line(): Promise<string> }, count: number): Promise<readonly string[]> => {
      const all: string[] = [];
      while (all.length < count) all.push(await of.line());
      return all;
    };

    it('a crash loses nothing: what was not taken comes again, from the first that was not', async () => {
      const service = unique('spec-');
      const [{ bus, another }, name] = [await open({ service, sessionMs: 1000 }), await topic()];
      for (let n = 0; n < 6; n++) await bus.send(name, command(n * 2 === 6 ? 7 : n * 2));
      const dying = worker({ service, topic: name });
      expect((await lines(dying, 7)).filter((line) => line !== 'joined')).toEqual(['0 1', '2 1', '4 1', '7 1', '8 1', '10 1']);
      await eventually(async () => expect(await committed(service, name)).toBe(3));
      await dying.kill();
      const seen: number[] = [];
      await (await another()).handle(name, (message, delivery) => (seen.push(numberOf(message)), delivery.until(Promise.resolve())));
      await eventually(() => expect(seen).toEqual([7, 8, 10]));
    });

    it('one that was asleep past its session puts nothing aside that others have taken, and takes part again', async () => {
      const service = unique('spec-');
      const [{ bus, another }, name] = [await open({ service, sessionMs: 1000 }), await topic()];
      const sleeping = worker({ service, topic: name });
      expect(await sleeping.line()).toBe('joined');
      await bus.send(name, command(1, 'a', { refuse: true }));
      expect(await sleeping.line()).toBe('1 1');
      process.kill(sleeping.pid, 'SIGSTOP');
      const seen: number[] = [];
      const other = await another();
      await other.handle(name, (message, delivery) => (seen.push(numberOf(message)), delivery.until(Promise.resolve())));
      await eventually(() => expect(seen).toEqual([1]));
      process.kill(sleeping.pid, 'SIGCONT');
      // It is heard of again once the group has given it partitions: all of them, when the other has left.
      await other.close();
      await bus.send(name, command(2));
      const heard = await (async () => {
        const all: string[] = [];
        while (all.at(-1) !== '2 1') all.push(await sleeping.line());
        return all;
      })();
      expect(heard.filter((line) => line.startsWith('parked'))).toEqual([]);
    });
  });
});

/** The first message of a topic, as it is. */
async function copyOf(client: Kafka, topic: string): Promise<string | undefined> {
  const consumer = client.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const found = Promise.withResolvers<string | undefined>();
  await consumer.run({ eachMessage: ({ message }) => Promise.resolve(found.resolve(message.value?.toString())) });
  const value = await found.promise;
  await consumer.disconnect();
  return value;
}
