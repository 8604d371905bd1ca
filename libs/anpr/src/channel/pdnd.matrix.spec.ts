import { describe, expect, it } from 'vitest';
import { describeWithProtocol, protocol } from '../testing/anpr-schema.js';
import { alive, CODE_WARNING, errore, frontEnd, generalita, info, ko, ok, residenza, soggetto } from '../testing/pdnd-answers.js';
import type { PdndServer } from '../testing/pdnd-server.js';
import { pdndWorld, type Changes, type Setting } from '../testing/pdnd-world.js';
import type { ChannelOutcome } from './channel.js';

type Reply = Awaited<ReturnType<PdndServer['answer']>>;
interface Given {
  /** What the e-service answers; or, with `token`, what PDND does. */
  readonly answer?: Reply;
  readonly token?: NonNullable<ReturnType<PdndServer['token']>>;
  readonly ask?: Changes;
  readonly setting?: Setting;
}
type Row = readonly [source: string, what: string, given: Given, outcome: string];

const REFUSED = 'anpr-ha-rifiutato';
const ABSENT = 'anpr-non-disponibile';
const INACTIVE = 'connessione-non-attiva';
const RESIDENTS: Changes = { territory: 'residenti' };

const answers = (body: object | string, status = 200): Given => ({ answer: { status, body } });
const verifying = (servizio: 'generalita' | 'residenza' | 'esistenza-in-vita', given: Given): Given => ({
  ...given,
  ask: {
    request: { servizio, modalita: 'verifica' },
    declared: { generalita: { cognome: 'SINTETICI', nome: 'PROVA' }, residenza: { comune: { nome: 'ROMA', provincia: 'RM' }, toponimo: { specie: 'VIA', denominazione: 'DELLE PROVE' } } },
  },
});
const consulting = (servizio: 'generalita' | 'esistenza-in-vita' | 'cittadinanza' | 'stato-famiglia', given: Given): Given => ({ ...given, ask: { request: { servizio } } });

const masked = (status: number, code: string): Given => ({ token: { status, body: { type: 'about:blank', status, title: 'x', detail: 'x', errors: [{ code, detail: 'x' }], correlationId: 'x' } } });
/** Names of GovWay by status, and what comes of each. */
const named = (status: number, titles: string, problem: string): readonly Row[] => titles.split(' ').map((title) => ['§13.2', `${String(status)} ${title}`, answers(frontEnd(status, title), status), `${problem} ${String(status)}-${title}`] as const);
const unnamed = (status: number, problem: string): Row => ['§13.2', `${String(status)} with a page`, answers('<html>GovWay-OP20000-9999</html>', status), `${problem} ${String(status)}`];

