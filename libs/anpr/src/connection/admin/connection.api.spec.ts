import { CONNECTION_COMMANDS, sealedKeyHeader, type AdministerConnection, type ImpostazioniWs } from '@geres/contracts';
import { openApiOf } from '@geres/platform/http';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serveAdmin, userOf, type Person, type Reply, type ServedAdmin } from '../../testing/admin.js';
import { failConnection } from '../connection.problems.js';
import { AnprAdminModule } from './admin.module.js';

const WS = '/comuni/H501/connessioni/ws';
const PDND = '/comuni/H501/connessioni/pdnd';
const ID = '01JD0000000000000000000000';
const CODICE_FISCALE = 'SNTPTR70A01H501T';
const settings: ImpostazioniWs = { indirizzo: 'http://127.0.0.1:8081/x', codiceMittente: '058091', sicurezza: 'wss', tempoMassimoMs: 20_000, contemporanee: 4, inAttesa: 8 };
const operator = { codiceFiscale: CODICE_FISCALE, dal: '2026-01-01', informatoIl: '2026-01-01T08:00:00Z', accettatoIl: '2026-01-01T09:00:00Z' };
const PDND_SETTINGS = {
  tokenEndpoint: 'http://127.0.0.1:1/token', audienceAsserzione: 'a/client-assertion', emittente: 'i', jwksUrl: 'http://127.0.0.1:1/jwks', clientId: 'b1f8c5d2-6c0a-4a58-9b26-8d1d2c7d0001', loa: 'LoA3', lunghezzaEvidenza: 16, ricercaPer: 'codiceFiscale', tempoMassimoMs: 20_000, contemporanee: 4, inAttesa: 8, interruttore: { errori: 3 },
  profili: { C020: { url: 'http://127.0.0.1:1/anpr-service-e002', audience: 'https://x.example/v1', purposeId: 'b1f8c5d2-6c0a-4a58-9b26-8d1d2c7d0002', kid: 'k'.repeat(43), quotaGiornaliera: 10, regime: 'vecchio', dpop: true } },
};
const motivo = { motivo: 'prova' };
const soggetto = { nome: '058091-CO-9999' };
const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';
const JWE = 'a.b.c.d.e';

let app: ServedAdmin;
const open = async (): Promise<void> => {
  app = await serveAdmin();
};
const close = (): Promise<void> => app.close();
/** A spec that writes has an installation of its own. */
const eachItsOwn = (): void => {
  beforeEach(open);
  afterEach(close);
};

const top = (method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Reply> => app.call('TOP', method, path, body, headers);
const configured = (): Promise<Reply> => top('PUT', `${WS}/impostazioni`, settings);

async function sealed(content: object): Promise<string> {
  const { body } = await top('GET', `${WS}/chiave-connettore`);
  const jwk = body['chiave'] as JWK;
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content))).setProtectedHeader(sealedKeyHeader(jwk.kid!, 'H501', 'ws')).encrypt(await importJWK(jwk));
}
const pkcs12 = (content = 'uno'): Promise<string> => sealed({ pkcs12: Buffer.from(content).toString('base64'), password: 'segreta' });
const installed = async (content?: string, uso = 'firma'): Promise<Reply> => top('POST', `${WS}/certificati`, { uso, sigillato: await pkcs12(content) });

const ROUTES: readonly (readonly [string, string, object?])[] = [
  ['GET', ''],
  ['GET', '/{canale}'],
  ['GET', '/{canale}/chiave-connettore'],
  ['PUT', '/{canale}/impostazioni', settings],
  ['POST', '/{canale}/operatori', operator],
  ['DELETE', '/{canale}/operatori/{operatore}', motivo],
  ['POST', '/{canale}/certificati', { uso: 'firma', sigillato: JWE }],
  ['POST', '/{canale}/certificati/richieste', { uso: 'firma', soggetto }],
  ['POST', '/{canale}/certificati/dispositivo', { uso: 'firma', etichetta: 'chiave' }],
  ['PUT', '/{canale}/certificati/{certificato}', { catena: PEM }],
  ['DELETE', '/{canale}/certificati/{certificato}', motivo],
  ['POST', '/{canale}/attivazione'],
  ['POST', '/{canale}/sospensione', motivo],
  ['POST', '/{canale}/prova', {}],
];
const named = ROUTES.map(([method, path, body]) => [`${method} ${path}`, method, `/comuni/H501/connessioni${path.replace('{canale}', 'ws').replace(/\{\w+\}/, ID)}`, body] as const);

