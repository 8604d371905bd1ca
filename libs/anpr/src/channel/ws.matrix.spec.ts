import { ComuneDirectory } from '@geres/platform/auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anprServer, says, type AnprServer, type Answering } from '../testing/anpr-server.js';
import { describeWithProtocol, protocol } from '../testing/anpr-schema.js';
import { answer, card, CODICE_FISCALE, enveloped, errore, fault, OPERATION, OWN, refusal } from '../testing/soap-answers.js';
import type { ChannelOutcome } from './channel.js';
import { wsChannel, type WsChannel } from './ws.channel.js';

/** What comes of an answer: an `esito`, or a problem with its detail. Two of them: of a search in the whole of ANPR, and of one among residents. */
type Outcome = string | readonly [nazionale: string, residenti: string];
type Row = readonly [source: string, what: string, answering: Answering | string, outcome: Outcome];

const ko = (codice: string, testo?: string): string => refusal(errore('EN527', 'Riferimento per l’assistenza') + errore(codice, testo));
const codes = (source: string, all: string, outcome: Outcome): readonly Row[] => all.split(' ').map((codice) => [source, codice, ko(codice), outcome] as const);
const http = (status: number, outcome: string, body = '<html>Il servizio non risponde</html>'): Row => ['§10.1', `HTTP ${String(status)}`, says(body, { status, type: 'text/html' }), outcome];
const faulty = (words: string, outcome: string, code?: string): readonly Row[] => [200, 500].map((status) => ['§10.2', `${words} (HTTP ${String(status)})`, says(fault(words, code), { status }), outcome] as const);

const REFUSED = 'anpr-ha-rifiutato';
const ABSENT = 'anpr-non-disponibile';

/** Every fault, code and status of the written protocol (soap.md), and what comes of it. */
const MATRIX: readonly Row[] = [
  // The network, and whatever stands before ANPR.
  ['§10.1', 'the connection is reset, twice', (_, { socket }) => void socket.destroy(), `${ABSENT} UND_ERR_SOCKET`],
  ['§1.2', 'no answer at all, as from an address that is not on the list', () => undefined, 'anpr-tempo-scaduto oltre 50 ms'],
  ...[301, 400, 401, 403, 404, 405, 408, 413, 415, 429, 500, 501, 502, 503, 504].map((status) => http(status, `${ABSENT} http ${String(status)}`)),
  ['§10.1', 'a page with HTTP 200', says('<html><body>Manutenzione</body></html>', { type: 'text/html' }), `${ABSENT} illeggibile no SOAP body`],
  ['§10.1', 'an empty body with HTTP 200', says(''), `${ABSENT} illeggibile not well-formed`],
  ['§1.2', 'bytes in another charset than is named', says(Buffer.from('<a>è</a>', 'latin1')), `${ABSENT} illeggibile charset`],
  ['§1.2', 'a multipart without its envelope', says('--b--', { type: 'multipart/related; boundary=b' }), `${ABSENT} illeggibile multipart`],
  // Faults of the XML gateway.
  ...faulty('Rejected by policy. (from client)', `${REFUSED} fault-client-policy`),
  ...faulty('Internal Error (from client)', `${REFUSED} fault-client-sicurezza`),
  ...faulty('Incorrect reference digest value (from client)', `${REFUSED} fault-client-digest`),
  ...faulty('IdSede Attribute inconsistent with IdPostazione (from client)', `${REFUSED} fault-client-sede`),
  ...faulty('Another fault (from client)', `${REFUSED} fault-client`),
  ...faulty('Internal error (from server)', `${ABSENT} fault-server`),
  ...faulty('Malformed content (from server)', `${ABSENT} fault-server`),
  ...faulty('', `${ABSENT} fault-server`, 'env:Server'),
  // Codes of service 3002.
  ...codes('§10.4', 'EN122 EN130 EN133 EF001 EF002', 'non-trovato'),
  ...codes('§10.4', 'EN131 EN067 EN043 EN095 EF062 EN313', 'ambiguo'),
  ...codes('§10.4', 'EN115 EN175 E003', 'ambiguo'),
  // That somebody is there with other data is not told.
  ...codes('§10.4', 'EN068 EN069 EN070 EN071 EN072 EN073 EN074 EN075', 'non-trovato'),
  ...['EN079', 'EN080', 'EN132', 'EN448', 'EN124', 'EN050', 'EN051', 'EN052', 'EN053', 'EC020', 'EC025', 'EC026', 'EC022', 'EHR09', 'EHR11', 'EHR26', 'EHR41', 'EHR67', 'EHR68', 'ES005', 'EF012', 'EN489', 'SP000', 'EN379'].flatMap((codice) =>
    codes('§10.4', codice, `${REFUSED} ${codice}`),
  ),
  ...['EN167', 'EN204', 'EN210'].flatMap((codice) => codes('§10.4', codice, [`${REFUSED} ${codice}`, 'non-trovato'])),
  ...['EN214', 'EN179'].flatMap((codice) => codes('§10.4', codice, `${ABSENT} ${codice}`)),
  ...codes('§10.4', 'EN492', [`${ABSENT} EN492`, 'non-trovato']),
  // Codes that came after the public list.
  ['§10.4', 'XXXX with a text: the operator may not', ko('XXXX', 'Utente non abilitato 5'), `${REFUSED} XXXX`],
  ['§10.4', 'XXXX without a text', ko('XXXX', ''), `${ABSENT} XXXX`],
  ['§10.4', '999', ko('999', 'Operazione non effettuabile'), `${ABSENT} 999`],
  ['§10.4', 'EN148: the same id is still being worked on', ko('EN148', 'Operazione con lo stesso id ancora in corso di elaborazione'), `${ABSENT} EN148`],
  ['§10.4', 'EN148 about something else', ko('EN148', 'Indicare l’idANPR'), `${REFUSED} EN148`],
  ['§10.4', 'EN493: no privileges, or nobody there', ko('EN493'), `${REFUSED} EN493`],
  ['§10.4', 'EN527 alone', refusal(errore('EN527')), `${REFUSED} EN527`],
  ...['EN531', 'EN558', 'EN566', 'ZZ999'].flatMap((codice) => codes('§10.4', codice, `${REFUSED} ${codice}`)),
  // The shape of errors.
  ['§10.3', 'a warning beside the error', refusal(errore('EN214', 'avviso', 'W') + errore('EN122')), 'non-trovato'],
  ['§10.3', 'a warning alone', refusal(errore('EN148', 'avviso', 'W')), `${REFUSED} EN148`],
  ['§10.3', 'a code that is none', ko('SNTPRV85C55H501U'), `${REFUSED} senza-codice`],
  ['§5', 'a refusal without errors', refusal(''), `${REFUSED} senza-codice`],
  ['§5', 'neither a yes nor a no', enveloped('<ns:Risposta3002 xmlns:ns="http://sogei.it/ANPR/3000consultazione"/>'), `${ABSENT} illeggibile neither OK nor KO`],
  ['§2', 'the answer of another service', enveloped('<ns:Risposta3006 xmlns:ns="http://sogei.it/ANPR/3000consultazione"/>'), `${ABSENT} illeggibile not a Risposta3002`],
  // Answers that are none to this question.
  ['§3', 'the stored answer about somebody else', answer([card({ codiceFiscale: 'SNTPRV85C56H501V' })]), 'risposta-non-coerente persona-diversa'],
  ['§3', 'the answer to another operation', answer([card()], { operation: '01JGATEWAY0EXAMP0000000002' }), 'risposta-non-coerente operazione-diversa'],
  // Answers.
  ['§5', 'a person', answer([card()]), 'trovato'],
  ['§6', 'a person with a warning', answer([card()], { warnings: errore('EN214', 'avviso', 'W') }), 'trovato'],
  ['§5', 'nobody in a positive answer', answer([]), 'non-trovato'],
  ['§6', 'two people of one codice fiscale', answer([card({ idANPR: 'ZZ00001X6' }), card({ idANPR: 'ZZ00002X5' })]), 'ambiguo'],
];

