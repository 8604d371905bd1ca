import { AUDIENCES, issuerOf } from '@geres/contracts';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGeres, temporaryFolder, type Demo, type Running } from './installation.js';
import { askedOf } from './testing/lookups.js';
import { consoleToken } from './testing/tokens.js';

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly correlationId: string;
  readonly errori?: readonly { readonly campo: string; readonly messaggio: string }[];
}

type Headers = Readonly<Record<string, string | undefined>>;

/** What is wrong, how it is sent, and what is said of it: a status, a code, the fields that are named. */
type Case = readonly [name: string, changed: Changed, status: number, code: string, ...fields: string[]];

interface Changed {
  /** Members in place of those of a right question, or the whole body as a text. */
  readonly body?: object | string;
  readonly headers?: Headers;
  readonly comune?: string;
  readonly method?: string;
  readonly path?: string;
}

const CF = 'RSSMRA80A01H501U';
const NO_CHARSET = 'application/json';
const subject = (soggetto: unknown): { readonly body: object } => ({ body: { soggetto } });
const generalita = (changed: object): { readonly body: object } => subject({ cognome: 'ROSSI', nome: 'MARIA', sesso: 'F', dataNascita: '1980-02-29', luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM' } }, ...changed });

/** Same code with letters for digits in one place: omocodia changes the check character, and here it was left as it was. */
const BODIES: readonly Case[] = [
  ['a codice fiscale with a wrong check character', subject({ codiceFiscale: 'RSSMRA80A01H501X' }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['a codice fiscale with omocodia and the check character of before', subject({ codiceFiscale: 'RSSMRA80A01H50MU' }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['a codice fiscale with a letter that omocodia does not know', subject({ codiceFiscale: 'RSSMRA80A01H50AU' }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['a codice fiscale born on a day that is not there', subject({ codiceFiscale: 'RSSMRA80A35H501U' }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['a codice fiscale that is too short', subject({ codiceFiscale: CF.slice(1) }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['a provisional code with a wrong digit', subject({ codiceFiscale: '12345678900' }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['a codice fiscale that is a number', subject({ codiceFiscale: 12_345_678_901 }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['a codice fiscale that is a list', subject({ codiceFiscale: [CF] }), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['an idANPR that is too long', subject({ idANPR: 'AB12345678' }), 400, 'richiesta-non-valida', 'soggetto.idANPR'],
  ['two ways to say who', subject({ codiceFiscale: CF, idANPR: 'AB1234567' }), 400, 'richiesta-non-valida', 'soggetto.idANPR'],
  ['nobody', subject({}), 400, 'richiesta-non-valida', 'soggetto.codiceFiscale'],
  ['somebody who is a text', subject(CF), 400, 'richiesta-non-valida', 'soggetto'],
  ['no subject at all', subject(undefined), 400, 'richiesta-non-valida', 'soggetto'],
  ['a birthday that is not in the calendar', generalita({ dataNascita: '1981-02-29' }), 400, 'richiesta-non-valida', 'soggetto.dataNascita'],
  ['a birthday in another form', generalita({ dataNascita: '29/02/1980' }), 400, 'richiesta-non-valida', 'soggetto.dataNascita'],
  ['a sex that is neither', generalita({ sesso: 'X' }), 400, 'richiesta-non-valida', 'soggetto.sesso'],
  ['an empty surname', generalita({ cognome: '  ' }), 400, 'richiesta-non-valida', 'soggetto.cognome'],
  ['a surname that is too long', generalita({ cognome: 'R'.repeat(81) }), 400, 'richiesta-non-valida', 'soggetto.cognome'],
  ['a birthplace without a province', generalita({ luogoNascita: { comune: { nome: 'ROMA' } } }), 400, 'richiesta-non-valida', 'soggetto.luogoNascita.comune.provincia'],
  ['a field of the person that nobody knows', generalita({ indirizzo: 'Via' }), 400, 'richiesta-non-valida', 'soggetto.indirizzo'],
  ['a service that is not there', { body: { servizio: 'patrimonio' } }, 400, 'richiesta-non-valida', 'servizio'],
  ['a mode that is not there', { body: { modalita: 'curiosità' } }, 400, 'richiesta-non-valida', 'modalita'],
  ['no service', { body: { servizio: undefined } }, 400, 'richiesta-non-valida', 'servizio'],
  ['no motivo', { body: { motivo: undefined } }, 400, 'richiesta-non-valida', 'motivo'],
  ['a motivo that is too long', { body: { motivo: 'M'.repeat(21) } }, 400, 'richiesta-non-valida', 'motivo'],
  ['a pratica that is too long', { body: { pratica: 'P'.repeat(61) } }, 400, 'richiesta-non-valida', 'pratica'],
  ['a day of reference that is not in the calendar', { body: { dataRiferimento: '2026-11-31' } }, 400, 'richiesta-non-valida', 'dataRiferimento'],
  ['a day of reference with a time', { body: { dataRiferimento: '2026-11-23T10:00:00Z' } }, 400, 'richiesta-non-valida', 'dataRiferimento'],
  ['a field that nobody knows', { body: { forza: true } }, 400, 'richiesta-non-valida', 'forza'],
  ['several faults at once', { body: { servizio: 'patrimonio', motivo: '', forza: 1 } }, 400, 'richiesta-non-valida', 'servizio', 'motivo', 'forza'],
  ['a prototype in disguise', { body: '{"__proto__":{"servizio":"residenza"}}' }, 400, 'richiesta-non-valida', 'corpo'],
  ['JSON that is cut off', { body: '{"servizio": "resid' }, 400, 'richiesta-non-valida', 'corpo'],
  ['a list', { body: '[]' }, 400, 'richiesta-non-valida', 'corpo'],
  ['null', { body: 'null' }, 400, 'richiesta-non-valida', 'corpo'],
  ['a text', { body: '"RSSMRA80A01H501U"' }, 400, 'richiesta-non-valida', 'corpo'],
  ['nothing', { body: '' }, 400, 'richiesta-non-valida', 'corpo'],
  ['a body of 100 kB', { body: JSON.stringify({ pratica: 'x'.repeat(100_000) }) }, 413, 'corpo-troppo-grande'],
  ['a body that is deep', { body: '['.repeat(30_000) }, 400, 'richiesta-non-valida', 'corpo'],
];

const HEADERS: readonly Case[] = [
  ['an Idempotency-Key with a space', { headers: { 'idempotency-key': 'due parole' } }, 400, 'richiesta-non-valida', 'Idempotency-Key'],
  ['an Idempotency-Key of 129 characters', { headers: { 'idempotency-key': 'k'.repeat(129) } }, 400, 'richiesta-non-valida', 'Idempotency-Key'],
  ['an empty Idempotency-Key', { headers: { 'idempotency-key': '' } }, 400, 'richiesta-non-valida', 'Idempotency-Key'],
  ['an Idempotency-Key with accents', { headers: { 'idempotency-key': 'perché' } }, 400, 'richiesta-non-valida', 'Idempotency-Key'],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' }, 415, 'tipo-non-ammesso'],
  ['plain text', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415, 'tipo-non-ammesso'],
  ['XML', { headers: { 'content-type': 'text/xml' }, body: '<a/>' }, 415, 'tipo-non-ammesso'],
  ['headers of 20 kB', { headers: { 'x-altro': 'a'.repeat(20_000) } }, 431, 'intestazioni-troppo-grandi'],
];

const TOKENS: readonly Case[] = [
  ['no token', { headers: { authorization: undefined } }, 401, 'non-autenticato'],
  ['a token that is none', { headers: { authorization: 'Bearer token' } }, 401, 'non-autenticato'],
  ['a token without Bearer', { headers: { authorization: 'Basic dXRlbnRlOnBhc3N3b3Jk' } }, 401, 'non-autenticato'],
  ['a token that says that it needs no signature', { headers: { authorization: `Bearer ${[{ alg: 'none', typ: 'at+jwt' }, { sub: 'x', aud: AUDIENCES.gateway }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.` } }, 401, 'non-autenticato'],
];

const PLACES: readonly Case[] = [
  ['a Comune that does not use this installation', { comune: 'L219' }, 404, 'comune-sconosciuto'],
  ['an ISTAT code that nobody has', { comune: '999999' }, 404, 'comune-sconosciuto'],
  ['a Comune by name', { comune: 'Roma' }, 400, 'richiesta-non-valida', 'comune'],
  ['a Comune that leads elsewhere', { comune: '..%2F..%2Fhealth' }, 400, 'richiesta-non-valida', 'comune'],
  ['a Comune of 200 characters', { comune: 'H'.repeat(200) }, 414, 'indirizzo-troppo-lungo'],
  ['a Comune where this operator may ask nothing', { comune: 'A944' }, 403, 'utente-non-abilitato'],
  ['a method that is not there', { method: 'PUT' }, 405, 'metodo-non-ammesso'],
  ['an address that is not there', { path: '/api/v1/persone' }, 404, 'non-trovato'],
  ['an address that is no address', { path: '/api/v1/comuni/%ZZ/richieste' }, 400, 'richiesta-non-valida'],
];

describe('a request that is wrong', () => {
  let folder: string;
  let geres: Running;

  beforeAll(async () => {
    folder = await temporaryFolder();
    geres = await startGeres(folder);
  });
  afterAll(async () => {
    await geres?.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const right = ({ motivi, persone }: Demo): object => ({ servizio: 'residenza', soggetto: { codiceFiscale: persone[0]!.codiceFiscale }, motivo: motivi[0]!.codice });

  async function send({ body = {}, headers = {}, comune = 'H501', method = 'POST', path = `/api/v1/comuni/${comune}/richieste` }: Changed): Promise<Response> {
    const { demo } = geres;
    const all: Headers = { authorization: `Bearer ${demo.token}`, 'content-type': NO_CHARSET, ...headers };
    const given = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]));
    return fetch(`${demo.baseUrl}${path}`, { method, headers: given, body: typeof body === 'string' ? body : JSON.stringify({ ...right(demo), ...body }) });
  }

  async function problemIn(response: Response): Promise<Problem> {
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    return (await response.json()) as Problem;
  }

  it.each([...BODIES, ...HEADERS, ...TOKENS, ...PLACES].map(([name, changed, status, code, ...fields]) => ({ name, changed, status, code, fields })))('$name', async ({ changed, status, code, fields }) => {
    const asked = (await askedOf(geres.demo)).ricevute;
    const response = await send(changed);
    const problem = await problemIn(response);
    expect({ status: response.status, type: problem.type, fields: (problem.errori ?? []).map(({ campo }) => campo).sort() }).toEqual({ status, type: `urn:geres:problema:${code}`, fields: fields.sort() });
    expect(problem).toMatchObject({ status, title: expect.stringMatching(/./), detail: expect.stringMatching(/./), instance: `urn:geres:occorrenza:${problem.correlationId}` });
    expect((await askedOf(geres.demo)).ricevute).toBe(asked);
  });

  it('is right in every other way: the same question without the fault is answered', async () => {
    const asked = (await askedOf(geres.demo)).ricevute;
    const response = await send({ headers: { prefer: 'wait=999999999999, respond-sometimes; x=1', 'accept-language': 'xx', 'x-correlation-id': "'; DROP TABLE events; --" } });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$|^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect((await askedOf(geres.demo)).ricevute).toBe(asked + 1);
  });

  it('is refused by each service with a token of another', async () => {
    const console = `Bearer ${await consoleToken(geres.demo, 'top.roma', AUDIENCES.admin)}`;
    expect(await problemIn(await send({ headers: { authorization: console } }))).toMatchObject({ status: 401, type: 'urn:geres:problema:non-autenticato' });
    for (const path of ['/amministrazione/v1/utenti', '/monitoraggio/v1/richieste']) {
      const response = await fetch(`${geres.demo.baseUrl}${path}`, { headers: { authorization: `Bearer ${geres.demo.token}` } });
      expect(await problemIn(response), path).toMatchObject({ status: 401 });
    }
  });

  it('says at the token endpoint, in the words of OAuth, what is wrong with an assertion', async () => {
    const response = await fetch(`${issuerOf(geres.demo.baseUrl, 'test')}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', client_id: 'tributi-roma', assertion: 'a.b.c' }) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant', error_description: expect.stringMatching(/./) });
  });

  it.each([
    ['no HTTP at all', 'CIAO\r\n\r\n', 400],
    ['no Host', 'GET /status HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST /api/v1/comuni/H501/richieste HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na', 400],
    ['a length and pieces', 'POST /api/v1/comuni/H501/richieste HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['an expectation', 'POST /api/v1/comuni/H501/richieste HTTP/1.1\r\nHost: x\r\nExpect: miracoli\r\nContent-Length: 2\r\n\r\n{}', 417],
  ])('below HTTP, %s', async (_, text, status) => {
    const answer = await raw(geres.demo.baseUrl, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('application/problem+json');
  });
});

/** Bytes as they are, and what comes back until the other side closes, or says all. */
function raw(baseUrl: string, text: string): Promise<string> {
  const { port } = new URL(baseUrl);
  const socket = connect(Number(port), '127.0.0.1');
  let answer = '';
  return new Promise((resolve, reject) => {
    socket.on('data', (bytes) => {
      answer += bytes.toString('utf8');
      const length = /content-length: (\d+)/i.exec(answer)?.[1];
      if (length !== undefined && answer.length >= answer.indexOf('\r\n\r\n') + 4 + Number(length)) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });
}