describe('the routes of connections', () => {
  beforeAll(open);
  afterAll(close);

  it('are all in the table of this spec', () => {
    const { paths } = openApiOf(app.nest, { title: 'prova', description: 'prova', include: [AnprAdminModule], catalogues: [failConnection.catalogue] }) as { paths: Record<string, object> };
    const served = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/amministrazione/v1/comuni/{comune}/connessioni', '')}`));
    expect(served.sort()).toEqual(named.map(([name]) => name).sort());
  });

  it.each(named)('%s is for the TOP of that Comune and nobody else', async (_, method, path, body) => {
    for (const person of ['GESTORE', 'ADMIN', 'AUTORIZZATO', 'ALTRO'] satisfies Person[]) {
      const { status, code } = await app.call(person, method, path, body);
      expect({ person, status, code }).toEqual({ person, status: 403, code: 'non-autorizzato' });
    }
    expect((await app.call(undefined, method, path, body)).status).toBe(401);
    expect((await top(method, path, body)).status).not.toBe(403);
  });

  it.each(named.filter(([, method]) => method !== 'GET'))('%s answers 412 to a version that is not the one there, and records nothing', async (_, method, path, body) => {
    await configured();
    const before = { events: (await app.events()).length, keys: app.custody.held.size };
    const { status, code } = await top(method, path, body, { 'if-match': '"999"' });
    expect({ status, code }).toEqual({ status: 412, code: 'versione-superata' });
    expect({ events: (await app.events()).length, keys: app.custody.held.size }).toEqual(before);
  });
});

describe('a connection', () => {
  eachItsOwn();

  it('is there once it is configured, with the version that it has as its ETag', async () => {
    expect(await top('GET', WS)).toMatchObject({ status: 404, code: 'connessione-assente' });
    expect(await configured()).toMatchObject({ status: 200, etag: '"1"', body: { comune: 'H501', canale: 'ws', stato: 'configurata', impostazioni: settings, operatori: [], certificati: [] } });
    expect((await top('PUT', `${WS}/impostazioni`, { ...settings, inAttesa: 9 }, { 'if-match': '"1"' })).etag).toBe('"2"');
    expect((await top('GET', '/comuni/H501/connessioni')).body['connessioni']).toMatchObject([{ canale: 'ws', impostazioni: { inAttesa: 9 } }]);
  });

  it('keeps every setting that it was given, of both channels', async () => {
    const full = {
      ...settings, postazione: '058091-PC-0001', applicazione: 'Altra', indirizzoIp: '192.0.2.1', autorita: [PEM], nomeServer: 'anpr.example', perOperatoreAlMinuto: 60, interruttore: { errori: 3, silenzioMs: 5000, apertoMs: 2000, apertoMassimoMs: 60_000 },
      firma: { algoritmo: 'rsa-sha256', impronta: 'sha256', riferimentoChiave: 'thumbprint', timestamp: { durataMs: 60_000, anticipoMs: 1000 }, asserzione: { durataMs: 60_000, anticipoMs: 0 }, emittente: { nome: 'Comune' }, condizioniMs: 60_000 },
    };
    expect((await top('PUT', `${WS}/impostazioni`, full)).body['impostazioni']).toEqual(full);
    expect((await top('PUT', `${PDND}/impostazioni`, PDND_SETTINGS)).body['impostazioni']).toEqual(PDND_SETTINGS);
  });

  it('refuses the settings of the other channel, and an address that is not of this environment', async () => {
    expect((await top('PUT', `${PDND}/impostazioni`, settings)).code).toBe('impostazioni-di-un-altro-canale');
    expect((await top('PUT', `${WS}/impostazioni`, { ...settings, indirizzo: 'https://ws.anpr.interno.it/x' })).code).toBe('endpoint-non-ammesso');
    expect((await app.events()).length + (await app.events('pdnd')).length).toBe(0);
  });

  it('is activated once it has an operator in office and a valid key', async () => {
    await configured();
    expect((await top('POST', `${WS}/attivazione`)).code).toBe('operatore-assente');
    await top('POST', `${WS}/operatori`, operator);
    expect((await top('POST', `${WS}/attivazione`)).code).toBe('chiavi-assenti');
    await installed();
    expect((await top('POST', `${WS}/attivazione`)).body['stato']).toBe('attiva');
    expect((await top('POST', `${WS}/sospensione`, motivo)).body['stato']).toBe('sospesa');
    const [, assigned] = await app.events();
    expect(assigned!.meta).toMatchObject({ actor: `user:${userOf('TOP')}`, application: 'geres-console' });
  });
});

