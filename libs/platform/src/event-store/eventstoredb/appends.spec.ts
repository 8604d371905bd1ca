import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { AppendTooLarge, brokenAt, identified, NO_STREAM, StoreUnavailable, whole, WrongVersion, type Page } from '@geres/kernel';
import { sampleEvent, sampleEvents, sampleMeta } from '@geres/kernel/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { onEventStoreDb, untilTold } from '../../testing/eventstoredb.js';
import type { EventStoreDbEventStore } from './index.js';

const place = onEventStoreDb();
const stream = 'comune-H501';
const all = (store: EventStoreDbEventStore): Promise<Page> => whole(store.read(stream));

describe('an append whose reply is lost', () => {
  it('is repeated when the connection breaks, and happens once', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn);
    standIn.nodes[0]!.loseReplies(1, 'cut');
    const { head } = await store.append(stream, NO_STREAM, sampleEvents(2));
    expect(await all(store)).toMatchObject({ events: [{ version: 1 }, { version: 2 }], head });
  });

  it('is an unknown outcome when nothing is ever said, and the caller who repeats it gets the answer that it had', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn, { deadlineMs: 300 });
    const events = sampleEvents(2);
    standIn.nodes[0]!.loseReplies(1, 'silent');
    await expect(store.append(stream, NO_STREAM, events)).rejects.toBeInstanceOf(StoreUnavailable);
    const told = await untilTold(store, stream, NO_STREAM, events);
    expect(await all(await place.store(standIn))).toMatchObject({ events: [{ version: 1 }, { version: 2, position: told.position }], head: told.head });
  });
});

it('a command decided by two processes in different forms is recorded once: the other loses, and goes on from what is recorded', async () => {
  const standIn = await place.standIn();
  const [one, other] = [await place.store(standIn), await place.store(standIn)];
  const command = { type: 'spec.thing.happened', v: 1, data: {} } as const;
  const decided = (at: string): ReturnType<typeof identified> => identified([command], { ...sampleMeta, causationId: 'the-command', recordedAt: at });
  const first = await one.append(stream, NO_STREAM, decided('2026-11-23T09:00:00.000Z'));
  await expect(other.append(stream, NO_STREAM, decided('2026-11-23T09:00:01.000Z'))).rejects.toMatchObject({ name: 'WrongVersion', actual: 1 });
  expect(await other.append(stream, NO_STREAM, decided('2026-11-23T09:00:00.000Z'))).toEqual(first);
  await other.append(stream, first.head, sampleEvents(1));
  const { events } = await all(one);
  expect(events).toHaveLength(2);
  expect(events.map(({ meta }) => meta.recordedAt)[0]).toBe('2026-11-23T09:00:00.000Z');
  expect(brokenAt(events, NO_STREAM)).toBeUndefined();
});

it('a head that was kept elsewhere is taken when it is that of the stream, and refused when only its version is', async () => {
  const standIn = await place.standIn();
  const { head } = await (await place.store(standIn)).append(stream, NO_STREAM, sampleEvents(3));
  const store = await place.store(standIn);
  await expect(store.append(stream, { version: 3, digest: 'f'.repeat(64) }, sampleEvents(1))).rejects.toBeInstanceOf(WrongVersion);
  expect((await store.append(stream, { ...head }, sampleEvents(1))).head.version).toBe(4);
});

describe('a server that does not answer', () => {
  it('is given up at the deadline, by appends and reads alike', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn, { deadlineMs: 200 });
    const { head } = await untilTold(store, stream, NO_STREAM, sampleEvents(1));
    standIn.nodes[0]!.stall();
    await expect(store.append(stream, head, sampleEvents(1))).rejects.toMatchObject({ name: 'StoreUnavailable', damaged: false });
    await expect(all(store)).rejects.toMatchObject({ name: 'StoreUnavailable', damaged: false });
    standIn.nodes[0]!.recover();
    expect((await all(await place.store(standIn))).events.length).toBeGreaterThan(0);
  });

  it('is given up at the deadline also while the leader is being looked for', async () => {
    const standIn = await place.standIn({ nodes: 2 });
    for (const node of standIn.nodes) node.stall();
    const store = await place.store(standIn, { deadlineMs: 200 });
    await expect(store.append(stream, NO_STREAM, sampleEvents(1))).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });
});

