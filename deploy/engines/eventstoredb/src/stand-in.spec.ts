import { ANY, BACKWARDS, END, EventStoreDBClient, jsonEvent, NO_STREAM, STREAM_EXISTS, START, streamNameFilter, type AppendExpectedRevision, type AppendResult, type EventData } from '@eventstore/db-client';
import { ServerFeaturesClient } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import { credentials } from '@grpc/grpc-js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEventStoreDbStandIn, type Node, type StandIn } from './index.js';

/** What the documentation of the client and of the server promises, asked with the client itself: nothing here knows GeRes. */
let folder: string;
let standIn: StandIn;
let client: EventStoreDBClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'geres-stand-in-'));
  standIn = await startEventStoreDbStandIn({ folder });
  client = EventStoreDBClient.connectionString(standIn.connectionString);
});
afterEach(async () => {
  await client.dispose();
  await standIn.close();
  await rm(folder, { recursive: true });
});

const event = (n = 0): EventData => jsonEvent({ type: 'thing-happened', data: { n }, metadata: { by: 'spec' } });
const events = (count: number): EventData[] => Array.from({ length: count }, (_, n) => event(n));
/** Credentials with a call make the client take the plain append; without, it takes the batched one. */
const plain = { credentials: { username: 'nobody', password: 'nothing' } };
const kinds: readonly (readonly [string, object])[] = [['batched', {}], ['plain', plain]];
const read = async (stream: string, options = {}): Promise<{ n: number; revision: bigint; position: bigint }[]> => {
  const found = [];
  for await (const { event: one } of client.readStream(stream, options)) found.push({ n: (one!.data as { n: number }).n, revision: one!.revision, position: one!.position!.commit });
  return found;
};

describe.each(kinds)('a %s append', (_, how) => {
  const append = (stream: string, added: EventData[], expectedRevision: AppendExpectedRevision): Promise<AppendResult> => client.appendToStream(stream, added, { expectedRevision, ...how });

  it('tells the revision and the position of its last event', async () => {
    const { nextExpectedRevision, position } = await append('a', events(3), NO_STREAM);
    expect(nextExpectedRevision).toBe(2n);
    expect((await read('a')).at(-1)).toMatchObject({ revision: 2n, position: position!.commit });
  });

  it.each<[string, AppendExpectedRevision, object]>([
    ['an earlier revision', 0n, { expectedVersion: 0n, actualVersion: 1n }],
    ['a later revision', 7n, { expectedVersion: 7n, actualVersion: 1n }],
    ['no stream', NO_STREAM, { expectedVersion: NO_STREAM, actualVersion: 1n }],
  ])('is refused, with the actual revision, where it expects %s', async (_what, expected, told) => {
    await append('a', events(2), NO_STREAM);
    await expect(append('a', events(1), expected)).rejects.toMatchObject({ type: 'wrong-expected-version', streamName: 'a', ...told });
    expect(await read('a')).toHaveLength(2);
  });

  it('is refused where it expects that a stream exists that does not', async () => {
    await expect(append('a', events(1), STREAM_EXISTS)).rejects.toMatchObject({ type: 'wrong-expected-version', actualVersion: NO_STREAM });
    await append('a', events(1), ANY);
    await append('a', events(1), STREAM_EXISTS);
    expect(await read('a')).toHaveLength(2);
  });

  it.each<[string, AppendExpectedRevision]>([['an exact revision', 0n], ['any', ANY], ['that the stream exists', STREAM_EXISTS]])('happens once when it is repeated, expecting %s, also after others', async (_what, expected) => {
    await append('a', events(1), NO_STREAM);
    const again = events(2);
    const told = await append('a', again, expected);
    await append('a', events(1), ANY);
    expect(await append('a', again, expected)).toEqual(told);
    expect(await read('a')).toHaveLength(4);
  });

  it('is refused where some of its events are there and others are not', async () => {
    const [one, two, three] = events(3) as [EventData, EventData, EventData];
    await append('a', [one, two], NO_STREAM);
    for (const other of [[one, three], [two, one], [one, two, three]]) await expect(append('a', other, NO_STREAM)).rejects.toMatchObject({ type: 'wrong-expected-version' });
  });

  it('of more than a megabyte is refused', async () => {
    const large = jsonEvent({ type: 'large', data: { text: 'x'.repeat(1024 * 1024) } });
    await expect(append('a', [large], ANY)).rejects.toMatchObject({ type: 'maximum-append-size-exceeded' });
  });

  it('is answered with the leader by a node that follows, where the leader is required', async () => {
    const cluster = await startEventStoreDbStandIn({ folder: join(folder, 'cluster'), nodes: 2 });
    const [first, second] = cluster.nodes as [Node, Node];
    const one = new EventStoreDBClient({ endpoint: { address: first.host, port: first.port } }, { insecure: true });
    cluster.lead(1);
    const refused = one.appendToStream('a', event(), { requiresLeader: true, ...how });
    await expect(refused).rejects.toMatchObject({ type: 'not-leader', leader: { address: second.host, port: second.port } });
    // The client has learnt where the leader is.
    await one.appendToStream('a', event(), { requiresLeader: true, ...how });
    await one.dispose();
    await cluster.close();
  });
});

