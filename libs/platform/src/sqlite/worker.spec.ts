import { StoreUnavailable } from '@geres/kernel';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { workplace } from '../testing/temporary-folder.js';
import { openWorker, type SqliteWorker } from './worker.js';

const { folder, opened } = workplace();

/** A worker that echoes, fails, keeps silent, or ends, as it is asked to. */
const SCRIPT = `
const { parentPort: port } = require('node:worker_threads');
port.on('message', (requests) => requests.forEach(({ n, op, text }) => {
  if (op === 'echo') port.postMessage({ n, ok: text });
  if (op === 'fail') port.postMessage({ n, failed: 'disk full' });
  if (op === 'throw') throw new Error('out of order');
  if (op === 'exit') process.exit(3);
  if (op === 'fill') { const kept = []; for (;;) kept.push(Array(1e5).fill(kept.length)); }
  if (op === 'close') { port.postMessage({ n, ok: true }); port.close(); }
}));
port.postMessage({ n: 0, ok: true });
`;

async function worker(script = SCRIPT): Promise<SqliteWorker> {
  const where = await folder();
  await writeFile(join(where, 'package.json'), '{ "type": "commonjs" }');
  await writeFile(join(where, 'spec.worker.js'), script);
  return opened(openWorker('./spec.worker', pathToFileURL(join(where, 'any')).href, { file: '/somewhere/events.db' }));
}

describe('a worker that owns a file', () => {
  it('answers each request with its own reply', async () => {
    const one = await worker();
    expect(await Promise.all(['a', 'b', 'c'].map(async (text) => (await one.ask({ op: 'echo', text })).ok))).toEqual(['a', 'b', 'c']);
  });

  it('that fails a request says why, and goes on', async () => {
    const one = await worker();
    await expect(one.ask({ op: 'fail' })).rejects.toMatchObject({ name: 'StoreUnavailable', reason: '/somewhere/events.db: disk full' });
    expect((await one.ask({ op: 'echo', text: 'a' })).ok).toBe('a');
  });

  it.each([
    ['throws', 'throw', 'out of order'],
    ['exits', 'exit', 'its worker has ended'],
    ['runs out of memory', 'fill', 'memory'],
  ])('that %s leaves nobody waiting, then or later', async (_, op, reason) => {
    const one = await worker();
    const waiting = [one.ask({ op: 'silence' }), one.ask({ op }), one.ask({ op: 'silence' })].map((asked) => asked.catch((error: unknown) => error));
    for (const failure of await Promise.all(waiting)) {
      expect(failure).toBeInstanceOf(StoreUnavailable);
      expect((failure as StoreUnavailable).reason).toContain(reason);
      expect((failure as StoreUnavailable).reason).toContain('/somewhere/events.db');
    }
    await one.gone;
    expect(one.ended).toBeInstanceOf(StoreUnavailable);
    await expect(one.ask({ op: 'echo', text: 'a' })).rejects.toBe(one.ended);
    await one.close();
  });

  it('that is closed answers what it was asked before, and nothing after', async () => {
    const one = await worker();
    const before = one.ask({ op: 'echo', text: 'a' });
    const closing = one.close();
    expect((await before).ok).toBe('a');
    await closing;
    await one.gone;
    await expect(one.ask({ op: 'echo', text: 'a' })).rejects.toMatchObject({ reason: '/somewhere/events.db: it was closed' });
    await one.close();
  });

  it('whose end comes while it is being closed is closed all the same', async () => {
    const one = await worker();
    const lost = one.ask({ op: 'exit' }).catch((error: unknown) => error);
    await one.close();
    expect(await lost).toBeInstanceOf(StoreUnavailable);
  });

  it('that cannot open its file says so, and which', async () => {
    await expect(worker(`throw new Error('disk I/O error')`)).rejects.toMatchObject({ name: 'StoreUnavailable', reason: '/somewhere/events.db: disk I/O error' });
  });
});
