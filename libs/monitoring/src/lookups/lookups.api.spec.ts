import { archiveStream, AUDIENCES, DettaglioRichiesta, ElencoRichieste, EsitoRicerca, romeMonth, SoggettoSvelato, type RoleAssignment } from '@geres/contracts';
import { whole } from '@geres/kernel';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, ids } from '../testing/archive.js';
import { serveMonitoring, type Answer, type MonitoringApp } from '../testing/monitoring-app.js';
import { approved, drafted } from '../testing/reading.js';

let app: MonitoringApp;
let mine: string;
let ofOtherEnte: string;
const PERSON = { codiceFiscale: 'XXXYYY80A01H501D' };
const at = new Date();

const roles = {
  TOP: { role: 'TOP', comune: ids.comune },
  'TOP of another Comune': { role: 'TOP', comune: ids.otherComune },
  ADMIN: { role: 'ADMIN', comune: ids.comune, ente: ids.ente },
  'ADMIN of another Ente': { role: 'ADMIN', comune: ids.comune, ente: ids.otherEnte },
  'ADMIN in another Comune': { role: 'ADMIN', comune: ids.otherComune, ente: ids.ente },
  GESTORE: { role: 'GESTORE' },
  AUTORIZZATO: { role: 'AUTORIZZATO', comune: ids.comune, ente: ids.ente },
} as const satisfies Record<string, RoleAssignment>;

const tokens = new Map<string, string | undefined>();

beforeAll(async () => {
  app = await serveMonitoring();
  mine = await asked(app.archive, { at, outcome: 'trovato', subject: PERSON, pratica: '2026/1' });
  ofOtherEnte = await asked(app.archive, { at, ente: ids.otherEnte, subject: PERSON, pratica: '2026/1' });
  await app.happened(`convention-${ids.convention}`, drafted(), approved());
  for (const [name, role] of Object.entries(roles)) tokens.set(name, (await app.signIn(role)).token);
  tokens.set('nobody', undefined);
  tokens.set('a user without a role', (await app.signIn()).token);
  tokens.set('a reporting tool', await app.tool('rendiconti-h501', ids.ente, ids.comune));
  tokens.set('software of an Ente', await app.tool('tributi-h501', ids.ente));
  const operator = await app.signIn(roles.AUTORIZZATO);
  tokens.set('a token for the gateway', await app.token({ sub: operator.user, sid: operator.session, aud: AUDIENCES.gateway }));
  await app.seen();
});
afterAll(() => app.close());

const routes = {
  list: () => ['GET', '/richieste'] as const,
  one: (id = mine) => ['GET', `/richieste/${id}`] as const,
  search: () => ['POST', '/richieste/ricerca', { soggetto: PERSON }] as const,
  reveal: (id = mine) => ['POST', `/richieste/${id}/soggetto`, { motivo: 'reclamo dell’interessato' }] as const,
};
const call = (who: string, route: keyof typeof routes, id?: string): Promise<Answer> => app.call(tokens.get(who), ...(routes[route](id) as readonly ['GET' | 'POST', string, object?]));
const problem = ({ body }: Answer): unknown => (body['type'] as string | undefined)?.replace('urn:geres:problema:', '');
const consulted = async () => (await whole(app.archive.store.read(archiveStream(romeMonth(new Date()))))).events;

