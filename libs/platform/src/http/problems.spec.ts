import { BusUnavailable, catalogue, problem, StoreUnavailable, WrongVersion } from '@geres/kernel';
import { Body, Controller, Get, HttpCode, Module, NotFoundException, Param, Post, Put, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLog } from '../log/index.js';
import { createMetrics } from '../metrics/index.js';
import { createHttpApp, IfMatch, tagged, type Tagged } from './index.js';

const SECRET = 'ZZZZZZ80A01H501W';
const fail = catalogue({
  'comune-sospeso': problem(409, 'Comune sospeso', (p: { comune: string }) => `Il Comune ${p.comune} è sospeso.`),
  'anpr-lenta': problem(503, 'ANPR lenta', 'ANPR non risponde.', { retryAfter: 7 }),
});

const Persona = z.union([
  z.strictObject({ codiceFiscale: z.string().regex(/^[A-Z0-9]{16}$/, 'codice fiscale: 16 caratteri') }),
  z.strictObject({ cognome: z.string().min(1), nome: z.string().min(1), natoIl: z.iso.date() }),
]);
const Domanda = z.strictObject({ servizio: z.enum(['residenza', 'generalita']), soggetto: Persona, anni: z.int().max(150).optional() });

class Unforeseen extends Error {
  readonly statusCode = 404;
}

const THROWN: Readonly<Record<string, () => unknown>> = {
  domain: () => fail('comune-sospeso', { comune: 'H501' }),
  retry: () => fail('anpr-lenta'),
  race: () => new WrongVersion('ente-1', 2, 3),
  store: () => new StoreUnavailable('disk full'),
  bus: () => new BusUnavailable('closed'),
  nest: () => new NotFoundException(),
  bug: () => new TypeError(`cannot read ${SECRET}`),
  foreign: () => new Unforeseen(SECRET),
};

@Controller('prova')
class ProvaApi {
  @Post('domande')
  @HttpCode(200)
  ask(@Body({ schema: Domanda }) body: z.infer<typeof Domanda>): object {
    return { servizio: body.servizio };
  }

  @Get('domande')
  list(@Query({ schema: z.strictObject({ limite: z.coerce.number().int().max(100).optional() }) }) query: { limite?: number }): object {
    return query;
  }

  @Get('comuni/:comune/domande')
  ofComune(@Param('comune', { schema: z.string().regex(/^[A-Z]\d{3}$/, 'codice catastale') }) comune: string): object {
    return { comune };
  }

  @Get('errori/:kind')
  throws(@Param('kind') kind: string): never {
    throw THROWN[kind]!();
  }

  @Put('enti/1')
  change(@IfMatch() expected: number | undefined): Tagged<object> {
    if (expected !== undefined && expected !== 3) throw new WrongVersion('ente-1', expected, 3);
    return tagged({ version: 4 }, { visto: expected ?? null });
  }
}

@Module({ controllers: [ProvaApi] })
class ProvaModule {}

let app: NestFastifyApplication;
let url: string;
let lines: string[];
const metrics = createMetrics();

beforeAll(async () => {
  lines = [];
  app = await createHttpApp(ProvaModule, {
    log: createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } }),
    metrics,
    bodyLimit: 2048,
    timeouts: { headers: 300, request: 400 },
  });
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(() => app.close());

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });

interface Expected {
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly code: string;
  readonly errori?: readonly { readonly campo: string; readonly messaggio?: unknown }[];
  readonly headers?: Readonly<Record<string, string>>;
}

