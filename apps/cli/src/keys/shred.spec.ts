import { openSecrets, openStorage } from '@geres/platform/distributed';
import { openEmbedded } from '@geres/platform/embedded';
import { archiveKeyId, loadKeyEncryptionKeys } from '@geres/platform/keys';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyEngines } from '../testing/engines.js';
import { built, newPlace, type Place, type Run } from '../testing/processes.js';

const DESTROY = ['chiavi', 'distruggi', '--comune', 'H501'] as const;
const of = (month: string): readonly string[] => [...DESTROY, '--mese', month];
const meant = (month: string): readonly string[] => [...of(month), '--motivo', 'termini di conservazione', '--conferma', `H501/${month}`];
const thisMonth = new Date().toISOString().slice(0, 7);

(built ? describe : describe.skip)(`the secret of a month, on a data folder${built ? '' : ': needs apps/cli/dist and apps/standalone/dist (npm run build)'}`, () => {
  let place: Place;

  /** Its archive is that of a few minutes: secrets of long ago are put there. */
  const held = async (...months: readonly string[]): Promise<void> => {
    const folder = join(place.folder, 'data');
    const keyEncryptionKeys = await loadKeyEncryptionKeys({ env: {}, dataFolder: folder, mustExist: true });
    const { keys, close } = await openEmbedded({ folder, environment: 'test', keyEncryptionKeys, clock: () => new Date() });
    for (const month of months) await keys.archive.box(archiveKeyId('H501', month));
    await close();
  };

  beforeAll(async () => {
    place = await newPlace();
    const stop = await place.start();
    const { codiceFiscale } = (await place.demo()).persone[0]!;
    await place.geres(['lookup', '--comune', 'H501', '--codice-fiscale', codiceFiscale, '--motivo', 'TRIB-01']);
    await stop();
    await held('201611', '201612');
  });
  afterAll(() => place.clear());

  it('is not destroyed by who only looks, by halves, or for a month that lookups need still', async () => {
    expect((await place.geres([...of(thisMonth), '--json'])).out).toContain('"segreto": "presente"');
    expect((await place.geres(of(thisMonth))).out).toMatch(/illeggibili per sempre le persone e le pratiche di \d+ richiest[ae] del Comune H501[\s\S]*Non è stato distrutto nulla/);
    expect(await place.geres([...of('2016-11'), '--motivo', 'termini', '--conferma', 'H501/2016-12'])).toMatchObject({ code: 2, err: expect.stringContaining('H501/2016-11') as string });
    expect(await place.geres([...of('2016-11'), '--conferma', 'H501/2016-11'])).toMatchObject({ code: 2, err: expect.stringContaining('--motivo') as string });
    expect((await place.geres([...of('2016-11'), '--motivo', 'termini'])).out).toContain('Non è stato distrutto nulla');
    expect(await place.geres(meant(thisMonth))).toMatchObject({ code: 1, err: expect.stringContaining('servono ancora') as string });
    expect(await place.geres(meant('2015-01'))).toMatchObject({ code: 1, err: expect.stringContaining('non ha segreti') as string });
    for (const month of ['2016-11', '2016-12']) expect(JSON.parse((await place.geres([...of(month), '--json'])).out)).toEqual({ comune: 'H501', mese: month, richieste: 0, segreto: 'presente', distruttoOra: false });
    expect((await place.geres(['archive', 'tail', '-n', '100'])).out).not.toContain('distrutti');
  });

  it('is destroyed where GeRes is not running, and the archive says so', async () => {
    expect(await place.geres(meant('2016-11'))).toMatchObject({ code: 0, out: expect.stringMatching(/^Distrutto/) as string });
    expect((await place.geres(['archive', 'tail', '-n', '1'])).out).toContain('I segreti del Comune H501 per 11/2016 sono stati distrutti');
    expect((await place.geres([...of('2016-11'), '--json'])).out).toContain('"segreto": "distrutto"');
    expect((await place.geres(['archive', 'verify'])).code).toBe(0);
  });

  it('is destroyed through GeRes where it is running, once', async () => {
    const stop = await place.start();
    const results: Run[] = [];
    for (let times = 0; times < 2; times++) results.push(await place.geres([...meant('2016-12'), '--json']));
    await expect(place.geres(meant(thisMonth))).resolves.toMatchObject({ code: 1, err: expect.stringContaining('servono ancora') as string });
    await stop();
    expect(results.map(({ out }) => JSON.parse(out) as unknown)).toEqual([true, false].map((distruttoOra) => ({ comune: 'H501', mese: '2016-12', richieste: 0, segreto: 'distrutto', distruttoOra })));
    expect((await place.geres(['archive', 'tail', '-n', '100', '--json'])).out.match(/monitoring\.archive\.shredded/g)).toHaveLength(2);
  });
});

const engines = built ? await emptyEngines() : { why: 'needs apps/cli/dist (npm run build)' };
if ('why' in engines) {
  describe.skip(`the secret of a month, on the engines (${engines.why})`, () => it('needs engines', () => undefined));
} else {
  describe('the secret of a month, on the engines (a stand-in for EventStoreDB, MongoDB)', () => {
    afterAll(() => engines.close());

    it('is destroyed by who holds the key of the archive, while services may work', async () => {
      const place = await newPlace();
      try {
        const env = await engines.empty();
        expect((await place.geres(['motori', 'installazione'], { env: { ...env, GERES_KAFKA: 'localhost:1' } })).code).toBe(0);
        const storage = await openStorage({ environment: 'test', eventStoreUrl: env['GERES_EVENTSTORE_URL']!, mongodbUrl: env['GERES_MONGODB_URL']! });
        await (await openSecrets(storage.durable, { archive: env['GERES_KEK_ARCHIVE']! })).archive.box(archiveKeyId('H501', '201611'));
        await storage.close();
        const { GERES_KEK_ARCHIVE: key, GERES_KEK_CONNECTOR: _, GERES_KEK_CERTIFICATES: __, GERES_KEK_ADMIN: ___, ...none } = env;
        expect(await place.geres([...of('2016-11'), '--motori'], { env: none })).toMatchObject({ code: 2, err: expect.stringContaining('GERES_KEK_ARCHIVE') as string });
        const some = { ...none, GERES_KEK_ARCHIVE: key! };
        expect((await place.geres([...of('2016-11'), '--motori'], { env: some })).out).toContain('Non è stato distrutto nulla');
        expect(await place.geres([...meant('2016-11'), '--motori'], { env: some })).toMatchObject({ code: 0, out: expect.stringMatching(/^Distrutto/) as string });
        expect((await place.geres([...of('2016-11'), '--motori', '--json'], { env: some })).out).toContain('"segreto": "distrutto"');
        expect((await place.geres(['archive', 'tail', '--motori', '-n', '1'], { env: some })).out).toContain('sono stati distrutti');
      } finally {
        await place.clear();
      }
    }, 60_000);
  });
}
