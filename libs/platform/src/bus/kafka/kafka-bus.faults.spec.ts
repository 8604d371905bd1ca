import { BusUnavailable, type Answer, type Command } from '@geres/kernel';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { engine, ownEngine, type OwnEngine } from '../../testing/engines.js';
import { sealOfSpecs, settingsOf, topicFor } from '../../testing/kafka.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { openKafkaBus, type KafkaBus } from './kafka-bus.js';

const server = await engine('kafka');
const own = server.there && server.pid !== undefined;
const [COMMANDS, ANSWERS] = ['spec.faults.commands', 'spec.faults.answers'];
const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 40_000, interval: 50 });
const times = { issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2126-11-23T09:00:00.000Z' };
const command = (): Command => ({ type: 'spec.do', id: randomUUID(), key: `key-${Math.floor(Math.random() * 20)}`, ...times, data: {} });
const answer = (to: string): Answer => ({ type: 'spec.done', to, ...times, data: {} });
const idOf = (message: unknown): string => (message as Command).id;

describe.skipIf(!own)(`a broker that comes late, is killed and comes back${server.there ? '' : ` (${server.why})`}`, () => {
  let address: string;
  let kafka: OwnEngine | undefined;
  let data: string;
  beforeAll(async () => void (data = await temporaryFolder()));
  afterAll(async () => {
    await kafka?.stop();
    await rm(data, { recursive: true, force: true });
  });
  const open = (): Promise<KafkaBus> => openKafkaBus({ kafka: settingsOf(address), service: 'spec', seal: sealOfSpecs(), commitMs: 100, backoffMs: 50, sessionMs: 3000 });

  it('is waited for by who starts before it does', { timeout: 90_000 }, async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    address = `127.0.0.1:${ports[0]}`;
    const bus = await open();
    const seen: string[] = [];
    const joining = bus.handle(COMMANDS, (message, delivery) => (seen.push(idOf(message)), delivery.until(Promise.resolve())));
    expect(bus.ready).toBe(false);
    kafka = await ownEngine('kafka', data, ports);
    for (const name of [COMMANDS, ANSWERS]) await topicFor(address, name);
    await joining;
    await eventually(() => expect(bus.ready).toBe(true));
    const one = command();
    await bus.send(COMMANDS, one);
    await eventually(() => expect(seen).toContain(one.id));
    await bus.close(1000);
  });

  it('loses no command that was accepted and no answer to it, and nobody has to start again', { timeout: 90_000 }, async () => {
    const [gateway, connector] = [await open(), await open()];
    const handled = new Map<string, number>();
    const heard = new Set<string>();
    await connector.handle(COMMANDS, (message, delivery) => {
      const id = idOf(message);
      handled.set(id, (handled.get(id) ?? 0) + 1);
      delivery.until(connector.answer(ANSWERS, answer(id)));
    });
    await gateway.answers(ANSWERS, (message) => heard.add((message as Answer).to));
    const accepted: string[] = [];
    const refused: unknown[] = [];
    const sendMany = (count: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const one = command();
          await gateway.send(COMMANDS, one).then(
            () => accepted.push(one.id),
            (error: unknown) => refused.push(error),
          );
        }),
      );
    await sendMany(50);
    const during = sendMany(50);
    await kafka!.kill();
    const away = sendMany(50);
    kafka = await kafka!.again();
    await Promise.all([during, away]);
    await sendMany(50);
    for (const error of refused) expect(error).toBeInstanceOf(BusUnavailable);
    expect(accepted.length).toBeGreaterThanOrEqual(100);
    await eventually(() => {
      expect(accepted.filter((id) => !handled.has(id))).toEqual([]);
      expect(accepted.filter((id) => !heard.has(id))).toEqual([]);
      expect([gateway.ready, connector.ready]).toEqual([true, true]);
    });
    // A bus that ends while its broker is away ends too, and tells whoever still waits.
    await kafka.kill();
    const waiting = gateway.send(COMMANDS, command());
    const told = expect(waiting).rejects.toBeInstanceOf(BusUnavailable);
    await Promise.all([gateway.close(300), connector.close(300), told]);
  });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const listening = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listening.address() as AddressInfo;
      listening.close(() => resolve(port));
    });
  });
