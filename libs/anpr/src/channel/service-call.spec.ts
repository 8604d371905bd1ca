import { Agent } from 'undici';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { envelope } from '../protocol/soap/index.js';
import { at, text, treeOf } from '../protocol/soap/tree.js';
import { CannotSign } from '../protocol/wss/index.js';
import { anprServer, says, type AnprServer, type Answering, type Asked } from '../testing/anpr-server.js';
import { authority, type Authority, type Issued } from '../testing/certificates.js';
import { errore, fault, header } from '../testing/soap-answers.js';
import { answered, connection, refused, tableFile, tableIn, versions } from '../testing/soap-services.js';
import { callService, explained, STEPS, type ServicePorts } from './service-call.js';
import { downloadTables, supportedVersions, supportOf } from './services-7000.js';
import { testConn } from './testconn.js';

const NOW = new Date('2026-01-20T09:15:30.120Z');
const operationOf = ({ body }: Asked): string => text(at(treeOf(body), 'Body')!.children[0]!.children[0], 'idOperazioneComune') ?? '';

let ca: Authority;
let server: Issued;
let expired: Issued;
beforeAll(async () => {
  ca = await authority();
  server = await ca.issue('anpr', { hosts: ['127.0.0.1'] });
  expired = await ca.issue('anpr', { hosts: ['127.0.0.1'], validTo: '2021-01-01T00:00:00Z' });
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function world(answering: Answering, changes: Partial<ServicePorts> = {}, tls?: Issued, trust?: string) {
  const anpr: AnprServer = await anprServer(answering, tls && { key: tls.keyPem, cert: tls.pem });
  const dispatcher = new Agent(trust === undefined ? {} : { connect: { ca: trust } });
  opened.push(dispatcher, anpr);
  let made = 0;
  const ports: ServicePorts = {
    dispatcher,
    endpoint: anpr.url,
    senderCode: '999001',
    environment: 'test',
    newOperationId: () => `01JGATEWAY0EXAMP000000000${String(++made)}`,
    sign: async (payload) => envelope(payload, '<firmata/>'),
    clock: () => NOW,
    timeoutMs: 20_000,
    ...changes,
  };
  return { anpr, ports };
}

/** Answers each question with its own operation id. */
const telling =
  (answer: (operation: string, asked: Asked) => string): Answering =>
  (reply, asked, attempt) =>
    says(answer(operationOf(asked), asked))(reply, asked, attempt);
const connected = telling((operation) => connection(header(operation)));

describe('TestConn', () => {
  it('is asked at its own address, signed, with a new id, about nobody', async () => {
    const { anpr, ports } = await world(connected);
    expect(await testConn(ports)).toMatchObject({ kind: 'answered', answer: { testata: { idOperazioneANPR: '99000000001' } }, elapsedMs: expect.any(Number) as number });
    expect(anpr.asked.map(({ url, headers }) => [url, headers['soapaction']])).toEqual([['/ANPRTestConn/TestConn', '""']]);
    expect(at(treeOf(anpr.asked[0]!.body), 'Header', 'firmata')).toBeDefined();
    expect(operationOf(anpr.asked[0]!)).toBe('01JGATEWAY0EXAMP0000000001');
  });

  it('is asked over TLS of an authority of the Comune’s own', async () => {
    const { ports } = await world(connected, {}, server, ca.pem);
    expect(await testConn(ports)).toMatchObject({ kind: 'answered' });
  });

  it('once more where the connection was lost, under the same id', async () => {
    const { anpr, ports } = await world((reply, asked, attempt) => (attempt === 1 ? void asked.socket.destroy() : connected(reply, asked, attempt)));
    expect(await testConn(ports)).toMatchObject({ kind: 'answered' });
    expect(new Set(anpr.asked.map(operationOf)).size).toBe(1);
  });
});

describe('what failed is told by its step', () => {
  it.each<[step: string, Answering, Partial<ServicePorts>]>([
    ['firma certificato scaduto', connected, { sign: () => Promise.reject(new CannotSign('certificato scaduto')) }],
    ['firma oltre 20 ms', connected, { sign: () => new Promise(() => undefined), timeoutMs: 20 }],
    ['rete tempo-scaduto', () => undefined, { timeoutMs: 50 }],
    ['rete fermata', connected, { signal: AbortSignal.abort() }],
    ['rete http 502', says('Bad gateway', { status: 502 }), {}],
    ['rete http 403', says('<html>', { status: 403 }), {}],
    ['fault client-policy', says(fault('Rejected by policy. (from client)')), {}],
    ['fault client-digest', says(fault('Incorrect reference digest value (from client)'), { status: 500 }), {}],
    ['fault client-sede', says(fault('IdSede Attribute inconsistent with IdPostazione (from client)')), {}],
    ['fault client', says(fault('SNTPRV85C55H501U is not welcome')), {}],
    ['fault server', says(fault('Internal error (from server)', 'env:Server')), {}],
    ['errore EN379', telling((operation) => connection(`<rispostaKO>${header(operation)}<listaErrori>${errore('EN527')}${errore('EN379')}</listaErrori></rispostaKO>`)), {}],
    ['errore senza-codice', says(connection(`<rispostaKO>${header()}<listaErrori/></rispostaKO>`)), {}],
    ['errore non-inviabile comuneIstat', connected, { senderCode: '58091' }],
    ['illeggibile not well-formed', says('{}'), {}],
    ['illeggibile not a RispostaConnessione', says(answered('7003', '')), {}],
    ['illeggibile operazione-diversa', says(connection(header('01JGATEWAY0EXAMP0000000009'))), {}],
    ['illeggibile charset', says(Buffer.from('<a>è</a>', 'latin1')), {}],
    ['illeggibile compressa', says(gzipSync(connection(header())), { headers: { 'content-encoding': 'gzip' } }), {}],
  ])('%s', async (step, answering, changes) => {
    const { ports } = await world(answering, changes);
    const called = await testConn(ports);
    expect(called.kind === 'failed' && explained(called)).toBe(step);
    expect(called.kind === 'failed' && STEPS).toContain((called as { step: string }).step);
  });

  it('rete, where nobody listens', async () => {
    const { anpr, ports } = await world(connected);
    await anpr.close();
    opened.pop();
    expect(await testConn(ports)).toMatchObject({ kind: 'failed', step: 'rete', code: 'ECONNREFUSED' });
  });

  it.each<[code: string, () => Issued, () => string | undefined]>([
    ['CERT_HAS_EXPIRED', () => expired, () => ca.pem],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => server, () => undefined],
  ])('tls %s', async (code, tls, trust) => {
    const { anpr, ports } = await world(connected, {}, tls(), trust());
    expect(await testConn(ports)).toMatchObject({ kind: 'failed', step: 'tls', code });
    expect(anpr.asked).toEqual([]);
  });

  it('tls, where the other end speaks none', async () => {
    const { ports } = await world(connected);
    expect(await testConn({ ...ports, endpoint: ports.endpoint.replace('http:', 'https:') })).toMatchObject({ kind: 'failed', step: 'tls' });
  });

  it('and a defect of ours is not told as one of ANPR', async () => {
    const { ports } = await world(connected);
    const broken = callService(ports, { service: 'TestConn', build: () => '<a/>', parse: () => { throw new TypeError('ours'); } });
    await expect(broken).rejects.toThrow('ours');
    await expect(testConn({ ...ports, sign: () => Promise.reject(new TypeError('ours')) })).rejects.toThrow('ours');
  });
});

describe('the versions that ANPR supports', () => {
  const told = async (inside: string) => {
    const { anpr, ports } = await world(telling((operation) => answered('7003', inside, operation)));
    const called = await supportedVersions(ports);
    if (called.kind === 'failed') throw new Error(explained(called));
    return { anpr, answer: called.answer };
  };

  it('are asked where the tables are', async () => {
    const { anpr, answer } = await told(versions(['ANPR05', '9.2.7', '2023-04-18']));
    expect(anpr.asked.map(({ url }) => url)).toEqual(['/ANPR7001ServizioScaricoTabelle/AnprService7001']);
    expect(answer.corrente.codDestinatario).toBe('ANPR05');
  });

  it.each<[string, Parameters<typeof versions>, string, object]>([
    ['the current one', [['ANPR05', '9.2.7', '2023-04-18']], '2026-01-20', { supportata: true, corrente: 'ANPR05' }],
    ['one of the others, until its day', [['ANPR06', '10.0.0', '2026-01-01'], ['ANPR05', '9.2.7', '2023-04-18', '2026-06-30']], '2026-06-30', { supportata: true, fino: '2026-06-30', corrente: 'ANPR06' }],
    ['one whose day has passed', [['ANPR06', '10.0.0', '2026-01-01'], ['ANPR05', '9.2.7', '2023-04-18', '2026-06-30']], '2026-07-01', { supportata: false, corrente: 'ANPR06' }],
    ['none of them', [['ANPR07', '11.0.0', '2026-01-01']], '2026-01-20', { supportata: false, corrente: 'ANPR07' }],
    ['one that is listed twice', [['ANPR05', '9.2.7', '2023-04-18'], ['ANPR05', '8.0.0', '2023-04-18', '2024-01-01']], '2026-01-20', { supportata: true, corrente: 'ANPR05' }],
  ])('say how long ours is: %s', async (_, of, today, support) => {
    expect(supportOf((await told(versions(...of))).answer, today)).toEqual(support);
  });

  it('may be refused', async () => {
    const { ports } = await world(telling((operation) => refused('7003', errore('XXXX', 'Utente non abilitato a questo servizio'), operation)));
    expect(await supportedVersions(ports)).toMatchObject({ kind: 'failed', step: 'errore', code: 'XXXX' });
  });
});

describe('the code tables of ANPR', () => {
  const idOf = ({ body }: Asked): string => text(at(treeOf(body), 'Body', 'Richiesta7001', 'datiRichiesta'), 'idTabella') ?? '';

  it('are downloaded one after the other, each under an id of its own', async () => {
    const { anpr, ports } = await world(telling((operation, asked) => answered('7001', tableIn(idOf(asked), tableFile({ 1: `Uno di ${idOf(asked)}` })), operation)));
    const { tables, failed } = await downloadTables(ports);
    expect(failed.size).toBe(0);
    expect([...tables].map(([id, codes]) => [id, codes.get('1')])).toEqual(['1', '5', '6', '15', '25', '28'].map((id) => [id, `Uno di ${id.padStart(3, '0')}`]));
    expect(new Set(anpr.asked.map(operationOf)).size).toBe(6);
  });

  it('may come compressed beside the message', async () => {
    const { ports } = await world((reply, asked) => {
      const xml = answered('7001', '<datiDettaglioRisposta><idTabella>025</idTabella><xmlFile><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:uno@anpr"/></xmlFile></datiDettaglioRisposta>', operationOf(asked));
      const parts = [`--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <root>\r\n\r\n${xml}\r\n--b\r\nContent-ID: <uno@anpr>\r\n\r\n`, gzipSync(tableFile({ 1: 'Residenza' })), '\r\n--b--\r\n'];
      says(Buffer.concat(parts.map((part) => Buffer.from(part))), { type: 'multipart/related; boundary=b; start="<root>"; type="application/xop+xml"' })(reply, asked, 1);
    });
    expect((await downloadTables(ports, ['25'])).tables.get('25')?.get('1')).toBe('Residenza');
  });

  it('that cannot be had are told, and the others are there', async () => {
    const answers: Readonly<Record<string, (operation: string) => string>> = {
      '001': (operation) => answered('7001', tableIn('001', tableFile({ 1: 'Celibe/Nubile' })), operation),
      '004': (operation) => refused('7001', undefined, operation),
      '005': (operation) => answered('7001', tableIn('005', 'niente'), operation),
      '006': (operation) => answered('7001', tableIn('001', tableFile({ 1: 'x' })), operation),
    };
    const { ports } = await world(telling((operation, asked) => answers[idOf(asked)]!(operation)));
    const { tables, failed } = await downloadTables(ports, ['1', '4', '5', '6']);
    expect([...tables.keys()]).toEqual(['1']);
    expect([...failed].map(([id, why]) => [id, explained(why)])).toEqual([['4', 'errore EN148'], ['5', 'illeggibile not well-formed'], ['6', 'illeggibile another table']]);
  });
});
