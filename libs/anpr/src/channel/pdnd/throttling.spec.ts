import { afterEach, describe, expect, it } from 'vitest';
import { frontEnd } from '../../testing/pdnd-answers.js';
import { pdndWorld, type World } from '../../testing/pdnd-world.js';

let world: World | undefined;
afterEach(() => world?.close());
const opened = async (): Promise<World> => (world = await pdndWorld());

describe('a client that is to ask less', () => {
  it('is told by ANPR, with how long, and where to look for the call', async () => {
    const { pdnd, ask } = await opened();
    pdnd.answer = () => ({ status: 429, body: frontEnd(429, 'TooManyRequests'), headers: { 'retry-after': '9', 'govway-transaction-id': 'tr-1' } });
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: '429-TooManyRequests', throttled: { forMs: 9000 }, retryAfter: 9, anprOperationId: 'tr-1' });
    expect(pdnd.calls).toHaveLength(1);
  });

  it('is told by PDND, before any call', async () => {
    const { pdnd, ask } = await opened();
    pdnd.token = () => ({ status: 429, body: {}, headers: { 'x-rate-limit-interval': '1000' } });
    expect(await ask()).toMatchObject({ problem: 'anpr-non-disponibile', detail: 'pdnd 429', throttled: { forMs: 1000 } });
    expect(pdnd.calls).toHaveLength(0);
  });

  it('is not one whose quota of the day is used up', async () => {
    const { pdnd, ask } = await opened();
    pdnd.answer = () => ({ status: 429, body: frontEnd(429, 'LimitExceeded'), headers: { 'retry-after': '9' } });
    expect(await ask()).not.toHaveProperty('throttled');
  });
});
