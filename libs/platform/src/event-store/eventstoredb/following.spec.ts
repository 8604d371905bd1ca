import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import type { Node } from '@geres/eventstoredb-stand-in';
import { isCaughtUp, NO_STREAM, StoreUnavailable, type Recorded } from '@geres/kernel';
import { sampleEvent, sampleEvents, type Following } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { onEventStoreDb } from '../../testing/eventstoredb.js';
import type { EventStoreDbEventStore } from './index.js';

const place = onEventStoreDb();
/** Long enough that two `CaughtUp` would have come. */
const SILENCE_MS = 700;
const IMPATIENT = { silenceMs: 1000, troubleMs: 60_000 };

const append = async (store: EventStoreDbEventStore, ...streams: readonly string[]): Promise<void> => {
  for (const stream of streams) await store.append(stream, NO_STREAM, sampleEvents(1));
};
const streams = ({ events }: Following): readonly string[] => events.map(({ stream }) => stream);
const isFresh = (following: Following): Promise<void> => {
  const from = performance.now();
  return following.until(() => (following.caughtUps.at(-1)?.steady ?? -Infinity) > from);
};
const staysStale = (following: Following): Promise<void> => {
  const from = performance.now();
  return expect(following.until(() => following.caughtUps.at(-1)!.steady > from, SILENCE_MS)).rejects.toThrow('does not hold');
};

describe('freshness', () => {
  it('is not shown by a server that takes appends and tells nothing of them, and what came meanwhile is given first', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn);
    const following = await place.follow(store, 'start', 'comune-').now();
    standIn.nodes[0]!.deafen();
    await append(store, 'comune-A001');
    const appended = performance.now();
    await staysStale(following);
    expect(following.events).toEqual([]);
    standIn.nodes[0]!.recover();
    await isFresh(following);
    const first = following.items.findIndex((item) => isCaughtUp(item) && item.steady >= appended);
    expect(following.items.slice(0, first).filter((item) => !isCaughtUp(item))).toMatchObject([{ stream: 'comune-A001' }]);
  });

  it('is shown by the ticks of this process alone, not by those of one of the same name', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn, { instance: 'connector-1' });
    const following = await place.follow(store, 'start', 'comune-').now();
    const client = EventStoreDBClient.connectionString(standIn.connectionString);
    const ahead = performance.now() + 3_600_000;
    await client.appendToStream('freshness-connector-1', jsonEvent({ type: 'freshness', data: { process: 'of-yesterday', asOf: Date.now(), steady: ahead } }));
    await isFresh(following);
    for (const { steady } of following.caughtUps) expect(steady).toBeLessThan(ahead);
    // Of all that is ever sent to the stream of an instance only the last is kept.
    expect((await client.getStreamMetadata('freshness-connector-1')).metadata).toEqual({ maxCount: 1 });
    await client.dispose();
  });

  it('leaves no trace among the events, however many are followed', async () => {
    const standIn = await place.standIn();
    const [one, other] = [await place.store(standIn), await place.store(standIn)];
    const everything = place.follow(one);
    const empty = place.follow(other, 'start', '');
    await append(one, 'comune-A001', 'ente-1');
    await everything.now();
    await empty.now();
    expect(streams(everything)).toEqual(['comune-A001', 'ente-1']);
    expect(streams(empty)).toEqual(['comune-A001', 'ente-1']);
  });

  it('is asked for only while somebody follows', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn, { instance: 'gateway-1' });
    await append(store, 'comune-A001');
    const client = EventStoreDBClient.connectionString(standIn.connectionString);
    expect(await client.getStreamMetadata('freshness-gateway-1')).toEqual({ streamName: 'freshness-gateway-1' });
    await client.dispose();
  });
});

