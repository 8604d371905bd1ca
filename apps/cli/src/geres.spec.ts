import { calculateJwkThumbprint, decodeJwt, type JWK } from 'jose';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, newPlace, type Place } from './testing/processes.js';

const DATA = 'data';
const count = (text: string, word: string): number => text.split(word).length - 1;

(built ? describe : describe.skip)(`the geres command beside a running installation${built ? '' : ': needs apps/cli/dist and apps/standalone/dist (npm run build)'}`, () => {
  let place: Place;
  let codiceFiscale: string;
  let cognome: string;
  const lookup = (...more: readonly string[]): readonly string[] => ['lookup', '--comune', 'H501', '--servizio', 'residenza', '--motivo', 'TRIB-01', '--pratica', 'PROVA-1', ...more];

  beforeAll(async () => {
    place = await newPlace();
    await place.start();
    ({ codiceFiscale, cognome } = (await place.demo()).persone[0]!);
  });
  afterAll(() => place.clear());

  describe('token', () => {
    it('prints the token alone, for the operator that is asked for', async () => {
      const { code, out, err } = await place.geres(['token', '--utente', 'operatore.bologna']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.trimEnd().split('\n')).toHaveLength(1);
      expect(decodeJwt(out.trim())).toMatchObject({ client_id: 'tributi-bologna', aud: 'urn:geres:api', ambiente: 'test' });
    });

    it('signs with the key of a file, and tells when the token expires', async () => {
      const { applicazioni } = await place.demo();
      const { chiave } = applicazioni.find(({ clientId }) => clientId === 'verifiche-esempio')!;
      const { code, out } = await place.geres(['token', '--client', 'verifiche-esempio', '--key', chiave, '--utente', 'operatore.esempio', '--json']);
      expect(code).toBe(0);
      const { token, scade } = JSON.parse(out) as { readonly token: string; readonly scade: string };
      expect(Math.abs(Date.parse(scade) / 1000 - decodeJwt(token).exp!)).toBeLessThan(5);
    });

    it('says why it was refused, and ends with 1', async () => {
      const { code, out, err } = await place.geres(['token', '--client', 'tributi-roma', '--utente', 'operatore.bologna']);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/non è abilitato/);
    });

    it('ends with 2 for a key that is none', async () => {
      await writeFile(join(place.folder, 'no.pem'), 'ciao');
      expect(await place.geres(['token', '--client', 'tributi-roma', '--utente', 'x', '--key', 'no.pem'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('PEM') as string });
    });
  });

  describe('lookup', () => {
    it('shows what ANPR answered, in a table without colours where nobody looks', async () => {
      const { code, out, err } = await place.geres(lookup('--codice-fiscale', codiceFiscale));
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(cognome);
      expect(out).toContain(codiceFiscale);
      expect(out).toMatch(/^Esito +trovato$/m);
      expect(out).toMatch(/^Residenza +Via /m);
      expect(out).not.toContain('\u001b');
    });

    it('takes the person from standard input, so that it is in no list of commands', async () => {
      const { code, out } = await place.geres(lookup('--codice-fiscale', '-', '--json'), { input: `${codiceFiscale}\n` });
      expect(code).toBe(0);
      const { esito, soggetti } = JSON.parse(out) as { readonly esito: string; readonly soggetti: readonly { readonly idANPR: string; readonly generalita: Record<string, string> }[] };
      expect(esito).toBe('trovato');
      const byId = await place.geres(lookup('--id-anpr', '-', '--json'), { input: soggetti[0]!.idANPR });
      expect(JSON.parse(byId.out)).toMatchObject({ soggetti: [{ codiceFiscale }] });
      const { nome, sesso, dataNascita } = soggetti[0]!.generalita;
      const soggetto = { cognome, nome, sesso, dataNascita, luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM' } } };
      const byName = await place.geres(lookup('--soggetto', '-', '--json'), { input: JSON.stringify(soggetto) });
      expect(JSON.parse(byName.out)).toMatchObject({ soggetti: [{ codiceFiscale }] });
    });

    it('finds an operator of the Comune by itself', async () => {
      const { code, out } = await place.geres(['lookup', '--comune', '037006', '--codice-fiscale', codiceFiscale, '--motivo', 'TRIB-01', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ fonte: { ambiente: 'test' } });
    });

    it('tells a refusal as GeRes gives it, and ends with 1', async () => {
      const words = await place.geres(['lookup', '--comune', 'H501', '--codice-fiscale', codiceFiscale, '--motivo', 'ALTRO']);
      expect(words).toMatchObject({ code: 1, out: '', err: expect.stringContaining('motivo-non-ammesso') as string });
      const json = await place.geres(['lookup', '--comune', 'H501', '--codice-fiscale', codiceFiscale, '--motivo', 'ALTRO', '--json']);
      expect(json.code).toBe(1);
      expect(JSON.parse(json.out)).toMatchObject({ type: 'urn:geres:problema:motivo-non-ammesso', status: 403 });
    });

    it('finds the first answer again with the same key', async () => {
      const ids = [];
      for (let time = 0; time < 2; time++) ids.push((JSON.parse((await place.geres(lookup('--codice-fiscale', codiceFiscale, '--idempotency-key', 'prova-1', '--json'))).out) as { readonly id: string }).id);
      expect(ids[1]).toBe(ids[0]);
    });

    it('ends with 5 where it does not wait, and picks the answer up later', async () => {
      const { code, out } = await place.geres(lookup('--codice-fiscale', codiceFiscale, '--wait', '0', '--json'));
      expect(code).toBe(5);
      const { id } = JSON.parse(out) as { readonly id: string };
      await expect.poll(async () => (await place.geres(['lookup', '--comune', 'H501', '--ritira', id])).code, { timeout: 20_000 }).toBe(0);
    });

    it('ends with 2 for a person that cannot be, without repeating it', async () => {
      const wrong = `${codiceFiscale.slice(0, 15)}${codiceFiscale.endsWith('A') ? 'B' : 'A'}`;
      for (const args of [['--codice-fiscale', wrong], ['--codice-fiscale', codiceFiscale, '--id-anpr', 'AB1234567'], ['--soggetto', '-']]) {
        const { code, out, err } = await place.geres(lookup(...args), { input: `{"codiceFiscale":"${wrong}"}` });
        expect({ code, out }).toEqual({ code: 2, out: '' });
        expect(err).not.toContain(wrong);
      }
    });

    it('ends with 3 where nobody answers', async () => {
      const { code, err } = await place.geres(lookup('--codice-fiscale', codiceFiscale, '--url', 'http://127.0.0.1:9'));
      expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining('non risponde') as string });
    });
  });

  describe('archive, backup', () => {
    it('goes through the running process: tail, verify, export, backup', async () => {
      expect((await place.geres(['archive', 'tail', '-n', '3'])).out.trimEnd().split('\n')).toHaveLength(3);
      const verified = await place.geres(['archive', 'verify', '--json']);
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.out)).toMatchObject({ broken: [] });
      const exported = await place.geres(['archive', 'export', 'archivio.ndjson', '--json']);
      const { eventi, sha256 } = JSON.parse(exported.out) as { readonly eventi: number; readonly sha256: string };
      const lines = (await readFile(join(place.folder, 'archivio.ndjson'), 'utf8')).trimEnd().split('\n');
      expect(lines).toHaveLength(eventi + 2);
      expect(lines.at(-1)).toContain(sha256);
      expect((await stat(join(place.folder, 'archivio.ndjson'))).mode & 0o777).toBe(0o600);
      expect((await place.geres(['backup', 'copia'])).code).toBe(0);
      const { out } = await place.geres(['archive', 'tail', '--json']);
      for (const type of ['monitoring.archive.verified', 'monitoring.archive.exported']) expect(out).toContain(type);
    });

    it('never writes over a file, nor into a folder with something in it, nor into the data folder', async () => {
      await writeFile(join(place.folder, 'mio.txt'), 'mio');
      expect((await place.geres(['archive', 'export', 'mio.txt'])).code).toBe(2);
      expect(await readFile(join(place.folder, 'mio.txt'), 'utf8')).toBe('mio');
      expect((await place.geres(['backup', '.'])).code).toBe(2);
      expect((await place.geres(['backup', `${DATA}/copia`])).code).toBe(2);
      expect(await readdir(place.folder)).not.toContain('mio.txt.parte');
    });

    it('follows what happens until it is interrupted', async () => {
      const tail = place.spawned(['archive', 'tail', '--follow', '-n', '1', '--json']);
      let out = '';
      tail.stdout!.on('data', (text: Buffer) => (out += text.toString()));
      await expect.poll(() => out, { timeout: 20_000 }).toContain('\n');
      const { out: answer } = await place.geres(lookup('--codice-fiscale', codiceFiscale, '--json'));
      await expect.poll(() => count(out, (JSON.parse(answer) as { readonly id: string }).id), { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
      expect(out).not.toContain(codiceFiscale);
      tail.kill('SIGINT');
      expect((await once(tail, 'close'))[0]).toBe(130);
    });

    it('has nothing to say when its reader has seen enough', async () => {
      const tail = place.spawned(['archive', 'tail', '-n', '20000', '--json']);
      let err = '';
      tail.stderr!.on('data', (text: Buffer) => (err += text.toString()));
      tail.stdout!.destroy();
      expect((await once(tail, 'close'))[0]).toBe(0);
      expect(err).toBe('');
    });

    it('neither restores nor imports onto a data folder that is there', async () => {
      expect((await place.geres(['restore', 'copia'])).code).toBe(2);
      const { code, err } = await place.geres(['archive', 'import', 'archivio.ndjson']);
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('non è vuota') as string });
    });
  });
});

