import { brokenAt, NO_STREAM, whole } from '@geres/kernel';
import { sampleEvents } from '@geres/kernel/testing';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ownEngine, type OwnEngine } from '../../testing/engines.js';
import { onEventStoreDb, untilTold } from '../../testing/eventstoredb.js';

const compiled = existsSync(new URL('../../../../../deploy/engines/eventstoredb/dist/main.js', import.meta.url));
const SILENCE_MS = 700;

describe.skipIf(!compiled)(`the stand-in for EventStoreDB as a process${compiled ? '' : ': needs its dist (npm run build)'}`, () => {
  const place = onEventStoreDb();
  const started = async (folder: string): Promise<OwnEngine> => {
    const server = await ownEngine('eventstoredb', folder);
    place.afterwards(() => server.stop());
    return server;
  };

  it('is killed under load and comes back: nothing that was told is lost, nothing is there twice', async () => {
    const server = await started(await place.folder());
    const store = await place.store({ connectionString: server.address }, { deadlineMs: 1000 });
    const streams = ['register-A001-20261123', 'register-A002-20261123', 'register-A003-20261123'];
    const following = place.follow(store, 'start', 'register-');
    let told = 0;
    let killed: Promise<OwnEngine> | undefined;
    await Promise.all(
      streams.map(async (stream) => {
        let head = NO_STREAM;
        for (let n = 0; n < 40; n++) {
          ({ head } = await untilTold(store, stream, head, sampleEvents(2)));
          told += 1;
          if (told === 30) killed = server.kill().then(() => server.again());
        }
      }),
    );
    const again = await killed!;
    place.afterwards(() => again.stop());
    await following.now();
    for (const stream of streams) {
      const { events } = await whole(store.read(stream));
      expect(events).toHaveLength(80);
      expect(brokenAt(events, NO_STREAM)).toBeUndefined();
      expect(following.events.filter((event) => event.stream === stream)).toEqual(events);
    }
  });

  it('is stopped in its tracks: nobody is told that all has come, until it goes on', async () => {
    const server = await started(await place.folder());
    const store = await place.store({ connectionString: server.address });
    const following = await place.follow(store, 'start', 'register-').now();
    process.kill(server.pid, 'SIGSTOP');
    const stopped = performance.now();
    try {
      await expect(following.until(() => following.caughtUps.at(-1)!.steady > stopped, SILENCE_MS)).rejects.toThrow('does not hold');
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await following.now();
  });
});
