import { AUDIENCES, type Connessione, type ProvaConnessione } from '@geres/contracts';
import { Browser } from '@geres/identity/testing/browser';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGeres, temporaryFolder, type Running } from './installation.js';
import { lookUp } from './testing/lookups.js';
import { run, settingsFor, type Outcome } from './testing/run.js';
import { consoleToken, operatorToken, passwordOf } from './testing/tokens.js';

const COMUNE = 'F052';
const STATION = '077014-CO-9999';
const CODICE_FISCALE = 'SNTPTR70A01H501T';
const motivo = { motivo: 'prova' };

interface Told {
  readonly status: number;
  readonly etag: string | null;
  readonly text: string;
}

const openssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!openssl)(`the connection of a Comune, from its TOP to ANPR${openssl ? '' : ' (openssl is not there)'}`, () => {
  let geres: Running;
  let top: string;
  let asked: string;
  /** Everything that was answered or printed to whoever administers. */
  const told: string[] = [];
  /** The PKCS#12 files that were installed, with what must not be seen anywhere. */
  const secrets: { readonly password: string; readonly pem: string }[] = [];

  beforeAll(async () => {
    geres = await startGeres(await temporaryFolder());
    top = await consoleToken(geres.demo, 'top.matera', AUDIENCES.admin);
    asked = await operatorToken(geres.demo, 'tributi-matera', 'operatore.matera');
    await simulator('PUT', 'sicurezza', { firma: 'richiesta' });
  });
  afterAll(async () => {
    await geres.end();
    await rm(geres.folder, { recursive: true });
  });

  const simulator = (method: string, path: string, body: object): Promise<Response> => fetch(`${geres.demo.simulatore}/controllo/${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  async function call(method: string, path: string, body?: object): Promise<Told> {
    const response = await fetch(`${geres.demo.baseUrl}/amministrazione/v1/comuni/${COMUNE}/connessioni/ws${path}`, {
      method,
      headers: { authorization: `Bearer ${top}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    told.push(text);
    return { status: response.status, etag: response.headers.get('etag'), text };
  }
  const shown = async (): Promise<Connessione> => JSON.parse((await call('GET', '')).text) as Connessione;

  async function cli(...args: readonly string[]): Promise<Outcome> {
    const outcome = await run('cli', ['connessione', ...args, '--comune', COMUNE], { ...settingsFor(geres.folder), GERES_TOKEN_AMMINISTRAZIONE: top });
    told.push(outcome.output, outcome.complaint);
    return outcome;
  }

  /** A PKCS#12 of the simulator's authority, as a file with its password in another. */
  async function certificate(name: string): Promise<readonly string[]> {
    const password = `segreta-${name}-${Math.random().toString(36).slice(2)}`;
    const response = await simulator('POST', 'certificati', { postazione: STATION, password });
    const file = join(geres.folder, `${name}.p12`);
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    await writeFile(`${file}.password`, `${password}\n`);
    secrets.push({ password, pem: execFileSync('openssl', ['pkcs12', '-in', file, '-nodes', '-nocerts', '-passin', `pass:${password}`], { stdio: ['ignore', 'pipe', 'ignore'] }).toString() });
    return ['certificato', 'installa', file, '--uso', 'firma', '--file-password', `${file}.password`];
  }

  const lookup = () => lookUp(geres.demo, { comune: COMUNE, token: asked });

  it('is of nobody else: the TOP of another Comune may not see it', async () => {
    const other = await consoleToken(geres.demo, 'top.roma', AUDIENCES.admin);
    const { status } = await fetch(`${geres.demo.baseUrl}/amministrazione/v1/comuni/${COMUNE}/connessioni/ws`, { headers: { authorization: `Bearer ${other}` } });
    expect(status).toBe(403);
  });

  it('stops when it is suspended, and has nothing to sign with once its certificate is retired and its operator withdrawn', async () => {
    expect((await lookup()).status).toBe(200);
    const { certificati, operatori } = await shown();
    await call('POST', '/sospensione', motivo);
    await call('DELETE', `/certificati/${certificati[0]!.id}`, motivo);
    await call('DELETE', `/operatori/${operatori[0]!.id}`, motivo);
    expect(await shown()).toMatchObject({ stato: 'sospesa', certificati: [], operatori: [] });
    expect((await call('POST', '/attivazione')).status).toBe(409);
    expect(await lookup()).toMatchObject({ status: 503, body: { type: 'urn:geres:problema:connessione-non-attiva' } });
  });

  it('is configured, given a key and an operator, tried and activated; then a lookup is answered, signed', async () => {
    const { impostazioni } = await shown();
    const settings = join(geres.folder, 'impostazioni.json');
    await writeFile(settings, JSON.stringify({ ...impostazioni, perOperatoreAlMinuto: 60_000 }));
    expect(await cli('configura', settings)).toMatchObject({ code: 0, complaint: '' });
    expect(await cli('prova')).toMatchObject({ code: 1, output: expect.stringContaining('chiave') as string });
    const installed = await cli(...(await certificate('uno')));
    expect(installed).toMatchObject({ code: 0, output: expect.stringMatching(/Certificato .* in uso, fino al .*CN=077014-CO-9999/) as string });
    const now = new Date().toISOString();
    expect((await call('POST', '/operatori', { codiceFiscale: CODICE_FISCALE, dal: '2026-01-01', informatoIl: now, accettatoIl: now })).status).toBe(200);
    expect(await cli('prova')).toMatchObject({ code: 0, output: expect.stringContaining('ANPR ha risposto alla prova') as string });
    expect((JSON.parse((await call('POST', '/prova', {})).text) as ProvaConnessione).riuscita).toBe(true);
    expect(await cli('attiva')).toMatchObject({ code: 0, output: expect.stringMatching(/^Stato +attiva$/m) as string });
    expect(await lookup()).toMatchObject({ status: 200, body: { esito: 'trovato' } });
  });

  it('turns from one certificate to the next without a stop', async () => {
    const [before] = (await shown()).certificati;
    let stop = false;
    const statuses: number[] = [];
    const asking = (async () => {
      while (!stop) statuses.push((await lookup()).status);
    })();
    expect((await cli(...(await certificate('due')))).code).toBe(0);
    const both = (await shown()).certificati;
    expect(both.map(({ id, inUso }) => [id === before!.id, inUso]).sort()).toEqual([[false, true], [true, false]]);
    expect((await call('DELETE', `/certificati/${before!.id}`, motivo)).status).toBe(200);
    expect((await lookup()).status).toBe(200);
    stop = true;
    await asking;
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('says what is wrong when ANPR does not take its messages: here, for the clock', async () => {
    await simulator('PUT', 'orologio', { scartoMs: 3_600_000 });
    const refused = await cli('prova');
    expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/porta di accesso di ANPR[\s\S]*orologio[\s\S]*Passo +firma, client-policy/) as string });
    await simulator('PUT', 'orologio', { scartoMs: 0 });
    expect((await cli('prova')).code).toBe(0);
    expect((await shown()).ultimaProva).toMatchObject({ riuscita: true });
  });

  it('is for the duties of the registry: another Ente asks over ws only for a reason that its convention records', async () => {
    const propose = async (more: object) => {
      const condizioni = {
        baseGiuridica: 'prova', atto: { numero: '1', data: '2026-01-01' }, dal: '2026-01-01', al: '2099-12-31', servizi: [{ servizio: 'residenza', modalita: ['consultazione'], canale: 'ws' }],
        motivi: [{ codice: 'X-1', descrizione: 'Prova', praticaObbligatoria: false }], quote: { perUtenteAlMinuto: 1, perUtenteAlGiorno: 1, perConvenzioneAlGiorno: 1, chiamateAlGiorno: 1 },
        orario: { giorni: [1], dalle: '08:00', alle: '18:00', festivi: false }, reti: [], territorio: 'nazionale', adminVedeSoggetto: false, attestazioneApplicazioni: false, ...more,
      };
      const response = await fetch(`${geres.demo.baseUrl}/amministrazione/v1/convenzioni`, { method: 'POST', headers: { authorization: `Bearer ${top}`, 'content-type': 'application/json' }, body: JSON.stringify({ ente: 'ente_esempio', condizioni }) });
      return { status: response.status, body: (await response.json()) as { readonly type?: string; readonly condizioni?: { readonly motivazioneWs?: string } } };
    };
    expect(await propose({})).toMatchObject({ status: 422, body: { type: 'urn:geres:problema:motivazione-ws-mancante' } });
    expect(await propose({ motivazioneWs: 'Accordo di prova' })).toMatchObject({ status: 200, body: { condizioni: { motivazioneWs: 'Accordo di prova' } } });
  });

  it('lets a TOP in through the browser, once, from the command line', async () => {
    const env = settingsFor(geres.folder);
    const main = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [main, 'accedi'], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    const address = await new Promise<string>((found) => {
      let said = '';
      child.stderr.on('data', (text: Buffer) => {
        said += text.toString();
        const url = /^http.*\/auth\?.*$/m.exec(said)?.[0];
        if (url !== undefined) found(url);
      });
    });
    const browser = new Browser();
    const page = await browser.go(address, geres.demo.baseUrl);
    const { url } = await browser.go(page.url, geres.demo.baseUrl, { utente: 'top.matera', password: passwordOf(geres.demo, 'top.matera') });
    expect((await fetch(url)).status).toBe(200);
    expect(await ended).toBe(0);
    expect(output).toContain('TOP F052');
    const after = await run('cli', ['connessione', 'mostra', '--comune', COMUNE], env);
    expect(after).toMatchObject({ code: 0, complaint: '', output: expect.stringContaining('F052 ws') as string });
    expect(await run('cli', ['esci'], env)).toMatchObject({ code: 0, output: 'Uscito\n' });
  });

  it('shows its private keys nowhere: in no answer, no event, no log, no file', async () => {
    await geres.end();
    const data = join(geres.folder, 'data');
    const files = (await readdir(data, { recursive: true, withFileTypes: true })).filter((one) => one.isFile() && one.parentPath !== join(data, 'simulatore'));
    const places: readonly (readonly [string, Buffer])[] = [
      ['what was answered and printed', Buffer.from(told.join('\n'))],
      ['the output and the log', Buffer.from(geres.printed())],
      ...(await Promise.all(files.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name))] as const))),
    ];
    expect(places.map(([name]) => name)).toEqual(expect.arrayContaining(['events.db', 'collections.db', 'keys.db']));
    for (const { password, pem } of secrets) {
      for (const trace of tracesOf(pem, password)) for (const [name, content] of places) expect({ name, found: content.includes(trace) }).toEqual({ name, found: false });
    }
    for (const [name, content] of places) expect({ name, found: content.includes(CODICE_FISCALE) }).toEqual({ name, found: false });
  });
});

/** What of a private key and its password would be found where it was written, whichever way. */
function tracesOf(pem: string, password: string): readonly Buffer[] {
  const key = createPrivateKey(pem);
  const { d, p } = key.export({ format: 'jwk' }) as { readonly d: string; readonly p: string };
  const prime = Buffer.from(p, 'base64url').subarray(8, 72);
  const der = key.export({ type: 'pkcs8', format: 'der' }).toString('base64');
  const lines = key.export({ type: 'pkcs8', format: 'pem' }).toString().split('\n');
  return [prime, ...[prime.toString('hex'), d.slice(10, 80), p.slice(10, 80), der.slice(200, 300), lines[8]!, password].map((text) => Buffer.from(text))];
}
