import { Risposta } from '@geres/contracts';
import { openEmbedded, readBackup, restoreInto } from '@geres/platform/embedded';
import { loadKeyEncryptionKeys, newTransportKey } from '@geres/platform/keys';
import { execFile, spawnSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { posixLine, sampleLookup, type Demo } from './facts.js';
import type { Started } from './geres.js';
import { assertionOf, control, newPlace, tokenFrom, type Place } from './testing/installation.js';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** The shape that issue and README promise to scripts; more members are allowed. */
const PromisedDemo = z.object({
  baseUrl: z.url(),
  token: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  comuni: z.array(z.strictObject({ codiceCatastale: z.string(), codiceIstat: z.string(), nome: z.string() })).min(1),
  utenti: z.array(z.strictObject({ username: z.string(), password: z.string(), ruolo: z.enum(['GESTORE', 'TOP', 'ADMIN', 'AUTORIZZATO']), comune: z.string().nullable(), ente: z.string().nullable() })).min(1),
  applicazioni: z.array(z.strictObject({ clientId: z.string(), chiave: z.string(), ente: z.string() })).min(1),
  persone: z.array(z.strictObject({ codiceFiscale: z.string().min(11), cognome: z.string(), nome: z.string(), caso: z.string() })).min(1),
  motivi: z.array(z.strictObject({ codice: z.string(), descrizione: z.string() })).min(1),
});

describe('GeRes in one process, environment test', () => {
  let place: Place;
  let started: Started;
  let demo: Demo;

  beforeAll(async () => {
    place = await newPlace();
    started = await place.start();
    demo = JSON.parse(await readFile(join(place.data, 'demo.json'), 'utf8')) as Demo;
  });
  afterAll(() => place.clear());

  const get = (path: string, token?: string): Promise<Response> => fetch(`${demo.baseUrl}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const lookup = async (token: string, comune = 'H501', body = sampleLookup(demo)): Promise<Response> =>
    fetch(`${demo.baseUrl}/api/v1/comuni/${comune}/richieste`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body });
  const verified = async (): Promise<{ readonly events: number; readonly broken: readonly unknown[] }> =>
    (JSON.parse((await control(place.data, 'POST', '/archive/verify', {})).text.trimEnd().split('\n').at(-1)!) as { readonly esito: never }).esito;

  it('says what it does, and what a newcomer needs, in a file for its user alone', async () => {
    expect(place.steps).toEqual([expect.stringContaining(place.data), 'avvio il simulatore di ANPR', 'avvio i servizi', 'preparo i dati dimostrativi']);
    expect(() => PromisedDemo.parse(demo)).not.toThrow();
    expect(started.demo).toEqual(demo);
    expect((await stat(join(place.data, 'demo.json'))).mode & 0o777).toBe(0o600);
    for (const { chiave } of demo.applicazioni) expect(await readFile(chiave, 'utf8')).toContain('PRIVATE KEY');
  });

  it('makes its key-encryption keys beside the data folder, and says so', () => {
    expect(started.keysMadeAt).toBe(`${place.data}.keys`);
  });

  it.skipIf(!hasCurl)(`answers the line that is shown, word for word${hasCurl ? '' : ': needs curl'}`, async () => {
    // The server is in this process: it must not be blocked.
    const { stdout } = await promisify(execFile)('sh', ['-c', posixLine(demo)], { timeout: 20_000 });
    const answer = Risposta.parse(JSON.parse(stdout));
    expect(answer).toMatchObject({ esito: 'trovato', fonte: { ambiente: 'test', canale: 'ws' } });
    expect(answer.soggetti[0]!.codiceFiscale).toBe(demo.persone[0]!.codiceFiscale);
  });

  it('lets an application vouch for its operator, asks ANPR, and shows the lookup to whoever watches over it', async () => {
    const token = await tokenFrom(demo, { grant_type: JWT_BEARER, client_id: 'tributi-roma', assertion: await assertionOf(demo, 'tributi-roma', 'operatore.roma') });
    const answered = await lookup(token);
    expect(answered.status).toBe(200);
    const { id } = Risposta.parse(await answered.json());
    const watching = await tokenFrom(demo, {
      ...{ grant_type: 'client_credentials', client_id: 'rendiconti-roma', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
      client_assertion: await assertionOf(demo, 'rendiconti-roma', 'rendiconti-roma'),
    });
    const shown = async (): Promise<string | undefined> => {
      const { richieste } = (await (await get('/monitoraggio/v1/richieste?limite=20', watching)).json()) as { readonly richieste: readonly { readonly id: string; readonly esito: string }[] };
      return richieste.find((one) => one.id === id)?.esito;
    };
    await expect.poll(shown, { timeout: 10_000 }).toBe('trovato');
  });

  it('records a refusal and tells it as a problem', async () => {
    const before = (await verified()).events;
    const refused = await lookup(demo.token, 'H501', JSON.stringify({ ...(JSON.parse(sampleLookup(demo)) as object), motivo: 'ALTRO' }));
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ type: 'urn:geres:problema:motivo-non-ammesso' });
    const { text } = await control(place.data, 'GET', '/archive/tail?ultimi=50');
    expect(text).toMatch(/motivo sconosciuto: motivo-non-ammesso/);
    expect((await verified()).events).toBeGreaterThan(before);
  });

  it('is ready, and measures every projection by name', async () => {
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    const lags = [...metrics.matchAll(/^geres_projection_lag_seconds\{projection="([^"]+)"\} (\S+)$/gm)].map(([, name, lag]) => ({ name: name!, lag: Number(lag) }));
    const names = lags.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['rights', 'grants', 'lookups', 'sessions-open']));
    expect(new Set(names).size).toBe(names.length);
    for (const { lag } of lags) expect(lag).toBeGreaterThanOrEqual(0);
  });

  it('is backed up while it works, and the backup restores', async () => {
    const folder = join(place.folder, 'backup');
    const asking = Promise.all(Array.from({ length: 5 }, () => lookup(demo.token)));
    const { status, text } = await control(place.data, 'POST', '/backup', { cartella: folder });
    expect({ status, text }).toMatchObject({ status: 200 });
    expect((await asking).map((response) => response.status)).toEqual([200, 200, 200, 200, 200]);
    const { events } = await readBackup(folder);
    expect(events).toBe((JSON.parse(text) as { readonly events: number }).events);
    const keys = await loadKeyEncryptionKeys({ env: {}, dataFolder: place.data });
    const restored = join(place.folder, 'restored');
    const clock = (): Date => new Date();
    await restoreInto({ folder: restored, backup: folder, keyEncryptionKeys: keys, clock });
    await (await openEmbedded({ folder: restored, environment: 'test', keyEncryptionKeys: keys, clock })).close();
    expect((await readdir(restored)).sort()).toEqual(expect.arrayContaining(['events.db', 'installation.json', 'keys.db']));
  });

  it('refuses a backup into a folder with something in it', async () => {
    expect(await control(place.data, 'POST', '/backup', { cartella: place.folder })).toMatchObject({ status: 409, text: expect.stringContaining('non è vuota') as string });
    expect((await control(place.data, 'POST', '/backup', { altro: 1 })).status).toBe(409);
    expect((await control(place.data, 'GET', '/altro')).status).toBe(404);
  });

  it('verifies and exports its archive while it works, and both are in it', async () => {
    expect((await verified()).broken).toEqual([]);
    const { publicPem } = await newTransportKey();
    const plain = await control(place.data, 'POST', '/archive/export', {});
    const sealed = await control(place.data, 'POST', '/archive/export', { per: publicPem });
    expect(plain.text).not.toContain('"segreti"');
    expect(sealed.text).toContain('"segreti"');
    for (const { codiceFiscale, cognome } of demo.persone.slice(0, 3)) {
      expect(sealed.text).not.toContain(codiceFiscale);
      expect(sealed.text).not.toContain(cognome);
    }
    const { text } = await control(place.data, 'GET', '/archive/tail?ultimi=10');
    expect(text).toContain('monitoring.archive.verified');
    expect(text.match(/"monitoring\.archive\.exported"/g)).toHaveLength(2);
    expect(await control(place.data, 'POST', '/archive/export', { per: 'ciao' })).toMatchObject({ status: 409 });
  });

  it('is there for its user alone', async () => {
    expect((await stat(place.data)).mode & 0o777).toBe(0o700);
    expect((await stat(join(place.data, 'control.sock'))).mode & 0o777).toBe(0o600);
  });

  it('started again finds everything that was recorded, and records nothing twice', async () => {
    const answered = Risposta.parse(await (await lookup(demo.token)).json());
    const { events } = await verified();
    await started.stop();
    started = await place.start();
    const again = started.demo!;
    expect(again.utenti).toEqual(demo.utenti);
    demo = again;
    const { text } = await control(place.data, 'GET', '/archive/tail?ultimi=200');
    expect(text).toContain(answered.id);
    const news = text.trimEnd().split('\n').slice(-20).map((line) => JSON.parse(line) as { readonly type: string; readonly position: string }).filter(({ position }) => Number(position) > events + 1);
    // The simulator has another port now, and the ready token a session of its own.
    expect(new Set(news.map(({ type }) => type))).toEqual(new Set(['anpr.connection.configured', 'identity.session.opened']));
    expect(started.keysMadeAt).toBeUndefined();
    expect((await lookup(again.token)).status).toBe(200);
  });
});
