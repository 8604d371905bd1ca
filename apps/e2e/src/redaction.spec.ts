import { AUDIENCES, issuerOf } from '@geres/contracts';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGeres, temporaryFolder, type Demo, type Running } from './installation.js';
import { lookUp } from './testing/lookups.js';
import { consoleToken, operatorToken } from './testing/tokens.js';

interface Person {
  readonly codiceFiscale?: string;
  readonly idANPR: string;
  readonly cognome?: string;
  readonly nome?: string;
  readonly sesso: 'M' | 'F';
  readonly dataNascita: string;
  readonly luogoNascita: { readonly codiceIstat: string; readonly nome: string } | { readonly codiceStato: string; readonly stato: string };
  readonly caso?: string;
}

/** Somebody who becomes a user: nobody has these names. */
const ENROLLED = { login: 'zebedea.quagliaroli', nome: 'Zebedea', cognome: 'Quagliaroli', codiceFiscale: 'QGLZBD80A41H501K', email: 'zebedea.quagliaroli@esempio.it' } as const;
const NEVER_ENROLLED = 'ermenegarda.sconosciutini';
const LEAST_LETTERS = 5;
const SILENT = 'ANPR non risponde';

/** In the subject of every certificate of the simulator, which events tell; one of its people is called so too. */
const ORGANISATION = 'O=Dati sintetici - simulatore ANPR';

/** Parts of a text that would tell who somebody is: words long enough not to be found by chance. */
const words = (text: string): readonly string[] => text.toLowerCase().split(/[^\p{L}]+/u).filter((word) => word.length >= LEAST_LETTERS);

/** Which of the needles are in the text, whatever the case of their letters. */
export const found = (text: string, needles: Iterable<string>): readonly string[] => {
  const lower = text.toLowerCase();
  return [...needles].filter((needle) => lower.includes(needle));
};

describe('personal data, after a day in which everything was done with it', () => {
  let folder: string;
  let geres: Running;
  let metrics: string;
  const needles = new Set<string>();

  beforeAll(async () => {
    folder = await temporaryFolder();
    geres = await startGeres(folder, { GERES_LOG_LEVEL: 'debug' });
    const { demo } = geres;
    const people = (await (await fetch(`${demo.simulatore}/controllo/persone?limite=40`)).json()) as readonly Person[];
    for (const { codiceFiscale, idANPR, cognome = '' } of people) for (const needle of [codiceFiscale?.toLowerCase() ?? [], idANPR.toLowerCase(), ...words(cognome)].flat()) needles.add(needle);
    for (const { username } of demo.utenti) if (username.includes('.')) needles.add(username);
    for (const needle of [ENROLLED.login, ENROLLED.email, ENROLLED.codiceFiscale.toLowerCase(), ...words(`${ENROLLED.nome} ${ENROLLED.cognome}`), NEVER_ENROLLED]) needles.add(needle);
    await lookups(demo, people);
    await wrongRequests(demo, people[0]!);
    await monitoring(demo, people[0]!);
    await administration(demo);
    await signIns(demo, people[0]!);
    metrics = await (await fetch(`${demo.baseUrl}/metrics`)).text();
    // Killed, not stopped: logs of the databases and whatever else is left behind stay where they are.
    await geres.end('SIGKILL');
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is in no line of the log', () => {
    expect(geres.logged().split('\n').filter((line) => line.includes('"http.served"')).length).toBeGreaterThan(100);
    expect(geres.logged().split('\n').filter((line) => found(line, needles).length > 0)).toEqual([]);
  });

  it('is in no metric', () => {
    expect(metrics).toContain('geres_lookups_total{');
    expect(found(metrics, needles)).toEqual([]);
  });

  it('is in no byte of the data folder', async () => {
    const files = await filesIn(join(folder, 'data'));
    expect(files).toEqual(expect.arrayContaining(['events.db', 'events.db-wal', 'keys.db', 'collections.db', 'collections.db-wal', 'installation.json']));
    for (const file of files) {
      // The people and users of the demo are listed there on purpose.
      if (file === 'demo.json') continue;
      expect({ file, found: found((await readFile(join(folder, 'data', file), 'utf8')).replaceAll(ORGANISATION, ''), needles), named: found(file, needles) }).toEqual({ file, found: [], named: [] });
    }
  });

  it('would be found if it were there', async () => {
    const planted = join(folder, 'piantato');
    await mkdir(planted);
    await writeFile(join(planted, 'a.db'), Buffer.concat([Buffer.from([0, 255, 254, 128]), Buffer.from(ENROLLED.cognome.toUpperCase()), Buffer.from([255, 0])]));
    expect(found(await readFile(join(planted, 'a.db'), 'utf8'), needles)).toEqual(['quagliaroli']);
    expect(needles.size).toBeGreaterThan(100);
    expect(found(await readFile(join(folder, 'data', 'demo.json'), 'utf8'), needles).length).toBeGreaterThan(60);
  });
});

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Everybody by every way there is; of whoever never answers nothing is waited for. */
async function lookups(demo: Demo, people: readonly Person[]): Promise<void> {
  const esempio = await operatorToken(demo, 'verifiche-esempio', 'operatore.esempio');
  for (const [index, { codiceFiscale, idANPR, cognome, nome, sesso, dataNascita, luogoNascita, caso }] of people.entries()) {
    const luogo = 'codiceIstat' in luogoNascita ? { comune: { nome: luogoNascita.nome, provincia: 'RM' } } : { estero: { codiceStato: luogoNascita.codiceStato, stato: luogoNascita.stato } };
    const subjects = [codiceFiscale && { codiceFiscale }, { idANPR }, cognome && nome && { cognome, nome, sesso, dataNascita, luogoNascita: luogo }].filter((subject) => typeof subject === 'object');
    const headers: Record<string, string> = caso === SILENT ? { prefer: 'respond-async' } : { 'idempotency-key': codiceFiscale ?? idANPR };
    await Promise.all(
      subjects.map((soggetto, at) =>
        lookUp(demo, {
          comune: index % 2 === 0 ? 'H501' : 'A944',
          ...(index % 2 === 0 ? {} : { token: esempio }),
          headers: { ...headers, ...(headers['idempotency-key'] ? { 'idempotency-key': `${headers['idempotency-key']}-${at}` } : {}) },
          body: { soggetto, servizio: at === 0 ? 'residenza' : 'generalita', pratica: `${cognome ?? 'pratica'} ${codiceFiscale ?? ''}`.slice(0, 60) },
        }),
      ),
    );
  }
  await lookUp(demo, { body: { soggetto: { codiceFiscale: people[0]!.codiceFiscale }, motivo: 'IGNOTO' } });
  await lookUp(demo, { comune: 'A944' });
}

