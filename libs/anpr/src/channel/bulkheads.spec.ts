import type { ConnectionSettings } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { Bulkheads } from './bulkheads.js';

const settings = (maxInFlight: number, maxQueued: number): ConnectionSettings => ({ endpoint: 'http://127.0.0.1:1/', senderCode: '999001', security: 'none', timeoutMs: 1000, maxInFlight, maxQueued });
const never = (): Promise<void> => new Promise(() => undefined);

describe('the bulkheads', () => {
  it('are one for each Comune: a full one leaves the others their room', () => {
    const bulkheads = new Bulkheads();
    const size = settings(1, 0);
    bulkheads.reserve('H501/ws', size)!.start(never);
    expect(bulkheads.reserve('H501/ws', size)).toBeUndefined();
    expect(bulkheads.reserve('H501/pdnd', size)).toBeDefined();
    expect(bulkheads.reserve('F205/ws', size)).toBeDefined();
  });

  it('grow and shrink with their connection, without losing what is in them', () => {
    const bulkheads = new Bulkheads();
    const size = settings(1, 1);
    bulkheads.reserve('H501/ws', size)!.start(never);
    bulkheads.reserve('H501/ws', size)!.start(never);
    expect(bulkheads.reserve('H501/ws', size)).toBeUndefined();
    const place = bulkheads.reserve('H501/ws', settings(2, 1));
    expect([...bulkheads.depths()]).toEqual([{ connection: 'H501/ws', queued: 0, inFlight: 2, circuit: 'closed' }]);
    place!.start(never);
    expect([...bulkheads.depths()]).toEqual([{ connection: 'H501/ws', queued: 1, inFlight: 2, circuit: 'closed' }]);
    expect(bulkheads.reserve('H501/ws', settings(1, 0))).toBeUndefined();
    expect([...bulkheads.depths()]).toEqual([{ connection: 'H501/ws', queued: 1, inFlight: 2, circuit: 'closed' }]);
  });
});
