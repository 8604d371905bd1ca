import { ConfigError } from '@geres/platform/config';
import { WrongInstallation } from '@geres/platform/embedded';
import { UnusableKeys } from '@geres/platform/keys';
import { createServer } from 'node:net';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { introduction } from './introduction.js';
import { newPlace, type Place } from './testing/installation.js';

const PRODUCTION = { GERES_ENVIRONMENT: 'produzione', GERES_SIMULATOR_PORT: '8081' };

describe('GeRes in environment produzione', () => {
  let place: Place;
  beforeEach(async () => void (place = await newPlace()));
  afterEach(() => place.clear());

  it('has nobody in it, lets one GESTORE be made with the code that is shown once, and never again', async () => {
    const first = await place.start(PRODUCTION);
    expect(first.demo).toBeUndefined();
    expect(await readdir(place.data)).not.toContain('demo.json');
    expect(introduction(first, '1')).toContain(first.firstStart!.code);
    const form = { codice: first.firstStart!.code, nome: 'Prima', cognome: 'Persona', utente: 'gestore.uno', password: 'lunga-abbastanza', ripetuta: 'lunga-abbastanza' };
    const made = await fetch(first.firstStart!.url, { method: 'POST', body: new URLSearchParams(form), headers: { origin: first.baseUrl, 'sec-fetch-site': 'same-origin' } });
    expect(await made.text()).toContain('GESTORE creato');
    await first.stop();
    const second = await place.start(PRODUCTION);
    expect(second.firstStart).toBeUndefined();
    expect((await fetch(`${second.baseUrl}/oidc/produzione/primo-avvio`)).status).toBe(404);
  });

  it('does not start on a data folder of another environment, nor that environment on its own', async () => {
    await (await place.start(PRODUCTION)).stop();
    const before = (await readdir(place.data)).sort();
    await expect(place.start()).rejects.toThrow(WrongInstallation);
    expect((await readdir(place.data)).sort()).toEqual(before);
  });

  it('does not make new keys for secrets that others protect', async () => {
    await (await place.start(PRODUCTION)).stop();
    await rm(`${place.data}.keys`);
    await expect(place.start(PRODUCTION)).rejects.toThrow(UnusableKeys);
    await expect(stat(`${place.data}.keys`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a start that cannot be', () => {
  let place: Place;
  beforeEach(async () => void (place = await newPlace()));
  afterEach(() => place.clear());

  it('because the port is taken makes nothing, and names the setting', async () => {
    const other = createServer();
    const port = await new Promise<number>((listening) => other.listen(0, '127.0.0.1', () => listening((other.address() as { port: number }).port)));
    await expect(place.start({ GERES_PORT: String(port) })).rejects.toThrow(/^GERES_PORT = .*già in uso/);
    await expect(place.start({ GERES_SIMULATOR_PORT: String(port) })).rejects.toThrow(/^GERES_SIMULATOR_PORT = .*già in uso/);
    expect(await readdir(place.folder)).toEqual([]);
    await new Promise((closed) => other.close(closed));
  });

  it('because the folder cannot be written makes nothing, and names the setting', async () => {
    await writeFile(join(place.folder, 'file'), '');
    await expect(place.start({ GERES_DATA: join(place.folder, 'file', 'data') })).rejects.toThrow(ConfigError);
    await expect(place.start({ GERES_DATA: join(place.folder, 'file', 'data') })).rejects.toThrow(/^GERES_DATA = /);
    expect(await readdir(place.folder)).toEqual(['file']);
  });

  it('because the file of the keys would be in the data folder, which a backup copies', async () => {
    await expect(place.start({ GERES_KEYS_FILE: join(place.data, 'keys') })).rejects.toThrow(UnusableKeys);
    expect(await readdir(place.data)).toEqual([]);
  });

  it('because somebody works on the folder says who', async () => {
    await place.start(PRODUCTION);
    await expect(place.start(PRODUCTION)).rejects.toThrow(`in uso dal processo ${process.pid}`);
  });

  it('because both ports are the same is a wrong setting', async () => {
    await expect(place.start({ GERES_PORT: '18080', GERES_SIMULATOR_PORT: '18080' })).rejects.toThrow(/^GERES_SIMULATOR_PORT/);
  });
});