describe('the ANPR operator', () => {
  eachItsOwn();

  it('is told without a codice fiscale, which is sealed in the archive under a key of its own', async () => {
    await configured();
    const { body } = await top('POST', `${WS}/operatori`, operator);
    expect(body['operatori']).toEqual([{ id: expect.any(String) as string, dal: '2026-01-01', informatoIl: operator.informatoIl, accettatoIl: operator.accettatoIl, inCarica: true }]);
    const events = await app.events();
    expect(JSON.stringify([events, body])).not.toContain(CODICE_FISCALE);
    const { operator: id, codiceFiscale } = events[1]!.data as { operator: string; codiceFiscale: Parameters<Awaited<ReturnType<typeof app.keys.connector.box>>['open']>[0] };
    expect((await app.keys.connector.box(`operator/${id}`)).open(codiceFiscale, id)).toBe(CODICE_FISCALE);
  });

  it('must have been informed before accepting, and be of a convention of the Comune', async () => {
    await configured();
    expect((await top('POST', `${WS}/operatori`, { ...operator, accettatoIl: '2025-12-31T00:00:00Z' })).code).toBe('accettazione-non-valida');
    expect((await top('POST', `${WS}/operatori`, { ...operator, convenzione: ID })).code).toBe('convenzione-di-altro-comune');
    await app.happens(`convention-${ID}`, { type: 'identity.convention.drafted', v: 1, data: { convention: ID, comune: 'F205', ente: 'x', terms: {} } });
    expect((await top('POST', `${WS}/operatori`, { ...operator, convenzione: ID })).code).toBe('convenzione-di-altro-comune');
    const own = '01JD0000000000000000000001';
    await app.happens(`convention-${own}`, { type: 'identity.convention.drafted', v: 1, data: { convention: own, comune: 'H501', ente: 'x', terms: {} } });
    expect((await top('POST', `${WS}/operatori`, { ...operator, convenzione: own })).body['operatori']).toMatchObject([{ convenzione: own }]);
    await installed();
    expect((await top('POST', `${WS}/attivazione`)).body['stato']).toBe('attiva');
  });

  it('whose days are over does not let the connection be activated', async () => {
    await configured();
    await installed();
    await top('POST', `${WS}/operatori`, { ...operator, al: '2026-01-31' });
    expect((await top('POST', `${WS}/attivazione`)).code).toBe('operatore-assente');
  });

  it('is withdrawn with a reason, and then is not there', async () => {
    await configured();
    const id = (await top('POST', `${WS}/operatori`, operator)).body['operatori'][0].id as string;
    expect((await top('DELETE', `${WS}/operatori/${id}`, motivo)).body['operatori']).toEqual([]);
    expect((await app.events()).at(-1)).toMatchObject({ type: 'anpr.connection.operator-withdrawn', data: { reason: 'prova' } });
  });
});