/** Every error, code and status of the written protocol (pdnd.md), and what comes of it. */
const MATRIX: readonly Row[] = [
  // The token endpoint: whatever is wrong is masked.
  ['§8.1', '400 015-0008: assertion, key, purpose, signature', masked(400, '015-0008'), `${INACTIVE} pdnd 400 015-0008`],
  ['§8.1', '400 007-9999: the form', masked(400, '007-9999'), `${INACTIVE} pdnd 400 007-9999`],
  ['§8.1', '400 015-9000: seen in 2024', masked(400, '015-9000'), `${INACTIVE} pdnd 400 015-9000`],
  ['§8.1', '401, declared and never sent', { token: { status: 401, body: {} } }, `${INACTIVE} pdnd 401`],
  ['§8.1', '429 007-10004: the rate of the organisation', masked(429, '007-10004'), `${ABSENT} pdnd 429 007-10004`],
  ['§8.1', '500 015-0000: internal', masked(500, '015-0000'), `${ABSENT} pdnd 500 015-0000`],
  ['§8.1', '503 with a page', { token: { status: 503, body: '<html>' } }, `${ABSENT} pdnd 503`],
  ['§5', 'a 200 without a voucher', { token: { status: 200, body: {} } }, `${ABSENT} pdnd senza voucher`],
  ['§5', 'a connection that breaks twice', { token: 'cut' }, `${ABSENT} pdnd UND_ERR_SOCKET`],
  // Application errors.
  ['§13.1', 'EN122 never registered', answers(ko(errore('EN122', 'Soggetto non registrato in ANPR')), 404), 'non-trovato'],
  ['§13.1', 'EN122 in its old words', answers(ko(errore('EN122', 'La richiesta effettuata non produce alcun risultato')), 404), 'non-trovato'],
  ['§13.1', 'EN122 cancelled', answers(ko(errore('EN122', 'Soggetto cancellato da ANPR')), 404), 'non-trovato cancellato'],
  ['§13.1', 'EN122 cancelled, among residents', { ...answers(ko(errore('EN122', 'Soggetto cancellato da ANPR')), 404), ask: RESIDENTS }, 'non-trovato'],
  ['§13.1', 'EN122 beside the warning EN148', answers(ko(CODE_WARNING, errore('EN122', 'Soggetto non registrato in ANPR')), 404), 'non-trovato'],
  ['§13.1', 'EN122 that came with 200', answers({ listaAnomalie: [errore('EN122', 'Soggetto non registrato in ANPR')] }), 'non-trovato'],
  ['§13.1', 'EN148 as a warning', answers(ok([soggetto({ residenza: [residenza()] })], { listaAnomalie: [CODE_WARNING] })), 'trovato EN148'],
  ['§13.1', 'EN148 body not enabled', answers(ko(errore('EN148', 'Ente non abilitato o caso uso inesistente : C020')), 400), `${REFUSED} 400-EN148`],
  ['§13.1', 'EN148 about somebody dead, verified', verifying('generalita', answers(ko(errore('EN148', 'Operazione non effettuabile')), 400)), 'indeterminato'],
  ['§13.1', 'EN148 about something else, consulted', answers(ko(errore('EN148', 'Operazione non effettuabile')), 400), `${REFUSED} 400-EN148`],
  ['§13.1', '999', answers(ko(errore('999', 'Operazione non effettuabile')), 500), `${ABSENT} 500-999`],
  ['§13.1', '999 with 400', answers(ko(errore('999', 'Operazione non effettuabile')), 400), `${ABSENT} 400-999`],
  ['§13.1', '400 kind of search', answers(ko(errore('400', 'Tipo ricerca non ammissibile')), 400), `${REFUSED} 400-400`],
  ['§13.1', '404 resource waiting', answers(ko(errore('404', 'Risorsa in attesa di elaborazione')), 404), `${REFUSED} 404-404`],
  ['§13.1', 'a code that nobody knows', answers(ko(errore('ZZ999', 'x')), 400), `${REFUSED} 400-ZZ999`],
  ['§13.1', 'a code that nobody knows, with 500', answers(ko(errore('ZZ999', 'x')), 500), `${ABSENT} 500-ZZ999`],
  ['§13.1', 'a code that is none', answers(ko(errore('SNTPRV85C55H501U', 'x')), 400), `${REFUSED} 400-senza-codice`],
  ['§12.1', 'an empty list of errors', answers(ko(), 400), `${REFUSED} 400-senza-codice`],
  ['§12.1', 'an empty list of errors, with 500', answers(ko(), 500), `${ABSENT} 500-senza-codice`],
  ['§12.1', 'an empty object', answers({}, 400), `${REFUSED} 400-senza-codice`],
  ['§12.1', 'warnings alone in a refusal', answers(ko(CODE_WARNING), 404), `${REFUSED} 404-senza-codice`],
  // GovWay and the edge before it.
  ...named(400, 'InteroperabilityInvalidRequest InvalidRequestContent ContentTypeNotSupported UnprocessableRequestContent BadRequest', REFUSED),
  ...named(401, 'TokenAuthenticationRequired TokenAuthenticationFailed TokenExpired TokenNotBefore TokenInTheFuture TokenRequiredClaimsNotFound AuthenticationRequired', REFUSED),
  ...named(403, 'AuthorizationTokenDeny AuthorizationDeny', REFUSED),
  ...named(404, 'UnknownAPI UndefinedOperation NotFound', REFUSED),
  ...named(409, 'Conflict', REFUSED),
  ...named(413, 'RequestSizeExceeded', REFUSED),
  ...named(429, 'LimitExceeded', 'quota-superata'),
  ...named(429, 'TooManyRequests', ABSENT),
  ...named(502, 'InvalidResponse BadResponse InvalidResponseContent', ABSENT),
  ...named(503, 'APIUnavailable APISuspended GatewayUnavailable', ABSENT),
  ...named(504, 'EndpointReadTimeout', 'anpr-tempo-scaduto'),
  ...[301, 302, 400, 401, 403, 404, 405, 408, 415].map((status) => unnamed(status, REFUSED)),
  ...[429, 500, 501, 502, 503].map((status) => unnamed(status, ABSENT)),
  unnamed(504, 'anpr-tempo-scaduto'),
  ['§13.2', 'a title that is no name', answers(frontEnd(400, 'Il signor Rossi'), 400), `${REFUSED} 400`],
  ['§13.2', 'a page with 200', answers('<html></html>'), `${ABSENT} illeggibile not JSON`],
  ['§12.1', 'a 200 that is no answer', answers({}), `${ABSENT} illeggibile not an answer of an e-service`],
  ['§13.4', 'a connection that breaks twice', { answer: 'cut' }, `${ABSENT} UND_ERR_SOCKET`],
  ['§13.4', 'no answer at all', { answer: 'nothing', setting: { settings: { timeoutMs: 1000 } } }, 'anpr-tempo-scaduto oltre 1000 ms'],
  // Answers.
  ['§12', 'a person', answers(ok([soggetto({ residenza: [residenza()] })])), 'trovato'],
  ['§12', 'a person, by a service that does not tell who is dead', consulting('generalita', answers(ok([soggetto()]))), 'trovato stato-non-verificato'],
  ['§12.1', 'an empty list', answers(ok([])), 'non-trovato'],
  ['§12.4', 'duplicates', answers(ok([soggetto(), soggetto({ identificativi: { idANPR: 'ZZ00009ZZ' } })])), 'risposta-non-coerente persona-diversa'],
  ['§12.4', 'duplicates of one codice fiscale', { ...answers(ok([soggetto(), soggetto({ identificativi: { idANPR: 'ZZ00009ZZ' } })])), ask: { request: { soggetto: { codiceFiscale: generalita().codiceFiscale.codFiscale } } }, setting: { settings: { searchBy: 'codiceFiscale' } } }, 'ambiguo'],
  ['§12.4', 'somebody else', answers(ok([soggetto({ identificativi: { idANPR: 'ZZ00009ZZ' } })])), 'risposta-non-coerente persona-diversa'],
  ['§12.4', 'somebody who lives elsewhere, among residents', { ...answers(ok([soggetto({ residenza: [residenza('999002')] })])), ask: RESIDENTS }, 'non-trovato'],
  ['§12.3', 'a life that is told neither way', consulting('esistenza-in-vita', answers(ok([soggetto(alive('A'))]))), 'indeterminato'],
  ...(['S', 'N', 'A'] as const).flatMap((valore): readonly Row[] => {
    const esito = { S: 'confermato', N: 'non-confermato', A: 'indeterminato' }[valore];
    return [
      ['§12.3', `1002 ${valore}`, verifying('generalita', answers(ok([{ infoSoggettoEnte: [info('1002', "Verifica generalita'", valore)] }]))), esito],
      ['§12.3', `1003 ${valore}`, verifying('esistenza-in-vita', answers(ok([{ infoSoggettoEnte: [info('1003', 'Verifica esistenza in vita', valore)] }]))), esito],
      ['§12.3', `the key of a residence ${valore}`, verifying('residenza', answers(ok([{ infoSoggettoEnte: [info('', 'Verifica residenza', valore)] }]))), esito],
    ];
  }),
];