describe('a server that refuses', () => {
  it('is asked again until it is ready', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn);
    standIn.nodes[0]!.leave();
    const appended = store.append(stream, NO_STREAM, sampleEvents(1));
    await pause(100);
    standIn.nodes[0]!.recover();
    expect((await appended).head.version).toBe(1);
  });

  it('for longer than the deadline is unavailable, with a reason that names no data', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn, { deadlineMs: 200 });
    standIn.nodes[0]!.leave();
    await expect(store.append(stream, NO_STREAM, sampleEvents(1))).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'the server answered unavailable' });
  });

  it('by having stopped is found again where it was', async () => {
    const folder = await place.folder();
    const first = await place.standIn({ folder });
    const { port } = first.nodes[0]!;
    const store = await place.store(first);
    const { head } = await store.append(stream, NO_STREAM, sampleEvents(1));
    await first.close();
    const appended = store.append(stream, head, sampleEvents(1));
    await place.standIn({ folder, port });
    expect((await appended).head.version).toBe(2);
    expect((await all(store)).events).toHaveLength(2);
  });

  it('because it is not there yet is found when it comes', async () => {
    const first = await place.standIn();
    const { port } = first.nodes[0]!;
    await first.close();
    const store = await place.store(first, { deadlineMs: 200 });
    await expect(store.append(stream, NO_STREAM, sampleEvents(1))).rejects.toBeInstanceOf(StoreUnavailable);
    await place.standIn({ port });
    expect((await untilTold(store, stream, NO_STREAM, sampleEvents(1))).head.version).toBe(1);
  });
});

it('a node that no longer leads hands over to the one that does', async () => {
  const standIn = await place.standIn({ nodes: 3 });
  const store = await place.store(standIn);
  const { head } = await store.append(stream, NO_STREAM, sampleEvents(1));
  standIn.lead(1);
  const next = await store.append(stream, head, sampleEvents(1));
  standIn.lead(2);
  standIn.nodes[1]!.leave();
  expect((await all(store)).head).toEqual(next.head);
});

describe('what is not whole', () => {
  const raw = async (connectionString: string, work: (client: EventStoreDBClient) => Promise<unknown>): Promise<void> => {
    const client = EventStoreDBClient.connectionString(connectionString);
    await work(client);
    await client.dispose();
  };

  it('is an event that GeRes did not write', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn);
    await raw(standIn.connectionString, (client) => client.appendToStream(stream, jsonEvent({ type: 'foreign', data: {} })));
    await expect(all(store)).rejects.toMatchObject({ name: 'StoreUnavailable', damaged: true });
  });

  it('is a stream whose beginning was cut off', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn);
    await store.append(stream, NO_STREAM, sampleEvents(3));
    await raw(standIn.connectionString, (client) => client.setStreamMetadata(stream, { truncateBefore: 1 }));
    await expect(all(store)).rejects.toMatchObject({ name: 'StoreUnavailable', damaged: true, reason: `stream ${stream}: event 1 is not there` });
  });

  it('is a stream that was deleted', async () => {
    const standIn = await place.standIn();
    const store = await place.store(standIn);
    await store.append(stream, NO_STREAM, [sampleEvent()]);
    await raw(standIn.connectionString, (client) => client.tombstoneStream(stream));
    await expect(all(store)).rejects.toMatchObject({ name: 'StoreUnavailable', damaged: true });
  });
});

it('very many very small events, with what is kept beside each, are too large for the server', async () => {
  const store = await place.store(await place.standIn());
  await expect(store.append(stream, NO_STREAM, sampleEvents(3400))).rejects.toBeInstanceOf(AppendTooLarge);
  expect((await all(store)).events).toEqual([]);
});

it('a store that was closed says so', async () => {
  const store = await place.store(await place.standIn());
  await store.close();
  await expect(store.append(stream, NO_STREAM, sampleEvents(1))).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'closed' });
  await expect(all(store)).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'closed' });
});