describe('a certificate', () => {
  eachItsOwn();

  it('is told with its dates, who sees to it and how many days it has left, and nothing of its key', async () => {
    await configured();
    app.custody.notAfter = new Date(Date.now() + 10.5 * 86_400_000).toISOString();
    const { body } = await installed();
    expect(body['certificati']).toMatchObject([{ uso: 'firma', responsabile: userOf('TOP'), custodia: 'connettore', inUso: true, x509: { soggetto: 'CN=058091-CO-9999', giorniRimasti: 10 } }]);
    expect(JSON.stringify([body, await app.events()])).not.toContain('segreta');
  });

  it('may be beside another, of which one is in use, and is retired with its key', async () => {
    await configured();
    await installed('uno');
    const both = (await installed('due')).body['certificati'] as { id: string; inUso: boolean }[];
    expect(both.map(({ inUso }) => inUso).sort()).toEqual([false, true]);
    const [old] = both;
    expect((await top('DELETE', `${WS}/certificati/${old!.id}`, motivo)).body['certificati']).toMatchObject([{ inUso: true }]);
    expect(app.custody.held).toEqual(new Set([both[1]!.id]));
    expect((await top('DELETE', `${WS}/certificati/${old!.id}`, motivo)).code).toBe('certificato-assente');
  });

  it('that is not taken leaves no key behind', async () => {
    await configured();
    await installed('uno');
    expect((await installed('uno')).code).toBe('certificato-gia-presente');
    expect((await installed('due', 'client')).code).toBe('uso-non-ammesso');
    expect((await top('POST', `${WS}/certificati`, { uso: 'firma', sigillato: JWE })).code).toBe('chiave-illeggibile');
    app.custody.notAfter = '2026-01-02T00:00:00.000Z';
    expect((await installed('tre')).code).toBe('certificato-scaduto');
    expect(app.custody.held.size).toBe(1);
  });

  it('is for a connection that is configured, and in the care of an administrator of the Comune', async () => {
    expect((await installed()).code).toBe('connessione-assente');
    await configured();
    for (const responsabile of [ID, userOf('AUTORIZZATO'), userOf('ALTRO')]) {
      expect((await top('POST', `${WS}/certificati`, { uso: 'firma', sigillato: await pkcs12(), responsabile })).code).toBe('responsabile-sconosciuto');
    }
    expect((await top('POST', `${WS}/certificati`, { uso: 'firma', sigillato: await pkcs12(), responsabile: userOf('ADMIN') })).body['certificati']).toMatchObject([{ responsabile: userOf('ADMIN') }]);
  });

  it('may be asked for with a key made in the connector, and completed when it comes', async () => {
    await configured();
    const { status, body } = await top('POST', `${WS}/certificati/richieste`, { uso: 'firma', soggetto });
    expect({ status, body }).toMatchObject({ status: 200, body: { richiesta: expect.stringContaining('CERTIFICATE REQUEST') as string } });
    expect((await top('GET', WS)).body['richieste']).toMatchObject([{ id: body['id'], uso: 'firma' }]);
    expect((await top('PUT', `${WS}/certificati/${ID}`, { catena: PEM })).code).toBe('certificato-assente');
    const completed = await top('PUT', `${WS}/certificati/${body['id'] as string}`, { catena: PEM });
    expect(completed.body).toMatchObject({ richieste: [], certificati: [{ id: body['id'], inUso: true }] });
  });

  it('of a client of PDND is a key alone: its public part is told, for PDND', async () => {
    await top('PUT', `${PDND}/impostazioni`, PDND_SETTINGS);
    const { body } = await top('POST', `${PDND}/certificati/richieste`, { uso: 'client', soggetto });
    expect(body).toEqual({ id: expect.any(String) as string, kid: expect.any(String) as string, chiavePubblica: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/) as string });
    expect((await top('GET', PDND)).body['certificati']).toMatchObject([{ id: body['id'], uso: 'client', inUso: false }]);
  });

  it('that is gone keeps its connection from being activated', async () => {
    await configured();
    await top('POST', `${WS}/operatori`, operator);
    const id = (await installed()).body['certificati'][0].id as string;
    await app.custody.retire({ comune: 'H501', channel: 'ws' }, id);
    expect((await top('POST', `${WS}/attivazione`)).code).toBe('certificato-assente');
  });

  it('may be in a device', async () => {
    await configured();
    expect((await top('POST', `${WS}/certificati/dispositivo`, { uso: 'firma', etichetta: 'chiave' })).body['certificati']).toMatchObject([{ custodia: 'dispositivo' }]);
  });
});

