import { verifyArchive } from '@geres/monitoring';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecords } from '../crash/records.js';
import { startGeres, type Running } from '../installation.js';
import { lookUp, problemOf, type Told } from '../testing/lookups.js';
import { canMount, mountSmallDisk, type SmallDisk } from '../testing/tmpfs.js';

const CALLERS = 8;
/** Enough to fill what is left of the disk many times over. */
const MOST = 4000;

describe.skipIf(!canMount())('a disk that fills up while GeRes works (skipped where this user may not mount one)', () => {
  let disk: SmallDisk;
  let geres: Running;
  const told: Told[] = [];

  beforeAll(async () => {
    disk = mountSmallDisk(96);
    geres = await startGeres(disk.folder);
  });
  afterAll(async () => {
    await geres?.end('SIGKILL');
    disk?.remove();
  });

  /** Callers that ask until one of them is told something that ends it. */
  async function until(holds: (one: Told) => boolean): Promise<Told> {
    let found: Told | undefined;
    let asked = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (!found && asked++ < MOST) {
          const one = await lookUp(geres.demo, { headers: { prefer: 'wait=2' } });
          told.push(one);
          if (holds(one)) found ??= one;
        }
      }),
    );
    if (!found) throw new Error(`never in ${MOST} lookups`);
    return found;
  }

  const ballast = (): string => join(disk.folder, 'zavorra');

  /** Leaves less room than a few commits need. */
  async function fill(): Promise<void> {
    const { bavail, bsize } = await statfs(disk.folder);
    await writeFile(ballast(), Buffer.alloc(Math.max(0, bavail * bsize - 64 * 1024)));
  }

  it('answers 503 with a problem document as long as there is no room, and answers again as soon as there is', async () => {
    expect((await lookUp(geres.demo)).status).toBe(200);
    await fill();
    const refused = await until(({ status }) => status !== 200 && status !== 202);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(['servizio-non-pronto', 'richiesta-non-registrata', 'diritti-non-verificabili']).toContain(problemOf(refused));
    expect(geres.process.exitCode).toBeNull();
    await rm(ballast());
    await until(({ status }) => status === 200);
    expect(geres.process.exitCode).toBeNull();
  });

  it('told nobody an answer that is not recorded, and leaves no half state behind', async () => {
    await geres.end();
    const store = await openSqliteEventStore({ file: join(disk.folder, 'data', 'events.db') });
    try {
      const { outcomes, requests } = await readRecords(store);
      const answered = told.filter(({ status }) => status === 200).map(({ body }) => body.id!);
      expect(answered.length).toBeGreaterThan(0);
      expect(answered.filter((id) => outcomes.get(id)?.type !== 'anpr.lookup.answered')).toEqual([]);
      // Stopped in order: what has no outcome was closed on the way out.
      expect([...requests.keys()].filter((lookup) => !outcomes.has(lookup))).toEqual([]);
      expect((await verifyArchive(store)).broken).toEqual([]);
    } finally {
      await store.close();
    }
  });
});