describe('who may call what', () => {
  const forbidden = [403, 'monitoraggio-non-consentito'] as const;
  const unknown = [404, 'richiesta-non-trovata'] as const;
  const unauthenticated = [401, 'non-autenticato'] as const;
  it.each<readonly [string, Readonly<Record<keyof typeof routes, readonly [number, string?]>>]>([
    ['TOP', { list: [200], one: [200], search: [200], reveal: [200] }],
    ['TOP of another Comune', { list: [200], one: unknown, search: [200], reveal: unknown }],
    ['ADMIN', { list: [200], one: [200], search: [200], reveal: [200] }],
    ['ADMIN of another Ente', { list: [200], one: unknown, search: [200], reveal: unknown }],
    ['ADMIN in another Comune', { list: [200], one: unknown, search: [200], reveal: unknown }],
    ['a reporting tool', { list: [200], one: forbidden, search: forbidden, reveal: forbidden }],
    ['software of an Ente', { list: forbidden, one: forbidden, search: forbidden, reveal: forbidden }],
    ['GESTORE', { list: forbidden, one: forbidden, search: forbidden, reveal: forbidden }],
    ['AUTORIZZATO', { list: forbidden, one: forbidden, search: forbidden, reveal: forbidden }],
    ['a user without a role', { list: forbidden, one: forbidden, search: forbidden, reveal: forbidden }],
    ['a token for the gateway', { list: unauthenticated, one: unauthenticated, search: unauthenticated, reveal: unauthenticated }],
    ['nobody', { list: unauthenticated, one: unauthenticated, search: unauthenticated, reveal: unauthenticated }],
  ])('%s', async (who, expected) => {
    for (const route of Object.keys(routes) as (keyof typeof routes)[]) {
      const answer = await call(who, route);
      expect([route, answer.status, problem(answer)]).toEqual([route, expected[route][0], expected[route][1]]);
    }
  });

  it.each([
    ['TOP', [2, 2]],
    ['ADMIN', [1, 1]],
    ['ADMIN of another Ente', [1, 1]],
    ['TOP of another Comune', [0, 0]],
    ['ADMIN in another Comune', [0, 0]],
  ] as const)('%s finds the lookups that are its own, in the list and in a search', async (who, [listed, found]) => {
    expect((await call(who, 'list')).body['richieste']).toHaveLength(listed);
    expect((await call(who, 'search')).body['richieste']).toHaveLength(found);
  });

  it('an ADMIN does not see what its users asked for another Ente', async () => {
    expect(problem(await call('ADMIN', 'one', ofOtherEnte))).toBe('richiesta-non-trovata');
    expect(problem(await call('ADMIN', 'reveal', ofOtherEnte))).toBe('richiesta-non-trovata');
  });

  it('a role that was taken away sees nothing more, with the same token', async () => {
    const { user, token } = await app.signIn(roles.TOP, roles.ADMIN);
    expect((await app.call(token, 'GET', '/richieste')).status).toBe(200);
    await app.happened(`user-${user}`, { type: 'identity.user.role-removed', v: 1, data: { user, assignment: roles.TOP } });
    expect(problem(await app.call(token, 'GET', '/richieste'))).toBe('monitoraggio-non-consentito');
  });

  it('a role that was never given is not believed', async () => {
    const { user, session } = await app.signIn(roles.ADMIN);
    const forged = await app.token({ sub: user, sid: session, ruolo: 'TOP', comune: ids.comune });
    expect(problem(await app.call(forged, 'GET', '/richieste'))).toBe('monitoraggio-non-consentito');
  });

  it.each([
    ['stopped by its Comune', 'monitoraggio-non-consentito', (user: string) => [`user-${user}`, { type: 'identity.user.disabled', v: 1, data: { user, reason: 'cessato', comune: ids.comune } }] as const],
    ['disabled', 'utente-non-abilitato', (user: string) => [`user-${user}`, { type: 'identity.user.disabled', v: 1, data: { user, reason: 'cessato' } }] as const],
    ['signed out', 'sessione-chiusa', (_: string, session: string) => [`session-${session}`, { type: 'identity.session.closed', v: 1, data: { session, reason: 'uscita' } }] as const],
  ])('a user that was %s sees nothing more', async (_, code, what) => {
    const { user, session, token } = await app.signIn(roles.TOP);
    const [stream, event] = what(user, session);
    await app.happened(stream, event);
    expect(problem(await app.call(token, 'GET', '/richieste'))).toBe(code);
  });

  it('a reporting tool that was disabled sees nothing more', async () => {
    const token = await app.tool('rendiconti-due', ids.ente, ids.comune);
    await app.happened('application-rendiconti-due', { type: 'identity.application.disabled', v: 1, data: { application: 'rendiconti-due', reason: 'dismessa' } });
    expect(problem(await app.call(token, 'GET', '/richieste'))).toBe('applicazione-non-abilitata');
  });
});

describe('what is answered', () => {
  it('has the shapes that were published', async () => {
    ElencoRichieste.parse((await call('TOP', 'list')).body);
    DettaglioRichiesta.parse((await call('TOP', 'one')).body);
    EsitoRicerca.parse((await call('TOP', 'search')).body);
    expect(SoggettoSvelato.parse((await call('TOP', 'reveal')).body)).toMatchObject({ id: mine, soggetto: PERSON, pratica: '2026/1' });
  });

  it('never has the person, unless it is revealed', async () => {
    for (const route of ['list', 'one', 'search'] as const) expect(JSON.stringify(await call('TOP', route))).not.toMatch(/XXXYYY|2026\/1/);
  });

  it('is kept by nobody on the way', async () => {
    expect((await call('TOP', 'reveal')).headers.get('cache-control')).toBe('no-store');
  });

  it('tells in the archive who has searched and revealed, in which session, with which reason', async () => {
    const { user, session, token } = await app.signIn(roles.TOP);
    await app.call(token, ...routes.search());
    await app.call(token, ...routes.reveal());
    const events = (await consulted()).filter(({ meta }) => meta.session === session);
    expect(events.map(({ data, meta }) => ({ ...(data as { what: string; reason?: string }), actor: meta.actor }))).toMatchObject([
      { actor: `user:${user}`, what: 'ricerca-persona' },
      { actor: `user:${user}`, what: 'soggetto', lookup: mine, reason: 'reclamo dell’interessato' },
    ]);
  });

  it('goes on from page to page', async () => {
    const first = await app.call(tokens.get('TOP'), 'GET', '/richieste?limite=1');
    const second = await app.call(tokens.get('TOP'), 'GET', `/richieste?limite=1&dopo=${String(first.body['successivo'])}`);
    const seen = [first, second].flatMap(({ body }) => (body['richieste'] as readonly { readonly id: string }[]).map(({ id }) => id));
    expect(seen.sort()).toEqual([mine, ofOtherEnte].sort());
    expect(second.body['successivo']).toBeUndefined();
  });
});

