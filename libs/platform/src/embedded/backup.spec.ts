import { archiveStream } from '@geres/contracts';
import { brokenAt, eventId, NO_STREAM, whole, type Head, type Recorded } from '@geres/kernel';
import { Following, sampleEvent, sampleMeta } from '@geres/kernel/testing';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveKeyId, KeyDestroyed, WrongKeyEncryptionKey, type WrappedSecret } from '../keys/index.js';
import { filesHolding, newKeks, openInstallation } from '../testing/installation.js';
import { workplace } from '../testing/temporary-folder.js';
import { readBackup } from './backup.js';
import type { Embedded } from './embedded.js';
import { restoreInto } from './restore.js';

const { folder, opened, afterwards } = workplace();
const clock = (): Date => new Date();

interface SealedData {
  readonly key: string;
  readonly subject: never;
}

/** Records sealed lookups without end, each few under the secret of another month, made for it. */
function load({ store, keys }: Embedded) {
  const told = new Map<string, Head>();
  let going = true;
  const writer = async (n: number): Promise<void> => {
    const stream = `register-H50${n}-20261123`;
    for (let head = NO_STREAM, count = 0; going; count++) {
      const key = archiveKeyId(`H50${n}`, String(200_001 + Math.floor(count / 3)));
      const subject = (await keys.archive.box(key)).seal({ n, count }, stream);
      ({ head } = await store.append(stream, head, [sampleEvent({ key, subject })]));
      told.set(stream, head);
    }
  };
  const writers = Promise.all([0, 1, 2, 3].map(writer));
  return {
    /** What was recorded so far, by stream. */
    told: (): ReadonlyMap<string, Head> => new Map(told),
    async until(events: number): Promise<void> {
      while ([...told.values()].reduce((sum, { version }) => sum + version, 0) < events) await new Promise(setImmediate);
    },
    async stop(): Promise<void> {
      going = false;
      await writers;
    },
  };
}

const replayed = async ({ store }: Embedded): Promise<readonly Recorded[]> => {
  const following = await new Following(store, 'start').now();
  await following.stop();
  return following.events;
};

describe('a backup of an installation at work', () => {
  it('is restored with everything that was recorded before it began, whole, readable and chained', async () => {
    const keks = newKeks();
    const running = await opened(openInstallation(await folder(), keks));
    await running.collections.collection<{ a: number }>({ name: 'things', indexes: [['a']] }).commit(new Map([['a', { a: 1 }]]), { position: '0000000000000001', incarnation: running.installation.incarnation });
    const working = load(running);
    afterwards(() => working.stop());
    await working.until(60);
    const backup = await folder();
    const before = working.told();
    const manifest = await running.backupTo(backup);
    await working.until(manifest.events + 20);
    await working.stop();
    expect((await readdir(backup)).toSorted()).toEqual(['backup.json', 'events.db', 'keys.db']);
    expect(manifest).toMatchObject({ format: 1, installation: running.installation, events: expect.any(Number) as number });

    const target = await folder();
    expect(await restoreInto({ folder: target, backup, keyEncryptionKeys: keks, clock })).toEqual(manifest);
    const restored = await opened(openInstallation(target, keks));

    // The same installation in another life, without what may be made anew.
    expect(restored.installation).toMatchObject({ id: running.installation.id, environment: 'test' });
    expect(restored.installation.incarnation).not.toBe(running.installation.incarnation);
    const things = restored.collections.collection<{ a: number }>({ name: 'things', indexes: [['a']] });
    expect([await things.get('a'), await things.checkpoint(), (await things.find({})).rows]).toEqual([undefined, undefined, []]);

    const events = await replayed(restored);
    const registers = events.filter(({ stream }) => stream.startsWith('register-'));
    expect(registers).toHaveLength(manifest.events);
    expect(registers.at(-1)!.position).toBe(manifest.lastPosition);
    for (const [stream, { version, digest }] of before) {
      const { events: all } = await whole(restored.store.read(stream));
      expect(all[version - 1]?.digest).toBe(digest);
      expect(brokenAt(all, NO_STREAM)).toBeUndefined();
    }
    // Whatever was copied of the events can be read with what was copied of the keys, though every few have a secret of their own.
    for (const { data, stream } of registers) {
      const { key, subject } = data as unknown as SealedData;
      expect((await restored.keys.archive.find(key))!.open(subject, stream)).toMatchObject({ n: Number(stream[12]) });
    }

    // And that it was restored is in the archive itself.
    const { incarnation } = restored.installation;
    const [last] = events.slice(manifest.events);
    expect(events).toHaveLength(manifest.events + 1);
    expect(last).toMatchObject({ stream: archiveStream(last!.meta.recordedAt.slice(0, 7).replace('-', '')), type: 'monitoring.archive.restored', id: eventId(incarnation, 0), data: { incarnation, backupAt: manifest.at, events: manifest.events }, meta: { actor: 'system:restore', environment: 'test' } });
  });

  it('holds no key-encryption key, and of the rest only what cannot be made anew', async () => {
    const keks = newKeks();
    const running = await opened(openInstallation(await folder(), keks));
    await running.keys.archive.box(archiveKeyId('H501', '202611'));
    await running.collections.collection<{ answer: string }>({ name: 'answers' }).insert('a', { answer: 'an-answer-for-pick-up' });
    const backup = await folder();
    await running.backupTo(backup);
    const keys = Object.values(keks).flatMap(({ key }) => [key, key.toString('base64'), key.toString('hex')]);
    expect(await filesHolding(backup, ...keys, 'an-answer-for-pick-up')).toEqual([]);
  });

  it('is not put where something is', async () => {
    const running = await opened(openInstallation(await folder(), newKeks()));
    const taken = await folder();
    await writeFile(join(taken, 'something'), 'x');
    await expect(running.backupTo(taken)).rejects.toMatchObject({ name: 'UnusableBackup', message: `la cartella ${taken} non è vuota` });
    expect(await readdir(taken)).toEqual(['something']);
  });
});