let anpr: AnprServer;
let channel: WsChannel;
let answering: Answering;
beforeAll(async () => {
  anpr = await anprServer((reply, asked, attempt) => answering(reply, asked, attempt));
  channel = wsChannel({ clock: () => new Date('2026-01-20T09:15:30.120Z'), comuni: () => new ComuneDirectory() });
});
afterAll(async () => {
  await channel.close();
  await anpr.close();
});

const ask = (territory: 'nazionale' | 'residenti', timeoutMs: number): Promise<ChannelOutcome> =>
  channel({
    lookup: OPERATION,
    operationId: OPERATION,
    comune: { comune: 'Z999', name: 'COMUNE DI ESEMPIO', province: 'ZZ', istat: OWN },
    settings: { endpoint: anpr.url, senderCode: OWN, security: 'none', timeoutMs, maxInFlight: 4, maxQueued: 4 },
    request: { servizio: 'generalita', modalita: 'consultazione', soggetto: { codiceFiscale: CODICE_FISCALE }, motivo: 'TRIB-01', pratica: 'P/1' },
    referenceDay: '2026-01-20',
    sections: ['2', '27', '28'],
    territory,
    environment: 'test',
    askBy: new Date('2026-01-20T09:16:00.000Z'),
    forbids: () => undefined,
    signal: new AbortController().signal,
  });

const told = (outcome: ChannelOutcome): string => (outcome.kind === 'answered' ? outcome.risposta.esito : [outcome.problem, outcome.detail].filter(Boolean).join(' '));

describe('what comes of each answer of ANPR over ws', () => {
  it.each(MATRIX)('%s %s', async (_source, _what, given, outcome) => {
    answering = typeof given === 'string' ? says(given) : given;
    const [national, residents] = typeof outcome === 'string' ? [outcome, outcome] : outcome;
    const timeoutMs = national.includes('oltre 50 ms') ? 50 : 20_000;
    expect([told(await ask('nazionale', timeoutMs)), told(await ask('residenti', timeoutMs))]).toEqual([national, residents]);
  });
});

describeWithProtocol('the written protocol', () => {
  const whats = MATRIX.map(([, what]) => what).join('\n');
  const section = (from: string, to: string): string => protocol().slice(protocol().indexOf(from), protocol().indexOf(to));

  it('has no code that is not in the matrix', () => {
    const written = [...section('### 10.4', '## 11').matchAll(/^\| ((?:`[A-Z0-9]{3,6}`(?:, )?)+)/gm)].flatMap(([, cell = '']) => cell.match(/[A-Z0-9]{3,6}/g) ?? []);
    expect(written.length).toBeGreaterThan(55);
    expect(written.filter((code) => !new RegExp(`(?:^|\\b)${code}\\b`, 'm').test(whats))).toEqual([]);
  });

  it('has no fault that is not in the matrix', () => {
    const written = [...section('### 10.2', '### 10.3').matchAll(/`([^`]+ \(from (?:client|server)\))`/g)].map(([, words = '']) => words);
    expect(written.length).toBeGreaterThanOrEqual(6);
    expect(written.filter((words) => !whats.includes(words))).toEqual([]);
  });
});