describe('a read', () => {
  it('of a stream that is not there says so', async () => {
    await expect(read('nowhere')).rejects.toMatchObject({ type: 'stream-not-found', streamName: 'nowhere' });
  });

  it('goes forwards and backwards, from a revision, as far as it is told', async () => {
    await client.appendToStream('a', events(250));
    expect((await read('a')).map(({ n }) => n)).toEqual(Array.from({ length: 250 }, (_, n) => n));
    expect((await read('a', { fromRevision: 247n })).map(({ n }) => n)).toEqual([247, 248, 249]);
    expect((await read('a', { fromRevision: END, direction: BACKWARDS, maxCount: 2 })).map(({ n }) => n)).toEqual([249, 248]);
    expect(await read('a', { fromRevision: 250n })).toEqual([]);
  });

  it('of $all is in the order of positions: inclusive forwards, exclusive backwards', async () => {
    await client.appendToStream('a', events(2));
    const { position } = await client.appendToStream('b', events(2));
    await client.appendToStream('a', events(1));
    const all = async (options: object): Promise<string[]> => {
      const found = [];
      for await (const { event: one } of client.readAll(options)) if (!one!.streamId.startsWith('$')) found.push(`${one!.streamId}${one!.revision}`);
      return found;
    };
    expect(await all({ fromPosition: START })).toEqual(['a0', 'a1', 'b0', 'b1', 'a2']);
    expect(await all({ fromPosition: position })).toEqual(['b1', 'a2']);
    expect(await all({ fromPosition: position, direction: BACKWARDS, maxCount: 2 })).toEqual(['b0', 'a1']);
  });

  it('gives only what the metadata of the stream leaves, while $all gives all until a scavenge', async () => {
    await client.setStreamMetadata('a', { maxCount: 1 });
    expect((await client.getStreamMetadata('a')).metadata).toEqual({ maxCount: 1 });
    await client.appendToStream('a', events(3));
    const inAll = async (): Promise<number> => {
      let count = 0;
      for await (const { event: one } of client.readAll()) if (one!.streamId === 'a') count += 1;
      return count;
    };
    expect((await read('a')).map(({ n, revision }) => [n, revision])).toEqual([[2, 2n]]);
    expect(await inAll()).toBe(3);
    expect(standIn.scavenge()).toBe(2);
    expect(await inAll()).toBe(1);
    // The numbering goes on, and the place of what went is remembered.
    expect((await client.appendToStream('a', event(), { expectedRevision: 2n })).nextExpectedRevision).toBe(3n);
  });

  it('of a deleted stream finds none, until it is written again', async () => {
    await client.appendToStream('a', events(2));
    await client.deleteStream('a');
    await expect(read('a')).rejects.toMatchObject({ type: 'stream-not-found' });
    expect((await client.appendToStream('a', event(9), { expectedRevision: NO_STREAM })).nextExpectedRevision).toBe(2n);
    expect((await read('a')).map(({ n }) => n)).toEqual([9]);
    await client.tombstoneStream('a');
    await expect(read('a')).rejects.toMatchObject({ type: 'stream-deleted', streamName: 'a' });
    await expect(client.appendToStream('a', event())).rejects.toMatchObject({ type: 'stream-deleted' });
  });
});

