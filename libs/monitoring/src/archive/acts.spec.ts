import { archiveStream, romeMonth } from '@geres/contracts';
import { NO_STREAM, whole, type EventStore } from '@geres/kernel';
import { adoptBundle, keyEncryptionKey, KeyStore, newTransportKey, openBundle, privateTransportKey, publicTransportKey, sealSecrets, UnusableTransportKey, type KeyStores, type TransportKey, type WrappedSecret } from '@geres/platform/keys';
import { archiveKeyId } from '@geres/platform/keys';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asked, ids, openTestArchive, record, requested, type TestArchive } from '../testing/archive.js';
import { exportAndRecord, verifyAndRecord, type ArchiveKeeper } from './acts.js';
import { UnusableArchive } from './archive-file.js';
import { importArchive, type SecretsTaker } from './import.js';

const at = new Date('2026-11-23T09:00:00Z');
let archive: TestArchive;
beforeEach(async () => void (archive = await openTestArchive()));
afterEach(() => archive.close());

const keeper = (store: EventStore = archive.store): ArchiveKeeper => ({ store, installation: { environment: 'test' }, clock: () => at, actor: 'system:prova' });
const recorded = async (): Promise<readonly { readonly type: string; readonly data: object; readonly actor: string }[]> =>
  (await whole(archive.store.read(archiveStream(romeMonth(at))))).events.map(({ type, data, meta: { actor } }) => ({ type, data, actor }));

class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/** The secrets of the test archive, as those of a whole installation. */
const stores = (name: string): KeyStores => {
  const of = (custody: string): KeyStore => new KeyStore({ collection: archive.collections.collection<WrappedSecret>({ name: `${name}-${custody}` }), kek: keyEncryptionKey(Buffer.alloc(32, 9)) });
  return { archive: name === 'here' ? archive.keys : of('archive'), connector: of('connector'), certificates: of('certificates'), admin: of('admin') };
};
const taker = (key: TransportKey, to: KeyStores): SecretsTaker => ({ check: (bundle) => openBundle(bundle, key), take: (bundle) => adoptBundle(to, bundle, key) });

async function exported(to?: TransportKey): Promise<string> {
  const file = new Text();
  await exportAndRecord(keeper(), file, to ? { secrets: { recipient: to.id, bundles: sealSecrets(stores('here'), to) } } : {});
  return file.text;
}

describe('verifying the archive', () => {
  it('is itself recorded, with what was found', async () => {
    await asked(archive, { at, outcome: 'trovato' });
    expect(await verifyAndRecord(keeper())).toMatchObject({ streams: 1, events: 2, broken: [] });
    expect(await recorded()).toEqual([{ type: 'monitoring.archive.verified', data: { streams: 1, events: 2, broken: [] }, actor: 'system:prova' }]);
  });

  it('is not recorded when it was given up', async () => {
    await asked(archive, { at });
    await expect(verifyAndRecord(keeper(), () => { throw new Error('basta'); })).rejects.toThrow('basta');
    expect(await recorded()).toEqual([]);
  });
});

describe('exporting the archive', () => {
  it('is recorded before the file is whole', async () => {
    await asked(archive, { at });
    let whenClosed: readonly { readonly type: string }[] = [];
    const file = new Text();
    const watching = new Writable({
      write: (chunk: Buffer, _, done) => {
        if (!chunk.toString().startsWith('{"eventi"')) return void file.write(chunk, done);
        recorded().then((events) => { whenClosed = events; }).then(() => file.write(chunk, done), done);
      },
    });
    await exportAndRecord(keeper(), watching);
    expect(whenClosed.map(({ type }) => type)).toEqual(['monitoring.archive.exported']);
    expect(await recorded()).toMatchObject([{ data: { events: 1, lastPosition: expect.stringMatching(/^\d+$/) as string } }]);
  });

  it('can be recorded of an empty archive', async () => {
    await exported();
    expect(await recorded()).toMatchObject([{ data: { events: 0 } }]);
  });

  it('names who can open the secrets that go with it', async () => {
    const key = await publicTransportKey((await newTransportKey()).publicPem);
    await asked(archive, { at });
    await exported(key);
    expect(await recorded()).toMatchObject([{ data: { recipient: key.id } }]);
  });
});

describe('an archive that moves with its secrets', () => {
  it('is read on the other side as on this one', async () => {
    const { publicPem, privatePem } = await newTransportKey();
    const id = await asked(archive, { at, subject: { codiceFiscale: 'XXXYYY80A01H501H' }, pratica: '2026/1' });
    const file = await exported(await publicTransportKey(publicPem));
    expect(file).not.toContain('XXXYYY80A01H501H');
    const [there, others] = [await archive.open('there'), stores('there')];
    const imported = await importArchive(there, () => Readable.from([file]), { secrets: taker(await privateTransportKey(privatePem), others) });
    expect(imported).toMatchObject({ events: 1, secrets: 1 });
    const { events } = await whole(there.read('register-H501-20261123'));
    const box = await others.archive.find(archiveKeyId('H501', '202611'));
    expect(box!.open((events[0]!.data as { subject: never }).subject, id)).toMatchObject({ soggetto: { codiceFiscale: 'XXXYYY80A01H501H' }, pratica: '2026/1' });
  });

  it('is refused, and nothing is written, without the key, with another key, or altered', async () => {
    const { publicPem } = await newTransportKey();
    await asked(archive, { at });
    const file = await exported(await publicTransportKey(publicPem));
    const there = await archive.open('there');
    const open = () => Readable.from([file]);
    const wrong = taker(await privateTransportKey((await newTransportKey()).privatePem), stores('there'));
    await expect(importArchive(there, open)).rejects.toThrow(/chiave privata/);
    await expect(importArchive(there, open, { secrets: wrong })).rejects.toThrow(UnusableTransportKey);
    const without = file.split('\n').filter((line) => !line.startsWith('{"segreti"')).join('\n');
    await expect(importArchive(there, () => Readable.from([without]))).rejects.toThrow(UnusableArchive);
    await expect(importArchive(there, open, { secrets: wrong, sha256: 'a'.repeat(64) })).rejects.toThrow();
    expect((await whole(there.read('register-H501-20261123'))).head).toEqual(NO_STREAM);
  });

  it('is refused when it is not the file that was announced', async () => {
    await record(archive.store, 'register-H501-20261123', at, await requested(archive.keys, '01JDK000000000000000000000', { at, comune: ids.comune }));
    const file = await exported();
    const { sha256 } = JSON.parse(file.trimEnd().split('\n').at(-1)!) as { readonly sha256: string };
    const there = await archive.open('there');
    await expect(importArchive(there, () => Readable.from([file]), { sha256: 'b'.repeat(64) })).rejects.toThrow(sha256);
    expect(await importArchive(there, () => Readable.from([file]), { sha256 })).toMatchObject({ events: 1, secrets: 0, sha256 });
  });
});
