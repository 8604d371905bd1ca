import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kafkaOf } from './client.js';
import type { RequestQueue } from './request-queue.js';

interface Queue extends RequestQueue {
  maybeThrottle(ms: number): void;
  checkPendingRequests(): void;
  push(request: { readonly entry: { readonly correlationId: number }; readonly expectResponse: boolean; readonly sendRequest: () => void }): void;
  fulfillRequest(response: { readonly correlationId: number; readonly size: number; readonly payload: Buffer }): void;
  destroy(): void;
}

/** As kafkajs makes one for each connection. */
async function queueOf(maxInFlightRequests: number): Promise<Queue> {
  await kafkaOf({ brokers: ['127.0.0.1:9'], clientId: 'spec' }, 0);
  const Of = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;
  return new Of({ maxInFlightRequests, requestTimeout: 1000, enforceRequestTimeout: false, clientId: 'spec', broker: 'spec', logger: { debug: () => undefined, warn: () => undefined } });
}

describe('the requests of a connection to Kafka', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const sent: number[] = [];
  const request = (correlationId: number): Parameters<Queue['push']>[0] => ({ entry: { correlationId, resolve: () => undefined, reject: () => undefined } as { readonly correlationId: number }, expectResponse: true, sendRequest: () => void sent.push(correlationId) });
  beforeEach(() => void sent.splice(0));

  it('are not looked for where none waits', async () => {
    const queue = await queueOf(1);
    queue.checkPendingRequests();
    queue.push(request(1));
    queue.fulfillRequest({ correlationId: 1, size: 0, payload: Buffer.alloc(0) });
    expect(sent).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('go out when the one before is answered', async () => {
    const queue = await queueOf(1);
    for (const id of [1, 2]) queue.push(request(id));
    expect(sent).toEqual([1]);
    queue.fulfillRequest({ correlationId: 1, size: 0, payload: Buffer.alloc(0) });
    expect(sent).toEqual([1, 2]);
    queue.destroy();
  });

  it('go out when the broker throttles no more, and nothing is looked for afterwards', async () => {
    const queue = await queueOf(10);
    queue.maybeThrottle(500);
    queue.push(request(1));
    vi.advanceTimersByTime(499);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