describe('a subscription that breaks', () => {
  it.each<[string, (node: { drop(): void; leave(): void; mute(): void }) => void]>([
    ['because its connection does', (node) => node.drop()],
    ['because the server goes away for a while', (node) => node.leave()],
    ['without a word, its connection being dead', (node) => node.mute()],
  ])('%s is begun again, and gives each event once', async (_, fault) => {
    const standIn = await place.standIn();
    const store = await place.store(standIn, { patience: IMPATIENT });
    const following = place.follow(store, 'start', 'comune-');
    await append(store, 'comune-A001', 'comune-A002');
    await following.now();
    fault(standIn.nodes[0]!);
    standIn.nodes[0]!.recover();
    await append(store, 'comune-A003', 'ente-1', 'comune-A004');
    await isFresh(following);
    expect(streams(following)).toEqual(['comune-A001', 'comune-A002', 'comune-A003', 'comune-A004']);
  });

  it('because the node it is on no longer leads goes on with the cluster', async () => {
    const standIn = await place.standIn({ nodes: 2 });
    const store = await place.store(standIn);
    const following = await place.follow(store, 'start', 'comune-').now();
    standIn.lead(1);
    standIn.nodes[0]!.leave();
    await append(store, 'comune-A001');
    await isFresh(following);
    expect(streams(following)).toEqual(['comune-A001']);
  });

  it('for longer than its patience is told to whoever follows', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn, { deadlineMs: 500, patience: { silenceMs: 500, troubleMs: 1500 } });
    const following = await place.follow(store, 'start', 'comune-').now();
    standIn.nodes[0]!.leave();
    await expect(following.ended).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('because the store is closed says so', async () => {
    const store = await place.store(await place.standIn());
    const following = await place.follow(store, 'start', 'comune-').now();
    await store.close();
    await expect(following.ended).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'closed' });
  });
});

it('the last events are found from the end back, without what is before them being read', async () => {
  const standIn = await place.standIn();
  const store = await place.store(standIn);
  const client = EventStoreDBClient.connectionString(standIn.connectionString);
  // It stops whoever comes by it.
  await client.appendToStream('comune-X999', jsonEvent({ type: 'of-somebody-else', data: {} }));
  await append(store, 'comune-A001', 'comune-A002', 'ente-1');
  // Nor are ticks of others counted, however many there are.
  for (let n = 0; n < 5; n++) await client.appendToStream('freshness-another', jsonEvent({ type: 'freshness', data: {} }));
  await client.dispose();
  expect(streams(await place.follow(store, { last: 2 }).now())).toEqual(['comune-A002', 'ente-1']);
  expect(streams(await place.follow(store, { last: 2 }, 'comune-').now())).toEqual(['comune-A001', 'comune-A002']);
  await expect(place.follow(store, { last: 3 }, 'comune-').ended).rejects.toMatchObject({ name: 'StoreUnavailable', damaged: true });
});

it('an abort is not kept waiting by a server that does not answer', async () => {
  const standIn = await place.standIn();
  const store = await place.store(standIn, { deadlineMs: 60_000 });
  await append(store, 'comune-A001');
  const [{ position }] = (await place.follow(store).now()).events as [Recorded];
  standIn.nodes[0]!.stall();
  for (const from of [position, { last: 1 }]) await place.follow(store, from, 'comune-').stop();
});

it('a position whose record has been scavenged loses no event after it', async () => {
  const standIn = await place.standIn();
  const store = await place.store(standIn);
  const following = await place.follow(store, 'start', 'comune-').now();
  await append(store, 'comune-A001');
  await isFresh(following);
  // The tick right before the event: a later one has taken its place, and then nothing is there.
  const at = following.items.findIndex((item) => !isCaughtUp(item));
  const { position } = following.items.slice(0, at).findLast(isCaughtUp)!;
  expect(standIn.scavenge()).toBeGreaterThan(0);
  expect(streams(await place.follow(store, position, 'comune-').now())).toEqual(['comune-A001']);
});

it('who reads slowly holds the server back, and misses nothing', async () => {
  const standIn = await place.standIn();
  const store = await place.store(standIn);
  let head = NO_STREAM;
  const [large, batches] = [{ text: 'x'.repeat(16_000) }, 16];
  for (let batch = 0; batch < batches; batch++) ({ head } = await store.append('register-H501-20261123', head, Array.from({ length: 25 }, () => sampleEvent(large))));
  const [node] = standIn.nodes as [Node];
  const { said: before } = node.state;
  const versions: number[] = [];
  for await (const item of store.subscribe('start', { prefixes: ['register-'], signal: AbortSignal.timeout(30_000) })) {
    if (isCaughtUp(item)) break;
    if (versions.push(item.version) > 1) continue;
    // While others are served nothing more is sent to this one, long before the end.
    let [said, still] = [node.state.said, 0];
    for (let n = 0; still < 10; n++) {
      await append(store, `comune-${n}`);
      still = node.state.said === said ? still + 1 : 0;
      ({ said } = node.state);
    }
    expect(node.state.held).toBe(1);
    expect(said - before).toBeLessThan(200);
  }
  expect(versions).toEqual(Array.from({ length: batches * 25 }, (_, index) => index + 1));
});