describe('a restore', () => {
  const month = { comune: 'H501', month: '202511', reason: 'termini di conservazione' };
  const keyId = archiveKeyId(month.comune, month.month);

  it('shreds again what the archive says was shredded', async () => {
    const keks = newKeks();
    const running = await opened(openInstallation(await folder(), keks));
    for (const id of [keyId, archiveKeyId('H501', '202512')]) await running.keys.archive.box(id);
    const { wrapped } = (await running.durable.collection<WrappedSecret>({ name: 'secrets-archive' }).get(keyId)) as Extract<WrappedSecret, { readonly wrapped: string }>;
    // Recorded, but the process was killed before the secret was gone: the backup still holds it.
    await running.store.append(archiveStream('202611'), NO_STREAM, [{ ...sampleEvent(month), type: 'monitoring.archive.shredded', meta: sampleMeta }]);
    const backup = await folder();
    await running.backupTo(backup);
    expect(await filesHolding(backup, wrapped)).not.toEqual([]);

    const target = await folder();
    await restoreInto({ folder: target, backup, keyEncryptionKeys: keks, clock });
    expect(await filesHolding(target, wrapped, Buffer.from(wrapped, 'base64url'))).toEqual([]);
    const restored = await opened(openInstallation(target, keks));
    await expect(restored.keys.archive.box(keyId)).rejects.toBeInstanceOf(KeyDestroyed);
    expect(await restored.keys.archive.find(archiveKeyId('H501', '202512'))).toBeDefined();
  });

  it('of a restore is another life again, and both are in the archive', async () => {
    const keks = newKeks();
    const first = await openInstallation(await folder(), keks);
    const lives = [first.installation.incarnation];
    let from = first;
    for (let times = 0; times < 2; times++) {
      const [backup, target] = [await folder(), await folder()];
      await from.backupTo(backup);
      await from.close();
      await restoreInto({ folder: target, backup, keyEncryptionKeys: keks, clock });
      from = await openInstallation(target, keks);
      lives.push(from.installation.incarnation);
    }
    const events = await replayed(from);
    await from.close();
    expect(new Set(lives).size).toBe(3);
    expect(events.map(({ type, data }) => [type, (data as { readonly incarnation: string }).incarnation])).toEqual(lives.slice(1).map((life) => ['monitoring.archive.restored', life]));
  });

  it('with the keys of another installation is refused, and leaves nothing', async () => {
    const running = await opened(openInstallation(await folder(), newKeks()));
    await running.keys.archive.box(keyId);
    const backup = await folder();
    await running.backupTo(backup);
    const target = join(await folder(), 'data');
    await expect(restoreInto({ folder: target, backup, keyEncryptionKeys: newKeks(), clock })).rejects.toBeInstanceOf(WrongKeyEncryptionKey);
    await expect(readdir(target)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each<readonly [string, (backup: string) => Promise<unknown>, RegExp]>([
    ['without its manifest', (backup) => rm(join(backup, 'backup.json')), /non contiene un backup completo: manca backup\.json/],
    ['whose manifest is damaged', (backup) => writeFile(join(backup, 'backup.json'), '{"format":1,'), /backup\.json non è leggibile/],
    ['of a later release', async (backup) => writeFile(join(backup, 'backup.json'), (await readFile(join(backup, 'backup.json'), 'utf8')).replace('"format": 1', '"format": 2')), /backup\.json non è leggibile/],
    ['without its events', (backup) => rm(join(backup, 'events.db')), /events\.db manca o è stato alterato/],
    ['whose events were cut short', (backup) => truncate(join(backup, 'events.db'), 4096), /events\.db manca o è stato alterato/],
    ['whose keys were altered', (backup) => appendFile(join(backup, 'keys.db'), randomBytes(1)), /keys\.db manca o è stato alterato/],
  ])('of a backup %s is refused, and leaves nothing', async (_, spoil, message) => {
    const keks = newKeks();
    const running = await opened(openInstallation(await folder(), keks));
    await running.store.append('spec-1', NO_STREAM, [sampleEvent()]);
    const backup = join(await folder(), 'backup');
    await mkdir(backup);
    await running.backupTo(backup);
    await expect(readBackup(backup)).resolves.toMatchObject({ events: 1 });
    await spoil(backup);
    const target = join(await folder(), 'data');
    await expect(restoreInto({ folder: target, backup, keyEncryptionKeys: keks, clock })).rejects.toMatchObject({ name: 'UnusableBackup', message: expect.stringMatching(message) as string });
    await expect(readdir(target)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
