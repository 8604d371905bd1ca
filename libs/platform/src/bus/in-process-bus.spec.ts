import type { Command } from '@geres/kernel';
import { commandBusContract } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { InProcessBus } from './in-process-bus.js';

commandBusContract('in process', async () => {
  const bus = new InProcessBus();
  return { bus, close: () => bus.close(0) };
});

describe('the bus of one process', () => {
  const command = (n: number): Command => ({ type: 'spec.do', id: String(n), key: 'a', issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2026-11-23T09:01:00.000Z', data: {} });

  it('hands nothing over any more once it closes, not even what it had accepted', async () => {
    const bus = new InProcessBus();
    const seen: unknown[] = [];
    await bus.handle('spec', (message) => seen.push(message));
    await bus.send('spec', command(1));
    await bus.close();
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
  });

  it('tells everybody who wants to know what was put aside', async () => {
    const bus = new InProcessBus();
    const told: string[] = [];
    for (const who of ['log', 'metrics']) bus.onParked(({ reason }) => told.push(`${who}: ${reason}`));
    await bus.handle('spec', (_, delivery) => delivery.park('not understood'));
    await bus.send('spec', command(1));
    while (told.length < 2) await new Promise(setImmediate);
    expect(told).toEqual(['log: not understood', 'metrics: not understood']);
  });

  it('keeps no line of a key that has nothing to do', async () => {
    const bus = new InProcessBus();
    let seen = 0;
    await bus.handle('spec', (_, delivery) => {
      seen += 1;
      delivery.until(Promise.resolve());
    });
    for (let n = 0; n < 50; n++) await bus.send('spec', { ...command(n), key: String(n) });
    while (seen < 50) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect((bus as unknown as { readonly lines: ReadonlyMap<string, unknown> }).lines.size).toBe(0);
  });
});
