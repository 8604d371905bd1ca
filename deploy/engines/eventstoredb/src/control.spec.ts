import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openControl } from './control.js';
import { startEventStoreDbStandIn, type StandIn } from './index.js';

let folder: string;
let standIn: StandIn;
let control: Awaited<ReturnType<typeof openControl>>;
let client: EventStoreDBClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'geres-stand-in-'));
  standIn = await startEventStoreDbStandIn({ folder, nodes: 2 });
  control = await openControl(standIn, 0);
  client = new EventStoreDBClient({ endpoint: { address: '127.0.0.1', port: standIn.nodes[0]!.port } }, { insecure: true });
});
afterEach(async () => {
  await client.dispose();
  await control.close();
  await standIn.close();
  await rm(folder, { recursive: true });
});

const post = async (path: string): Promise<Record<string, unknown>> => (await (await fetch(`${control.url}${path}`, { method: 'POST' })).json()) as Record<string, unknown>;
const append = (deadline = 20_000): Promise<unknown> => client.appendToStream('a', jsonEvent({ type: 't', data: {} }), { credentials: { username: 'x', password: 'y' }, deadline });
const count = async (): Promise<number> => {
  let events = 0;
  for await (const one of client.readStream('a')) events += one.event ? 1 : 0;
  return events;
};

it('a stalled node hangs until it recovers', async () => {
  await post('/stall?node=0');
  await expect(append(300)).rejects.toMatchObject({ type: 'deadline-exceeded' });
  await post('/recover');
  await append();
});

it('a node that leaves refuses, and the other does not', async () => {
  expect((await post('/leave?node=0'))['nodes']).toMatchObject([{ unavailable: true }, { unavailable: false }]);
  await expect(append()).rejects.toMatchObject({ type: 'unavailable' });
  await post('/recover?node=0');
  await append();
});

it.each([['cut', 'unavailable'], ['silent', 'deadline-exceeded']])('a reply that is lost (%s) is of an append that was done', async (how, type) => {
  await post(`/lose?how=${how}`);
  await expect(append(how === 'silent' ? 1000 : undefined)).rejects.toMatchObject({ type });
  await append();
  expect(await count()).toBe(2);
});

it('another node leads when it is told to', async () => {
  expect((await post('/lead?node=1'))['nodes']).toMatchObject([{ leads: false }, { leads: true }]);
  expect(await post('/lead?node=7')).toMatchObject({ error: 'there is no node 7' });
});

it('says that it is a stand-in, and what can be asked of it', async () => {
  expect(await post('/unknown')).toMatchObject({ standIn: true, known: expect.arrayContaining(['POST /stall']) });
  expect(await (await fetch(`${control.url}/status`)).json()).toMatchObject({ standIn: true, nodes: [{ leads: true }, { leads: false }] });
});