const good = { servizio: 'residenza', soggetto: { codiceFiscale: 'AAAAAA80A01H501X' } };
const cases: Readonly<Record<string, Expected>> = {
  'a problem of a feature': { path: '/prova/errori/domain', status: 409, code: 'comune-sospeso' },
  'a problem that says when to come back': { path: '/prova/errori/retry', status: 503, code: 'anpr-lenta', headers: { 'retry-after': '7' } },
  'a lost race': { path: '/prova/errori/race', status: 409, code: 'conflitto' },
  'a lost race of a conditional request': { path: '/prova/enti/1', init: { method: 'PUT', headers: { 'if-match': '"2"' } }, status: 412, code: 'versione-superata' },
  'a version that is none': { path: '/prova/enti/1', init: { method: 'PUT', headers: { 'if-match': 'W/"2"' } }, status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'If-Match' }] },
  'a store that is away': { path: '/prova/errori/store', status: 503, code: 'servizio-non-pronto', headers: { 'retry-after': '5' } },
  'a bus that is away': { path: '/prova/errori/bus', status: 503, code: 'servizio-non-pronto' },
  'an exception of Nest': { path: '/prova/errori/nest', status: 404, code: 'non-trovato' },
  'a bug': { path: '/prova/errori/bug', status: 500, code: 'errore-interno' },
  'an error of a library with a status of its own': { path: '/prova/errori/foreign', status: 500, code: 'errore-interno' },
  'an address that is not there': { path: `/niente/${SECRET}`, status: 404, code: 'non-trovato' },
  'a wrong method': { path: '/prova/domande?x=1', init: { method: 'DELETE' }, status: 405, code: 'metodo-non-ammesso', headers: { allow: 'GET, HEAD, POST' } },
  'a wrong method at an address with a parameter': { path: '/prova/comuni/H501/domande', init: json(good), status: 405, code: 'metodo-non-ammesso', headers: { allow: 'GET, HEAD' } },
  'a preflight of another origin': { path: '/prova/domande', init: { method: 'OPTIONS', headers: { origin: 'https://altrove.example', 'access-control-request-method': 'POST' } }, status: 405, code: 'metodo-non-ammesso' },
  'an address that cannot be decoded': { path: '/prova/%E0%A4%A', status: 400, code: 'richiesta-non-valida' },
  'a parameter that is too long': { path: `/prova/comuni/${'A'.repeat(101)}/domande`, status: 414, code: 'indirizzo-troppo-lungo' },
  'a parameter that breaks its rule': { path: '/prova/comuni/roma/domande', status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'comune', messaggio: 'codice catastale' }] },
  'a query that breaks its rule': { path: '/prova/domande?limite=500', status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'limite' }] },
  'a query that is not known': { path: '/prova/domande?altro=1', status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'altro', messaggio: 'campo sconosciuto' }] },
  'a body that is not JSON': { path: '/prova/domande', init: json(`{"soggetto": ${SECRET}`), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'corpo', messaggio: 'non è JSON valido' }] },
  'a body that reaches for the prototype': { path: '/prova/domande', init: json('{"__proto__": {"admin": true}}'), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'corpo' }] },
  'an empty body': { path: '/prova/domande', init: json(''), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'corpo', messaggio: 'manca' }] },
  'no body at all': { path: '/prova/domande', init: { method: 'POST' }, status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'corpo', messaggio: 'manca' }] },
  'a body that is an array': { path: '/prova/domande', init: json([good]), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'corpo' }] },
  'a body that is too large': { path: '/prova/domande', init: json({ ...good, altro: 'x'.repeat(3000) }), status: 413, code: 'corpo-troppo-grande' },
  'a form': { path: '/prova/domande', init: { method: 'POST', body: new URLSearchParams({ servizio: 'residenza' }) }, status: 415, code: 'tipo-non-ammesso' },
  'plain text': { path: '/prova/domande', init: { method: 'POST', body: 'ciao', headers: { 'content-type': 'text/plain' } }, status: 415, code: 'tipo-non-ammesso' },
  'a value out of a list': { path: '/prova/domande', init: json({ ...good, servizio: SECRET }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'servizio' }] },
  'a value of another type': { path: '/prova/domande', init: json({ ...good, anni: SECRET }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'anni' }] },
  'a field that is missing': { path: '/prova/domande', init: json({ soggetto: good.soggetto }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'servizio', messaggio: 'manca' }] },
  'fields that are not known': { path: '/prova/domande', init: json({ ...good, uno: SECRET, due: 2 }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'uno', messaggio: 'campo sconosciuto' }, { campo: 'due', messaggio: 'campo sconosciuto' }] },
  'a wrong field in one form of several': { path: '/prova/domande', init: json({ ...good, soggetto: { codiceFiscale: SECRET.slice(1) } }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'soggetto.codiceFiscale', messaggio: 'codice fiscale: 16 caratteri' }] },
  'a missing field in one form of several': { path: '/prova/domande', init: json({ ...good, soggetto: { cognome: 'X', natoIl: '1980-02-30' } }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'soggetto.nome', messaggio: 'manca' }, { campo: 'soggetto.natoIl' }] },
  'an unknown field in one form of several': { path: '/prova/domande', init: json({ ...good, soggetto: { ...good.soggetto, eta: 3 } }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'soggetto.eta', messaggio: 'campo sconosciuto' }] },
  'none of several forms': { path: '/prova/domande', init: json({ ...good, soggetto: SECRET }), status: 400, code: 'richiesta-non-valida', errori: [{ campo: 'soggetto' }] },
};

