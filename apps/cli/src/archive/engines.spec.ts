import { isCaughtUp, type EventStore } from '@geres/kernel';
import { openEmbedded } from '@geres/platform/embedded';
import { archiveKeyId, loadKeyEncryptionKeys, type KeyStore } from '@geres/platform/keys';
import { openSecrets, openStorage } from '@geres/platform/distributed';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyEngines, narrow, type EngineEnv } from '../testing/engines.js';
import { built, newPlace, type Place, type Run } from '../testing/processes.js';

const engines = built ? await emptyEngines() : { why: 'needs apps/cli/dist and apps/standalone/dist (npm run build)' };
const LOOKUPS = 3;

interface Line {
  readonly stream: string;
  readonly type: string;
  readonly data: { readonly lookup: string; readonly comune: string; readonly subject: never };
  readonly meta: { readonly recordedAt: string };
}

if ('why' in engines) {
  describe.skip(`an installation that moves to the engines and back (${engines.why})`, () => it('needs engines', () => undefined));
} else {
  describe('an installation that moves to the engines (a stand-in for EventStoreDB, MongoDB) and back', () => {
    let place: Place;
    let codiceFiscale: string;
    let exported: { readonly eventi: number; readonly sha256: string };

    /** Lines of events, as they are in the file. */
    const eventsOf = async (name: string): Promise<readonly string[]> => (await readFile(join(place.folder, name), 'utf8')).split('\n').filter((line) => line.includes('"digest":'));
    const parsed = (lines: readonly string[]): readonly Line[] => lines.map((line) => JSON.parse(line) as Line);
    const geres = async (code: number, args: readonly string[], env: EngineEnv = {}): Promise<Run> => {
      const run = await place.geres(args, { env });
      expect({ args, ...run }).toMatchObject({ code });
      return run;
    };
    const IMPORT = ['archive', 'import', 'primo.ndjson', '--chiave', 'viaggio.pem', '--json'] as const;

    beforeAll(async () => {
      place = await newPlace();
      const stop = await place.start();
      const { persone } = await place.demo();
      codiceFiscale = persone[0]!.codiceFiscale;
      await place.geres(['lookup', '--comune', 'H501', '--codice-fiscale', codiceFiscale, '--motivo', 'TRIB-01']);
      await Promise.all(persone.slice(1, LOOKUPS).map(({ codiceFiscale: of }) => place.geres(['lookup', '--comune', 'H501', '--codice-fiscale', of, '--motivo', 'TRIB-01'])));
      await geres(0, ['archive', 'keygen', 'viaggio.pem']);
      await stop();
      exported = JSON.parse((await geres(0, ['archive', 'export', 'primo.ndjson', '--per', 'viaggio.pem.pub', '--json'])).out) as typeof exported;
    }, 180_000);
    afterAll(async () => {
      await place.clear();
      await engines.close();
    });

    /** What the first lookup of the archive was about, opened with the secrets of that place. */
    async function opened(store: EventStore, secrets: KeyStore): Promise<unknown> {
      for await (const item of store.subscribe('start', { prefixes: ['register-'], signal: new AbortController().signal })) {
        if (isCaughtUp(item)) break;
        if (item.type !== 'anpr.lookup.requested') continue;
        const { lookup, comune, subject } = item.data as Line['data'];
        return (await secrets.box(archiveKeyId(comune, item.meta.recordedAt.slice(0, 7).replace('-', '')))).open(subject, lookup);
      }
      throw new Error('no lookup');
    }

    async function openedOnEngines({ GERES_EVENTSTORE_URL, GERES_MONGODB_URL, GERES_KEK_ARCHIVE }: EngineEnv): Promise<unknown> {
      const storage = await openStorage({ environment: 'test', eventStoreUrl: GERES_EVENTSTORE_URL!, mongodbUrl: GERES_MONGODB_URL! });
      try {
        return await opened(storage.store, (await openSecrets(storage.durable, { archive: GERES_KEK_ARCHIVE! })).archive);
      } finally {
        await storage.close();
      }
    }

    async function openedIn(folder: string): Promise<unknown> {
      const keyEncryptionKeys = await loadKeyEncryptionKeys({ env: {}, dataFolder: folder, mustExist: true });
      const { store, keys, close } = await openEmbedded({ folder, environment: 'test', keyEncryptionKeys, clock: () => new Date() });
      try {
        return await opened(store, keys.archive);
      } finally {
        await close();
      }
    }

    it('is the same at each end, event for event, and opens what is sealed', async () => {
      const env = await engines.empty();
      const first = await eventsOf('primo.ndjson');
      expect(first).toHaveLength(exported.eventi);
      expect(new Set(parsed(first).map(({ type }) => type.split('.')[0]))).toEqual(new Set(['identity', 'anpr']));

      expect(JSON.parse((await geres(0, [...IMPORT, '--motori', '--impronta', exported.sha256], env)).out)).toMatchObject({ eventi: exported.eventi, giaPresenti: 0, motori: true, ambiente: 'test' });
      expect((await geres(0, ['archive', 'verify', '--motori'], env)).out).toMatch(/^Integro/);
      expect((await geres(0, ['archive', 'tail', '--motori', '-n', '2'], env)).out).toMatch(/ripristinata dal backup[\s\S]*verificat/);
      expect(await openedOnEngines(env)).toMatchObject({ soggetto: { codiceFiscale } });

      await geres(0, ['archive', 'export', 'secondo.ndjson', '--motori', '--per', 'viaggio.pem.pub'], env);
      const second = await eventsOf('secondo.ndjson');
      expect(second.slice(0, first.length)).toEqual(first);
      expect(parsed(second.slice(first.length)).map(({ type }) => type)).toEqual(['monitoring.archive.restored', 'monitoring.archive.verified']);

      await geres(0, ['archive', 'import', 'secondo.ndjson', '--dati', 'ritorno', '--chiave', 'viaggio.pem']);
      expect(await openedIn(join(place.folder, 'ritorno'))).toMatchObject({ soggetto: { codiceFiscale } });
      await geres(0, ['archive', 'export', 'terzo.ndjson', '--dati', 'ritorno']);
      const third = await eventsOf('terzo.ndjson');
      expect(third.slice(0, second.length)).toEqual(second);
      expect(parsed(third.slice(second.length)).map(({ type }) => type)).toEqual(['monitoring.archive.restored']);
    }, 120_000);

    it('goes on where an import was killed, and no service starts before its end', async () => {
      const env = await engines.empty();
      const size = (await eventsOf('primo.ndjson')).join('\n').length;
      const way = await narrow(env['GERES_EVENTSTORE_URL']!, size / 2);
      const importing = place.spawned([...IMPORT, '--motori'], { ...env, GERES_EVENTSTORE_URL: way.connectionString });
      await way.full;
      importing.kill('SIGKILL');
      expect(await once(importing, 'exit')).toEqual([null, 'SIGKILL']);
      await way.close();

      expect((await geres(2, ['archive', 'tail', '--motori'], env)).err).toContain('non è arrivato in fondo');
      const { giaPresenti } = JSON.parse((await geres(0, [...IMPORT, '--motori'], env)).out) as { readonly giaPresenti: number };
      expect(giaPresenti).toBeGreaterThan(0);
      expect(giaPresenti).toBeLessThan(exported.eventi);
      await geres(0, ['archive', 'export', 'ripreso.ndjson', '--motori'], env);
      const [before, after] = [await eventsOf('primo.ndjson'), await eventsOf('ripreso.ndjson')];
      expect(after.slice(0, before.length)).toEqual(before);
      expect(await openedOnEngines(env)).toMatchObject({ soggetto: { codiceFiscale } });
      const next = Buffer.alloc(32, 9).toString('base64');
      expect((await geres(0, ['chiavi', 'ricifra', '--motori'], { ...env, GERES_KEK_ARCHIVE_NUOVA: next })).out).toContain('(archive)');
      expect(await openedOnEngines({ ...env, GERES_KEK_ARCHIVE: next })).toMatchObject({ soggetto: { codiceFiscale } });
      await expect(openedOnEngines(env)).rejects.toThrow('chiave di cifratura');
      // What has come to its end is not done again.
      expect((await geres(4, [...IMPORT, '--motori'], { ...env, GERES_KEK_ARCHIVE: next })).err).toContain('non è vuoto');
    }, 120_000);

    it('leaves the engines as they were where the file was altered or is of another environment', async () => {
      const env = await engines.empty();
      await writeFile(join(place.folder, 'alterato.ndjson'), (await readFile(join(place.folder, 'primo.ndjson'), 'utf8')).replace('TRIB-01', 'TRIB-99'));
      expect((await geres(4, ['archive', 'import', 'alterato.ndjson', '--motori', '--chiave', 'viaggio.pem'], env)).err).toContain('alterato');
      expect((await geres(2, [...IMPORT, '--motori'], { ...env, GERES_ENVIRONMENT: 'produzione' })).err).toContain('ambiente «test»');
      expect((await geres(2, ['archive', 'tail', '--motori'], env)).err).toContain('non c’è un’installazione');
    }, 60_000);

    it('does not give its secrets to who lacks a key that protects them, and says which', async () => {
      const env = await engines.empty();
      await geres(0, ['motori', 'installazione'], { ...env, GERES_KAFKA: 'localhost:1' });
      const { GERES_KEK_ADMIN: _, GERES_KEK_CERTIFICATES: __, ...some } = env;
      const { err } = await geres(2, ['archive', 'export', 'con.ndjson', '--motori', '--per', 'viaggio.pem.pub'], some);
      expect(err).toMatch(/GERES_KEK_CERTIFICATES[\s\S]*GERES_KEK_ADMIN/);
      expect(err).not.toContain('GERES_KEK_ARCHIVE');
      await geres(0, ['archive', 'export', 'senza.ndjson', '--motori'], some);
    }, 60_000);

    it('is restored where the backups of the engines have put it back, as another incarnation', async () => {
      const env = await engines.empty();
      await geres(0, ['motori', 'installazione'], { ...env, GERES_KAFKA: 'localhost:1' });
      expect((await geres(2, ['motori', 'ripristino', '--del', 'ieri'], env)).err).toContain('--del');
      expect((await geres(0, ['motori', 'ripristino', '--del', '2026-11-25T02:00:00Z'], env)).out).toContain('ambiente «test»');
      expect((await geres(0, ['archive', 'tail', '--motori'], env)).out).toContain('ripristinata dal backup del 2026-11-25T02:00:00.000Z');
    }, 60_000);
  });
}
