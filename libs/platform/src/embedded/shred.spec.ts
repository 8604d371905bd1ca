import { NO_STREAM } from '@geres/kernel';
import { sampleEvent } from '@geres/kernel/testing';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { archiveKeyId, KeyDestroyed, type WrappedSecret } from '../keys/index.js';
import { filesHolding, newKeks, openInstallation } from '../testing/installation.js';
import { workplace } from '../testing/temporary-folder.js';

const { folder, opened } = workplace();
const SHREDDED = archiveKeyId('H501', '202611');
const KEPT = archiveKeyId('H501', '202612');
const SUBJECT = { codiceFiscale: 'SNTGRL80A41H501X', cognome: 'Santangelo-Querciabella' };

describe('the secret of a month that is destroyed', () => {
  it('is in no file of the data folder any more, nor is anything that it sealed, while the process runs and afterwards', async () => {
    const where = await folder();
    const keks = newKeks();
    const running = await openInstallation(where, keks);
    const wrapped: string[] = [];
    for (const [index, id] of [SHREDDED, KEPT].entries()) {
      const box = await running.keys.archive.box(id);
      for (let n = 0; n < 20; n++) {
        const data = { subject: box.seal(SUBJECT, `lookup-${n}`), tags: [box.tag('codice-fiscale', SUBJECT.codiceFiscale)] };
        await running.store.append(`register-H501-2026${11 + index}${10 + n}`, NO_STREAM, [sampleEvent(data)]);
      }
      const row = await running.durable.collection<WrappedSecret>({ name: 'secrets-archive' }).get(id);
      wrapped.push((row as Extract<WrappedSecret, { readonly wrapped: string }>).wrapped);
    }
    const clear = new Map<string, Buffer>();
    for await (const { id, secret } of running.keys.archive.secrets()) if (secret) clear.set(id, secret);
    const secret = clear.get(SHREDDED)!;
    const traces = [wrapped[0]!, Buffer.from(wrapped[0]!, 'base64url'), secret, secret.toString('hex'), secret.toString('base64'), secret.toString('base64url')];
    const people = [SUBJECT.codiceFiscale, SUBJECT.cognome];

    // The search finds what is there: the wrapped secrets, in the file or in its log; never a person.
    expect(await filesHolding(where, wrapped[0]!)).not.toEqual([]);
    expect(await filesHolding(where, ...people)).toEqual([]);
    await running.keys.archive.destroy(SHREDDED);
    expect((await readdir(where)).some((name) => name.endsWith('-wal'))).toBe(true);
    expect(await filesHolding(where, ...traces, ...people)).toEqual([]);
    expect(await filesHolding(where, wrapped[1]!)).not.toEqual([]);
    await expect(running.keys.archive.box(SHREDDED)).rejects.toBeInstanceOf(KeyDestroyed);
    await running.close();
    expect(await filesHolding(where, ...traces, ...people)).toEqual([]);

    // At the next start too there is no way to read or to recognise anybody of that month; the others are as before.
    const again = await opened(openInstallation(where, keks));
    await expect(again.keys.archive.find(SHREDDED)).rejects.toBeInstanceOf(KeyDestroyed);
    for await (const { events } of again.store.read('register-H501-20261210')) {
      const { subject } = events[0]!.data as { readonly subject: never };
      expect((await again.keys.archive.box(KEPT)).open(subject, 'lookup-0')).toEqual(SUBJECT);
    }
    expect(await filesHolding(where, ...traces, ...people)).toEqual([]);
  });

  it('is in no backup made after', async () => {
    const running = await opened(openInstallation(await folder(), newKeks()));
    await running.keys.archive.box(SHREDDED);
    const { wrapped } = (await running.durable.collection<WrappedSecret>({ name: 'secrets-archive' }).get(SHREDDED)) as Extract<WrappedSecret, { readonly wrapped: string }>;
    await running.keys.archive.destroy(SHREDDED);
    const backup = await folder();
    await running.backupTo(backup);
    expect(await filesHolding(backup, wrapped, Buffer.from(wrapped, 'base64url'))).toEqual([]);
  });
});