/** Words that every answer of its kind has are left out. */
const told = (outcome: ChannelOutcome): string =>
  outcome.kind === 'failed'
    ? [outcome.problem, outcome.detail].filter(Boolean).join(' ')
    : [outcome.risposta.esito, ...(outcome.risposta['avvertenze'] as readonly { codice: string }[]).map(({ codice }) => codice).filter((codice) => codice !== outcome.risposta.esito)].join(' ');

describe('what comes of each answer of PDND and of ANPR', () => {
  it.each(MATRIX)('%s %s', async (_source, _what, { answer, token, ask, setting }, outcome) => {
    const { pdnd, ask: asked, close } = await pdndWorld(setting);
    try {
      if (answer !== undefined) pdnd.answer = () => answer as Exclude<Reply, Promise<unknown>>;
      if (token !== undefined) pdnd.token = () => token;
      expect(told(await asked(ask))).toBe(outcome);
      expect(pdnd.faults).toEqual([]);
    } finally {
      await close();
    }
  });
});

describeWithProtocol('the written protocol', () => {
  const whats = MATRIX.map(([, what]) => what).join('\n');
  const section = (from: string, to: string): string => protocol('pdnd').slice(protocol('pdnd').indexOf(from), protocol('pdnd').indexOf(to));

  it('has no error of an e-service, of GovWay or of PDND that is not in the matrix', () => {
    const codes = [...section('### 13.1', '### 13.2').matchAll(/^\| `([A-Z0-9]{3,5})` \|/gm)].map(([, code = '']) => code);
    const titles = [...section('### 13.2', '### 13.3').matchAll(/^\| \d{3} \| ([^|]+) \|/gm)].flatMap(([, cell = '']) => cell.match(/[A-Z][A-Za-z]{5,}/g) ?? []);
    const masks = [...section('### 8.1', '### 8.2').matchAll(/`(\d{3}-\d{4,5})`/g)].map(([, code = '']) => code);
    expect([codes.length, titles.length, masks.length].map((count) => count > 4)).toEqual([true, true, true]);
    expect([...codes, ...titles, ...masks].filter((one) => !whats.includes(one))).toEqual([]);
  });
});
