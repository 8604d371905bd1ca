import { openSqliteCollections } from '@geres/platform/collections';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PERSON } from '../testing/fake-channel.js';
import { openHouse } from '../testing/house.js';

it('leaves nothing of a person or a pratica in clear in any file, answers for pick-up included', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'geres-anpr-'));
  try {
    const store = await openSqliteEventStore({ file: join(folder, 'events.db') });
    const collections = await openSqliteCollections({ file: join(folder, 'collections.db'), durability: 'normal' });
    const house = await openHouse({ store, collections });
    const post = await house.post();
    const [command] = await post.send(house.ask({ key: 'chiave-in-chiaro' }));
    const answer = await post.outcome(command.id);
    const pickUp = house.collect(command.id);
    await post.send(pickUp);
    // The answer is there, and is opened for its caller.
    expect(await post.outcome(pickUp.id)).toMatchObject({ kind: 'answered', risposta: (answer as { risposta: object }).risposta });
    expect(JSON.stringify(answer)).toContain(PERSON.cognome);
    await house.close();
    await store.close();
    await collections.close();
    const files = await readdir(folder);
    const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))));
    expect(files.length).toBeGreaterThan(1);
    expect(bytes.includes(command.id)).toBe(true);
    const clear = [PERSON.codiceFiscale, PERSON.cognome, PERSON.cognome.toUpperCase(), '2026/004512', 'chiave-in-chiaro'];
    expect(clear.filter((text) => bytes.includes(text))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