describe('what a caller is told when something is wrong', () => {
  it.each(Object.entries(cases))('%s is a problem document', async (_, { path, init, status, code, errori, headers = {} }) => {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    const body = JSON.parse(text) as Record<string, unknown>;
    expect({ status: response.status, type: body['type'] }).toEqual({ status, type: `urn:geres:problema:${code}` });
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toMatchObject({ status, title: expect.stringMatching(/\S/), detail: expect.stringMatching(/\S/), correlationId: response.headers.get('x-correlation-id'), instance: expect.stringMatching(/^urn:geres:occorrenza:/) });
    if (errori) {
      expect(body['errori']).toHaveLength(errori.length);
      expect(body['errori']).toMatchObject(errori);
    }
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value);
    expect(text).not.toContain(SECRET.slice(1));
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('members of a problem are members of its document, and cannot take the place of its own', async () => {
    const body = (await (await fetch(`${url}/prova/errori/domain`)).json()) as object;
    expect(body).toMatchObject({ comune: 'H501', status: 409, detail: 'Il Comune H501 è sospeso.' });
  });

  it('is 429 with Retry-After past the limit of one address, also where nothing is', async () => {
    const limited = await createHttpApp(ProvaModule, { log: createLog({ level: 'silent' }), metrics: createMetrics(), rateLimit: 2 });
    const ask = () => limited.inject({ url: '/niente' });
    expect([(await ask()).statusCode, (await ask()).statusCode]).toEqual([404, 404]);
    const refused = await ask();
    expect(refused.json()).toMatchObject({ type: 'urn:geres:problema:troppe-richieste', status: 429 });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await limited.close();
  });
});

describe('what Node refuses before there is a request', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('end', () => resolve(answer));
      socket.on('error', reject);
    });

  it.each([
    ['what is not HTTP', 'CIAO\r\n\r\n', 400, 'richiesta-non-valida'],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'intestazioni-troppo-grandi'],
    ['headers that never end', 'GET / HTTP/1.1\r\nHost: x\r\n', 408, 'richiesta-troppo-lenta'],
    ['a body that never ends', 'POST /prova/domande HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"servizio":', 408, 'richiesta-troppo-lenta'],
    ['a body that is said to be longer than it may be', 'POST /prova/domande HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n', 413, 'corpo-troppo-grande'],
    ['a request without Host', 'GET /prova/domande HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'richiesta-non-valida'],
    ['an expectation', 'GET /prova/domande HTTP/1.1\r\nHost: x\r\nExpect: tè\r\n\r\n', 417, 'attesa-non-ammessa'],
  ])('%s is a problem document too', async (_, text, status, code) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))).toMatchObject({ type: `urn:geres:problema:${code}`, status });
  });
});

describe('what is written down about a request', () => {
  it('a failure that nobody foresaw is logged once, with its place and without its message', async () => {
    const id = '0f9b2a52-6c1f-4c8e-9d53-1d0f3c1b2a11';
    await fetch(`${url}/prova/errori/bug`, { headers: { 'x-correlation-id': id } });
    const mine = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ correlationId }) => correlationId === id);
    const failures = mine.filter(({ event }) => event === 'http.failed');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ level: 'error', code: 'errore-interno', route: '/prova/errori/:kind', error: { name: 'TypeError' } });
    expect(JSON.stringify(failures[0])).toContain('problems.spec');
  });

  it('somebody who leaves in the middle of a body is no failure of ours', async () => {
    const id = '0f9b2a52-6c1f-4c8e-9d53-1d0f3c1b2a12';
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`POST /prova/domande HTTP/1.1\r\nHost: x\r\nX-Correlation-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"servizio":`, () => socket.destroy());
    const mine = () => lines.filter((line) => line.includes(id)).map((line) => JSON.parse(line) as Record<string, unknown>);
    await expect.poll(() => mine().map(({ level, event }) => ({ level, event }))).toEqual([{ level: 'info', event: 'http.left' }]);
  });

  it('the request log has the pattern of the route and nothing that the caller wrote', async () => {
    await fetch(`${url}/prova/comuni/H999/domande?x=${SECRET}`);
    await fetch(`${url}/${SECRET}`);
    await fetch(`${url}/prova/domande`, json({ ...good, [SECRET]: SECRET }, { 'x-correlation-id': SECRET, 'user-agent': SECRET }));
    await expect.poll(() => lines.filter((line) => line.includes('"route":"/prova/comuni/:comune/domande"')).length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.includes(SECRET) || line.includes('H999'))).toEqual([]);
    expect(await metrics.registry.metrics()).not.toContain(SECRET);
    expect(await metrics.registry.metrics()).toMatch(/geres_http_requests_total\{metodo="GET",rotta="\/prova\/comuni\/:comune\/domande",stato="200"\} \d+/);
  });
});

describe('every answer', () => {
  it.each(['0f9b2a52-6c1f-4c8e-9d53-1d0f3c1b2a11', '01JD3ZK5M8Q4T2V6W8X0Y1Z2A3'])('keeps the correlation id %s of the caller', async (id) => {
    expect((await fetch(`${url}/prova/domande`, { headers: { 'x-correlation-id': id } })).headers.get('x-correlation-id')).toBe(id);
  });

  it('has a correlation id of its own in place of one that could say something', async () => {
    expect((await fetch(`${url}/prova/domande`, { headers: { 'x-correlation-id': SECRET } })).headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('forbids the browser everything and opens nothing to other origins', async () => {
    const { headers } = await fetch(`${url}/prova/domande`, { headers: { origin: 'https://altrove.example' } });
    expect(headers.get('content-security-policy')).toBe("default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-ratelimit-limit')).toBe('600000');
  });

  it('of a stream has its version as ETag and the view alone as body', async () => {
    const response = await fetch(`${url}/prova/enti/1`, { method: 'PUT', headers: { 'if-match': '"3"' } });
    expect([response.headers.get('etag'), await response.json()]).toEqual(['"4"', { visto: 3 }]);
    expect(await (await fetch(`${url}/prova/enti/1`, { method: 'PUT' })).json()).toEqual({ visto: null });
  });
});