/** Personal data wherever it does not belong. */
async function wrongRequests(demo: Demo, { codiceFiscale = '', cognome = '' }: Person): Promise<void> {
  const { baseUrl, token } = demo;
  const url = `${baseUrl}/api/v1/comuni/H501/richieste`;
  const send = (path: string, init: RequestInit = {}): Promise<unknown> => fetch(path, { ...init, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers } }).then((response) => response.text());
  const post = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> => send(url, { method: 'POST', body, headers });
  await post(`{"soggetto": {"codiceFiscale": "${codiceFiscale}"`);
  await post(JSON.stringify({ servizio: cognome, soggetto: { codiceFiscale: `${codiceFiscale}X`, [cognome]: cognome }, motivo: `${cognome} ${codiceFiscale}`, [codiceFiscale]: 1 }));
  await post(JSON.stringify(codiceFiscale));
  await post(`codiceFiscale=${codiceFiscale}`, { 'content-type': 'application/x-www-form-urlencoded' });
  await post('{}', { 'x-correlation-id': codiceFiscale, 'idempotency-key': `${cognome} ${codiceFiscale}`, 'user-agent': cognome, prefer: codiceFiscale, referer: `${url}?cf=${codiceFiscale}` });
  await send(`${url}/${codiceFiscale}`);
  await send(`${url}?codiceFiscale=${codiceFiscale}`);
  await send(`${baseUrl}/${cognome}/${codiceFiscale}`);
  await send(`${baseUrl}/api/v1/comuni/${codiceFiscale}/richieste`, { method: 'POST', body: '{}' });
  await send(url, { method: 'POST', body: '{}', headers: { authorization: `Bearer ${codiceFiscale}` } });
}

/** Search by person, by pratica, and what a search must not be; then the person of a lookup in clear. */
async function monitoring(demo: Demo, { codiceFiscale = '', cognome = '' }: Person): Promise<void> {
  const authorization = `Bearer ${await consoleToken(demo, 'top.roma', AUDIENCES.monitoring)}`;
  const url = `${demo.baseUrl}/monitoraggio/v1/richieste`;
  const post = async (path: string, body: object): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };
  const search = await post('/ricerca', { soggetto: { codiceFiscale } });
  expect(search.status).toBe(200);
  const [{ id }] = (JSON.parse(search.text) as { readonly richieste: readonly [{ readonly id: string }] }).richieste;
  const revealed = await post(`/${id}/soggetto`, { motivo: 'Controllo a campione' });
  expect(revealed).toMatchObject({ status: 200 });
  expect(revealed.text).toContain(codiceFiscale);
  await post('/ricerca', { pratica: `${cognome} ${codiceFiscale}` });
  await post('/ricerca', { soggetto: codiceFiscale });
  await fetch(`${url}?utente=${codiceFiscale}&${cognome}=1`, { headers: { authorization } }).then((response) => response.text());
}

/** Users that are enrolled, found again, and refused. */
async function administration(demo: Demo): Promise<void> {
  const authorization = `Bearer ${await consoleToken(demo, 'top.roma', AUDIENCES.admin)}`;
  const url = `${demo.baseUrl}/amministrazione/v1/utenti`;
  const enrol = (body: object): Promise<Response> => fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const ruolo = { ruolo: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501' };
  const enrolled = await enrol({ ...ENROLLED, ruolo, passwordIniziale: 'un segreto lungo abbastanza' });
  expect({ status: enrolled.status, login: ((await enrolled.json()) as { login?: string }).login }).toEqual({ status: 200, login: ENROLLED.login });
  expect((await enrol({ ...ENROLLED, ruolo })).status).toBe(409);
  await enrol({ ...ENROLLED, login: ENROLLED.email.toUpperCase(), codiceFiscale: ENROLLED.codiceFiscale.slice(0, 15), ruolo });
  const list = await fetch(url, { headers: { authorization } });
  expect(await list.text()).toContain(ENROLLED.cognome);
}

/** Passwords that are wrong, logins that nobody has, tokens for whom there is none. */
async function signIns(demo: Demo, { codiceFiscale = '' }: Person): Promise<void> {
  for (const login of ['top.roma', ENROLLED.login, NEVER_ENROLLED, codiceFiscale]) {
    await expect(consoleToken(demo, login, AUDIENCES.admin, 'non è questa')).rejects.toThrow('the sign-in did not succeed');
  }
  await expect(operatorToken(demo, 'tributi-roma', NEVER_ENROLLED)).rejects.toThrow('no token');
  await fetch(`${issuerOf(demo.baseUrl, 'test')}/auth?client_id=${codiceFiscale}&redirect_uri=${NEVER_ENROLLED}`).then((response) => response.text());
}