(built ? describe : describe.skip)(`the geres command on an installation that is not running${built ? '' : ': needs apps/cli/dist and apps/standalone/dist (npm run build)'}`, () => {
  let place: Place;
  let codiceFiscale: string;

  beforeAll(async () => {
    place = await newPlace();
    const stop = await place.start();
    ({ codiceFiscale } = (await place.demo()).persone[0]!);
    await place.geres(['lookup', '--comune', 'H501', '--codice-fiscale', codiceFiscale, '--motivo', 'TRIB-01']);
    await stop();
  });
  afterAll(() => place.clear());

  it('reads, verifies and backs up by itself, and restores elsewhere with the same keys alone', async () => {
    expect((await place.geres(['archive', 'tail'])).out).toContain('ha chiesto residenza');
    expect((await place.geres(['archive', 'verify'])).out).toMatch(/^Integro: \d+ eventi/);
    expect((await place.geres(['backup', 'copia'])).code).toBe(0);
    const without = await place.geres(['restore', 'copia', '--dati', 'altrove']);
    expect(without).toMatchObject({ code: 2, err: expect.stringContaining('GERES_KEYS_FILE') as string });
    await writeFile(join(place.folder, 'altre.keys'), JSON.stringify(Object.fromEntries(['archive', 'connector', 'admin'].map((name) => [name, Buffer.alloc(32, 5).toString('base64')]))), { mode: 0o600 });
    const wrong = await place.geres(['restore', 'copia', '--dati', 'altrove'], { env: { GERES_KEYS_FILE: 'altre.keys' } });
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('chiave di cifratura') as string });
    expect(await readdir(place.folder)).not.toContain('altrove');
    expect((await place.geres(['restore', 'copia', '--dati', 'altrove'], { env: { GERES_KEYS_FILE: `${DATA}.keys` } })).code).toBe(0);
    expect((await place.geres(['archive', 'tail', '--dati', 'altrove', '-n', '1'])).out).toContain('ripristinata dal backup');
  });

  it('follows nothing, and says so', async () => {
    expect(await place.geres(['archive', 'tail', '-f'])).toMatchObject({ code: 3, out: '', err: expect.stringContaining('non è in funzione') as string });
  });

  it('finds a backup that was altered, and ends with 4', async () => {
    await place.geres(['backup', 'copia2']);
    await appendFile(join(place.folder, 'copia2', 'events.db'), 'x');
    expect(await place.geres(['restore', 'copia2', '--dati', 'altrove2'], { env: { GERES_KEYS_FILE: `${DATA}.keys` } })).toMatchObject({ code: 4, err: expect.stringContaining('alterato') as string });
    expect(await readdir(place.folder)).not.toContain('altrove2');
  });

  it('finds an archive that was altered, names the stream, and ends with 4', async () => {
    await cp(join(place.folder, DATA), join(place.folder, 'alterato'), { recursive: true });
    const file = join(place.folder, 'alterato', 'events.db');
    const bytes = await readFile(file);
    for (let at = bytes.indexOf('"TRIB-01"'); at >= 0; at = bytes.indexOf('"TRIB-01"', at + 1)) bytes.write('"TRIB-99"', at);
    await writeFile(file, bytes);
    const { code, out, err } = await place.geres(['archive', 'verify', '--dati', 'alterato']);
    expect({ code, out }).toMatchObject({ code: 4, out: expect.stringContaining('Alterato') as string });
    expect(err).toMatch(/register-H501-\d{8}: dal n\. \d+/);
  });

  it('moves an installation to another with its secrets, sealed to a key that it made', async () => {
    await mkdir(join(place.folder, 'qui'));
    expect((await place.geres(['archive', 'keygen', 'viaggio.pem'])).code).toBe(0);
    expect((await place.geres(['archive', 'keygen', 'viaggio.pem'])).code).toBe(2);
    const { sha256 } = JSON.parse((await place.geres(['archive', 'export', 'con.ndjson', '--per', 'viaggio.pem.pub', '--json'])).out) as { readonly sha256: string };
    expect(await readFile(join(place.folder, 'con.ndjson'), 'utf8')).not.toContain(codiceFiscale);
    expect(await place.geres(['archive', 'import', 'con.ndjson', '--dati', 'nuova'])).toMatchObject({ code: 2, err: expect.stringContaining('--chiave') as string });
    const imported = await place.geres(['archive', 'import', 'con.ndjson', '--dati', 'nuova', '--chiave', 'viaggio.pem', '--impronta', sha256, '--json']);
    expect(imported).toMatchObject({ code: 0, out: expect.stringContaining(sha256) as string });
    expect((JSON.parse(imported.out) as { readonly segreti: number }).segreti).toBeGreaterThan(0);
    expect((await place.geres(['archive', 'verify', '--dati', 'nuova'])).code).toBe(0);
    expect((await place.geres(['archive', 'tail', '--dati', 'nuova', '-n', '2'])).out).toContain('ripristinata dal backup');
    const publicKey = createPublicKey(await readFile(join(place.folder, 'viaggio.pem.pub'), 'utf8'));
    expect((await place.geres(['archive', 'tail', '-n', '5'])).out).toContain(await calculateJwkThumbprint(publicKey.export({ format: 'jwk' }) as JWK));
  });

  it('puts its secrets under new keys, with which alone they open; copies of before open with the old ones', async () => {
    await cp(join(place.folder, DATA), join(place.folder, 'ricifrata'), { recursive: true });
    await cp(join(place.folder, `${DATA}.keys`), join(place.folder, 'ricifrata.keys'));
    await place.geres(['archive', 'keygen', 'prova.pem']);
    await place.geres(['backup', 'copia-di-prima', '--dati', 'ricifrata']);
    const secrets = (file: string, env: Record<string, string> = {}) => place.geres(['archive', 'export', file, '--dati', 'ricifrata', '--per', 'prova.pem.pub'], { env });
    expect((await place.geres(['chiavi', 'ricifra', '--dati', 'ricifrata'])).out).toMatch(/^Messi sotto le chiavi nuove \d+ segreti/);
    expect((await secrets('dopo.ndjson')).code).toBe(0);
    const kept = (await readdir(place.folder)).find((name) => name.startsWith('ricifrata.keys.fino-al-'))!;
    expect(await secrets('prima.ndjson', { GERES_KEYS_FILE: kept })).toMatchObject({ code: 2, err: expect.stringContaining('chiave di cifratura') as string });
    expect((await place.geres(['restore', 'copia-di-prima', '--dati', 'di-prima'], { env: { GERES_KEYS_FILE: kept } })).code).toBe(0);
  });

  it('imports nothing of a file that was altered or is not the one that was announced, and leaves nothing behind', async () => {
    await place.geres(['archive', 'export', 'solo.ndjson']);
    const file = join(place.folder, 'solo.ndjson');
    expect(await place.geres(['archive', 'import', 'solo.ndjson', '--dati', 'mai', '--impronta', 'a'.repeat(64)])).toMatchObject({ code: 4 });
    await writeFile(file, (await readFile(file, 'utf8')).replace('TRIB-01', 'TRIB-99'));
    expect(await place.geres(['archive', 'import', 'solo.ndjson', '--dati', 'mai'])).toMatchObject({ code: 4, err: expect.stringContaining('alterato') as string });
    expect((await readdir(place.folder)).filter((name) => name.startsWith('mai'))).toEqual([]);
  });

  it('ends with 2 where there is no installation, and makes none', async () => {
    for (const args of [['archive', 'tail'], ['archive', 'verify'], ['backup', 'x']]) expect((await place.geres([...args, '--dati', 'vuota'])).code).toBe(2);
    expect(await readdir(place.folder)).not.toContain('vuota');
    await rm(join(place.folder, 'qui'), { recursive: true });
  });
});