describe('trying a connection', () => {
  eachItsOwn();

  it('says what failed and what to do, before activation too, and is remembered', async () => {
    await configured();
    app.found = { succeeded: false, step: 'tls', detail: 'CERT_HAS_EXPIRED', elapsedMs: 3 };
    const { body } = await top('POST', `${WS}/prova`, {});
    expect(body).toMatchObject({ riuscita: false, passo: 'tls', dettaglio: 'CERT_HAS_EXPIRED', durataMs: 3, spiegazione: expect.stringContaining('TLS') as string, rimedio: expect.any(String) as string });
    expect((await top('GET', WS)).body['ultimaProva']).toEqual(body);
    app.found = { succeeded: true, elapsedMs: 5 };
    expect((await top('POST', `${WS}/prova`, {})).body).toMatchObject({ riuscita: true, spiegazione: 'ANPR ha risposto alla prova.' });
  });
});

describe('what comes over the bus', () => {
  eachItsOwn();

  const command = (id: string, action: AdministerConnection['data']['action'], more: Partial<AdministerConnection> = {}): AdministerConnection => {
    const now = Date.now();
    return {
      type: 'anpr.connection.administer', id, key: 'H501', issuedAt: new Date(now).toISOString(), expiresAt: new Date(now + 5000).toISOString(),
      data: { comune: 'H501', channel: 'ws', by: { user: userOf('TOP') }, correlationId: 'c', action }, ...more,
    };
  };
  const answered = async (one: AdministerConnection): Promise<Record<string, unknown>> => {
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    const stop = await app.bus.answers('geres.anpr.connection-answers', (message) => {
      const { to, data } = message as { to: string; data: Record<string, unknown> };
      if (to === one.id) resolve(data);
    });
    await app.bus.send(CONNECTION_COMMANDS, one);
    return promise.finally(stop);
  };

  it('is done once when it comes twice', async () => {
    await configured();
    const install = command('01JE0000000000000000000001', { kind: 'install-key', certificate: ID, use: 'firma', responsible: userOf('TOP'), sealed: await pkcs12() });
    expect(await Promise.all([answered(install), answered(install)])).toEqual([{ kind: 'done' }, { kind: 'done' }]);
    const retire = command('01JE0000000000000000000002', { kind: 'retire-certificate', certificate: ID, reason: 'prova' });
    expect([await answered(retire), await answered(retire)]).toEqual([{ kind: 'done' }, { kind: 'done' }]);
    const test = command('01JE0000000000000000000003', { kind: 'test' });
    expect([await answered(test), await answered(test)]).toMatchObject([{ kind: 'done', test: app.found }, { kind: 'done' }]);
    expect((await app.events()).map(({ type }) => type.replace('anpr.connection.', ''))).toEqual(['configured', 'certificate-installed', 'certificate-retired', 'tested']);
  });

  it('is not done past its deadline', async () => {
    const late = command('01JE0000000000000000000004', { kind: 'suspend', reason: 'x' }, { expiresAt: '2020-01-01T00:00:00.000Z' });
    expect(await answered(late)).toMatchObject({ kind: 'refused', code: 'connettore-muto' });
  });

  it('is put aside where nobody may act on it, and its values are in no reason', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    app.bus.onParked(({ reason }) => resolve(reason));
    const wrong = command(ID, { kind: 'assign-operator', operator: ID, codiceFiscale: 'ROSSIMARIO', from: '2026-01-01', informedAt: 'x', acceptedAt: 'x' });
    await app.bus.send(CONNECTION_COMMANDS, wrong);
    expect(await promise).toMatch(/^data\.action\.codiceFiscale: custom; /);
    expect(await promise).not.toContain('ROSSI');
  });

  it('of another Comune than its key is put aside', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    app.bus.onParked(({ reason }) => resolve(reason));
    await app.bus.send(CONNECTION_COMMANDS, command(ID, { kind: 'activate' }, { key: 'F205' }));
    expect(await promise).toContain('key');
  });
});

it('says that the connector is silent where it does not answer in time', async () => {
  const alone = await serveAdmin({ connector: false, patience: 50 });
  try {
    expect(await alone.call('TOP', 'PUT', `${WS}/impostazioni`, settings)).toMatchObject({ status: 503, code: 'connettore-muto' });
  } finally {
    await alone.close();
  }
});