describe('a subscription to $all', () => {
  /** What a subscription says, as words, until it has said `count` of them. */
  const said = (prefixes: string[], count: number, from: Parameters<EventStoreDBClient['subscribeToAll']>[0] = {}): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const words: string[] = [];
      const say = (word: string): void => {
        words.push(word);
        if (words.length === count) void subscription.unsubscribe().then(() => resolve(words));
      };
      const filter = streamNameFilter({ prefixes, maxSearchWindow: 10, checkpointReached: async (_, { commit }) => say(`checkpoint ${commit > 0n}`) });
      const subscription = client.subscribeToAll({ ...from, filter });
      subscription.on('caughtUp', () => say('caught up')).on('error', reject).on('data', ({ event: one }: { event?: { streamId: string; revision: bigint } }) => say(`${one!.streamId}${one!.revision}`));
    });

  it('gives what is there, says that it has caught up, and gives what comes', async () => {
    await client.appendToStream('a-1', events(2));
    const words = said(['a-'], 4);
    await client.appendToStream('b-1', events(1));
    const later = said(['a-', 'b-'], 5);
    await client.appendToStream('a-2', events(1));
    expect(new Set((await words).slice(0, 2))).toEqual(new Set(['a-10', 'a-11']));
    expect(await words).toEqual(expect.arrayContaining(['a-10', 'a-11', 'caught up', 'a-20']));
    expect(await later).toEqual(expect.arrayContaining(['a-10', 'a-11', 'b-10', 'a-20', 'caught up']));
  });

  it('begins after the position that it is given', async () => {
    const { position } = await client.appendToStream('a-1', events(2));
    await client.appendToStream('a-1', events(1));
    expect(await said(['a-'], 2, { fromPosition: position! })).toEqual(['a-12', 'caught up']);
  });

  it('tells where it is while nothing of it comes', async () => {
    await client.appendToStream('other', events(25));
    const words = said(['a-'], 4);
    await client.appendToStream('other', events(25));
    expect((await words).filter((word) => word === 'checkpoint true').length).toBeGreaterThanOrEqual(3);
  });
});

it('keeps what it has been given', async () => {
  await client.appendToStream('a', events(3));
  await client.dispose();
  await standIn.close();
  standIn = await startEventStoreDbStandIn({ folder });
  client = EventStoreDBClient.connectionString(standIn.connectionString);
  expect(await read('a')).toHaveLength(3);
  expect((await client.appendToStream('a', event(), { expectedRevision: 2n })).nextExpectedRevision).toBe(3n);
});

it('lets clients discover the leader', async () => {
  const cluster = await startEventStoreDbStandIn({ folder: join(folder, 'cluster'), nodes: 3 });
  cluster.lead(2);
  const discovering = EventStoreDBClient.connectionString(cluster.connectionString);
  cluster.nodes[0]!.leave();
  cluster.nodes[1]!.leave();
  await discovering.appendToStream('a', event(), { requiresLeader: true });
  await discovering.dispose();
  await cluster.close();
});

it('names itself as a stand-in where it is asked for its version', async () => {
  expect(await versionOf(standIn.nodes[0]!)).toMatch(/stand-in/);
});

const versionOf = ({ host, port }: Node): Promise<string> =>
  new Promise((resolve, reject) => {
    const features = new ServerFeaturesClient(`${host}:${port}`, credentials.createInsecure());
    features.getSupportedMethods(new sharedPb.Empty(), (error, supported) => {
      features.close();
      if (error) reject(error);
      else resolve(supported.getEventStoreServerVersion());
    });
  });