describe('what is asked wrongly', () => {
  it.each([
    ['a limit of none', '?limite=0', 'limite'],
    ['a limit too high', '?limite=201', 'limite'],
    ['a limit that is no number', '?limite=dieci', 'limite'],
    ['a day that does not exist', '?da=2026-02-30', 'da'],
    ['an instant without offset', '?a=2026-11-23T09:00:00', 'a'],
    ['a user that is no identifier', '?utente=mario', 'utente'],
    ['a service that is not one', '?servizio=catasto', 'servizio'],
    ['an outcome that cannot be', '?esito=TROVATO!', 'esito'],
    ['an application that cannot be', '?applicazione=A', 'applicazione'],
    ['a cursor that cannot be', '?dopo=%20', 'dopo'],
    ['a filter that is not there', '?cognome=Rossi', 'cognome'],
  ])('%s names the field, and not its value', async (_, query, field) => {
    const answer = await app.call(tokens.get('TOP'), 'GET', `/richieste${query}`);
    expect([answer.status, problem(answer)]).toEqual([400, 'richiesta-non-valida']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect((answer.body['errori'] as readonly { campo: string }[]).map(({ campo }) => campo)).toEqual([field]);
    expect(JSON.stringify(answer.body)).not.toMatch(/mario|catasto|Rossi/);
  });

  it.each([
    ['a codice fiscale whose check character is wrong', { soggetto: { codiceFiscale: 'XXXYYY80A01H501X' } }, 'soggetto.codiceFiscale'],
    ['a person and a pratica together', { soggetto: PERSON, pratica: '2026/1' }, 'pratica'],
    ['an empty pratica', { pratica: ' ' }, 'pratica'],
    ['a limit too high', { pratica: '2026/1', limite: 500 }, 'limite'],
    ['a field that is not there', { soggetto: PERSON, ente: 'x' }, 'ente'],
  ])('a search for %s names the field, and records nothing', async (_, body, field) => {
    const before = (await consulted()).length;
    const answer = await app.call(tokens.get('TOP'), 'POST', '/richieste/ricerca', body);
    expect([answer.status, problem(answer)]).toEqual([400, 'richiesta-non-valida']);
    expect((answer.body['errori'] as readonly { campo: string }[]).map(({ campo }) => campo)).toContain(field);
    expect(JSON.stringify(answer.body)).not.toMatch(/XXXYYY|2026\/1/);
    expect(await consulted()).toHaveLength(before);
  });

  it.each([
    ['no reason', {}],
    ['a reason that says nothing', { motivo: '  x ' }],
    ['a reason too long', { motivo: 'x'.repeat(501) }],
  ])('%s to see a person is refused', async (_, body) => {
    const answer = await app.call(tokens.get('TOP'), 'POST', `/richieste/${mine}/soggetto`, body);
    expect([answer.status, problem(answer), (answer.body['errori'] as readonly { campo: string }[])[0]!.campo]).toEqual([400, 'richiesta-non-valida', 'motivo']);
  });

  it.each([
    ['an identifier that cannot be', 'GET', '/richieste/abc', 400, 'richiesta-non-valida'],
    ['a lookup that is not there', 'GET', `/richieste/${ulid()}`, 404, 'richiesta-non-trovata'],
    ['a cursor that nobody gave', 'GET', '/richieste?dopo=abcd', 400, 'cursore-non-valido'],
    ['a period that ends before it begins', 'GET', '/richieste?da=2026-11-23&a=2026-11-22', 400, 'periodo-non-valido'],
    ['a search by GET', 'GET', '/richieste/ricerca', 400, 'richiesta-non-valida'],
    ['a list by POST', 'POST', '/richieste', 405, 'metodo-non-ammesso'],
  ] as const)('%s', async (_, method, path, status, code) => {
    const answer = await app.call(tokens.get('TOP'), method, path, method === 'POST' ? {} : undefined);
    expect([answer.status, problem(answer)]).toEqual([status, code]);
  });
});
