import { NO_STREAM } from '@geres/kernel';
import { Following, sampleEvent, unique } from '@geres/kernel/testing';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqliteEventStore, type SqliteEventStore } from '../event-store/index.js';
import { workplace } from '../testing/temporary-folder.js';
import { follow, type Live } from './follow.js';

const { folder, opened, afterwards } = workplace();
const HOUR = 3_600_000;

let file: string;
let store: SqliteEventStore;
let live: Live<string[]>;

/** Only the wall clock is set; time itself goes on. */
const jump = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

beforeEach(async () => {
  file = join(await folder(), 'events.db');
  store = await opened(openSqliteEventStore({ file }));
  const ending = new AbortController();
  afterwards(() => ending.abort());
  live = await follow<string[]>({ name: 'names', store, prefixes: ['spec-'], initial: () => [], apply: (names, { stream }) => void names.push(stream), signal: ending.signal });
  await live.caughtUp();
});

const until = async (holds: () => boolean): Promise<void> => {
  for (const started = performance.now(); !holds(); ) {
    if (performance.now() - started > 10_000) expect.fail('it does not hold after ten seconds');
    await pause(5);
  }
};

/** Somebody else holds the file: an append waits for it, and everything else waits for the append. */
function stalled(): () => Promise<unknown> {
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const waiting = store.append(unique('spec-'), NO_STREAM, [sampleEvent()]);
  return () => {
    other.close();
    return waiting;
  };
}

describe.each([
  ['an hour ahead', HOUR],
  ['an hour back', -HOUR],
])('when the wall clock jumps %s', (_, ms) => {
  it('nobody is refused for it: what was fresh is fresh, at once and afterwards', async () => {
    jump(ms);
    expect(live.fresh()).toBe(true);
    expect(live.lag()).toBeLessThan(1);
    for (let beats = 0, lag = live.lag(); beats < 4; lag = live.lag()) {
      await pause(20);
      if (live.lag() < lag) beats += 1;
      expect(live.fresh()).toBe(true);
    }
  });

  it('a store that hangs does not look fresh for longer than it is', async () => {
    const goOn = stalled();
    jump(ms);
    await until(() => !live.fresh(300));
    jump(-2 * ms);
    expect(live.fresh(300)).toBe(false);
    expect(await live.canTell((names) => names.includes('nobody'), 30)).toBe(false);
    await goOn();
    await until(() => live.fresh(300));
  });

  it('a subscription goes on saying that it has everything, and what happened meanwhile comes', async () => {
    const following = await new Following(store, 'start').now();
    jump(ms);
    const said = following.caughtUps.length;
    const { position } = await store.append(unique('spec-'), NO_STREAM, [sampleEvent()]);
    await following.until(() => following.caughtUps.length > said + 2);
    expect(following.events.at(-1)?.position).toBe(position);
    // For people it is told by the clock as it is now.
    expect(Math.abs(following.caughtUps.at(-1)!.asOf.getTime() - Date.now())).toBeLessThan(HOUR / 2);
    await following.stop();
  });

  it('somebody who was not seen yet is judged as always', async () => {
    jump(ms);
    expect(await live.canTell((names) => names.includes('spec-later'), 5000)).toBe(true);
    const coming = live.canTell((names) => names.includes('spec-later'), 5000);
    await store.append('spec-later', NO_STREAM, [sampleEvent()]);
    expect(await coming).toBe(true);
  });
});
