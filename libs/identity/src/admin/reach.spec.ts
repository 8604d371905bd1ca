import type { Role } from '@geres/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoConventionId, demoUserId } from '../demo/seed.js';
import { serveAdmin, type AdminApp } from '../testing/admin-app.js';
import { condizioni, contenutoProfilo, motivo, tokensOf, utente } from '../testing/requests.js';

interface Shown {
  readonly id: string;
  readonly login: string;
  readonly ruoli: readonly { readonly ruolo: string; readonly comune?: string; readonly ente?: string }[];
  readonly profili: readonly { readonly comune: string }[];
  readonly disabilitatoIn: readonly string[];
}

describe('whoever administers keeps to its own', () => {
  let app: AdminApp;
  let tokens: Readonly<Record<Role, string>>;
  /** Of Matera, where the others are of Roma. */
  let far: { readonly TOP: string; readonly ADMIN: string };
  let session: string;
  let profilo: string;

  beforeAll(async () => {
    app = await serveAdmin();
    tokens = await tokensOf(app);
    far = {
      TOP: await app.tokenOf('top.matera', { role: 'TOP', comune: 'F052' }),
      ADMIN: await app.tokenOf('admin.matera', { role: 'ADMIN', comune: 'F052', ente: 'c_f052' }),
    };
    const { body } = await app.call(tokens.TOP, 'GET', '/profili');
    profilo = (body['profili'] as { id: string; ente: string; nome: string }[]).find(({ ente, nome }) => ente === 'c_h501' && nome === 'Completo')!.id;
    session = '01JD0000000000000000000008';
    const opened = await app.identity.sessions.open({ session, user: demoUserId('operatore.roma'), application: 'tributi-roma', method: 'jwt-bearer' }, app.world.meta());
    await app.identity.readModels.seen('sessions', opened.position, 5000);
  });
  afterAll(() => app.close());

  const code = async (token: string, method: string, path: string, body?: object): Promise<string> => String((await app.call(token, method, path, body)).body['type']).replace('urn:geres:problema:', '');
  const id = demoUserId('operatore.roma');
  const conv = demoConventionId('H501', 'c_h501');

  const OBJECTS: readonly (readonly [method: string, path: string, who: readonly ('TOP' | 'ADMIN')[], codes: readonly string[], body?: object])[] = [
    ['GET', '/comuni/H501', ['TOP', 'ADMIN'], ['non-autorizzato']],
    ['GET', `/convenzioni/${conv}`, ['TOP', 'ADMIN'], ['convenzione-assente']],
    ['PUT', `/convenzioni/${conv}/condizioni`, ['TOP'], ['convenzione-assente'], { condizioni }],
    ['POST', `/convenzioni/${conv}/approvazione`, ['TOP'], ['convenzione-assente'], { ricertificareEntro: '2099-01-01' }],
    ['POST', `/convenzioni/${conv}/ricertificazione`, ['TOP'], ['convenzione-assente'], { ricertificareEntro: '2099-01-01' }],
    ['POST', `/convenzioni/${conv}/proroga`, ['TOP'], ['convenzione-assente'], { al: '2099-12-31' }],
    ['PUT', `/convenzioni/${conv}/applicazioni/tributi-roma`, ['TOP'], ['convenzione-assente']],
    ['DELETE', `/convenzioni/${conv}/applicazioni/tributi-roma`, ['TOP'], ['convenzione-assente']],
    ['POST', `/convenzioni/${conv}/sospensione`, ['TOP'], ['convenzione-assente'], motivo],
    ['POST', `/convenzioni/${conv}/ripresa`, ['TOP'], ['convenzione-assente']],
    ['POST', `/convenzioni/${conv}/revoca`, ['TOP'], ['convenzione-assente'], motivo],
    ['POST', '/profili', ['TOP'], ['convenzione-assente'], { convenzione: conv, ...contenutoProfilo }],
    ['GET', '/utenti/ID', ['TOP', 'ADMIN'], ['utente-assente']],
    ['PUT', '/utenti/ID', ['TOP', 'ADMIN'], ['utente-assente'], { login: 'operatore.roma', nome: 'X', cognome: 'Y' }],
    ['POST', '/utenti/ID/password', ['TOP', 'ADMIN'], ['utente-assente'], { passwordIniziale: 'abbastanza-lunga' }],
    ['POST', '/utenti/ID/ruoli', ['TOP', 'ADMIN'], ['non-autorizzato'], utente.ruolo],
    ['POST', '/utenti/ID/ruoli/rimozione', ['TOP', 'ADMIN'], ['non-autorizzato'], utente.ruolo],
    ['PUT', '/utenti/ID/profili/PROFILO', ['TOP', 'ADMIN'], ['profilo-non-assegnabile']],
    ['DELETE', '/utenti/ID/profili/PROFILO', ['TOP', 'ADMIN'], ['utente-assente']],
    ['POST', '/utenti/ID/disabilitazione', ['TOP', 'ADMIN'], ['utente-assente'], motivo],
    ['POST', '/utenti/ID/abilitazione', ['TOP', 'ADMIN'], ['utente-assente']],
    ['POST', '/utenti/ID/sblocco', ['TOP', 'ADMIN'], ['utente-assente']],
    ['GET', '/utenti/ID/sessioni', ['TOP', 'ADMIN'], ['utente-assente']],
    ['POST', '/sessioni/SESSIONE/chiusura', ['TOP', 'ADMIN'], ['sessione-assente'], motivo],
    ['GET', '/applicazioni/tributi-roma', ['TOP', 'ADMIN'], ['applicazione-assente']],
    ['POST', '/applicazioni/tributi-roma/disabilitazione', ['TOP', 'ADMIN'], ['applicazione-assente'], motivo],
    ['POST', '/applicazioni/rendiconti-roma/disabilitazione', ['TOP', 'ADMIN'], ['applicazione-assente'], motivo],
    ['DELETE', '/applicazioni/tributi-roma/chiavi/nessuna', ['TOP', 'ADMIN'], ['applicazione-assente']],
    ['POST', '/applicazioni', ['TOP', 'ADMIN'], ['non-autorizzato'], { clientId: 'prova-app', ente: 'c_h501', nome: 'Prova', modiDiAccesso: ['jwt-bearer'] }],
  ];

  it.each(OBJECTS.map(([method, path, who, codes, body]) => ({ method, path, who, codes, body })))('$method $path of another Comune is not there for $who', async ({ method, path, who, codes, body }) => {
    const address = path.replace('/ID', `/${id}`).replace('PROFILO', profilo).replace('SESSIONE', session);
    const before = (await app.world.store.stats()).events;
    for (const name of who) expect(codes).toContain(await code(far[name], method, address, body));
    expect((await app.world.store.stats()).events).toBe(before);
  });

  it('sees in lists nothing of another Comune or Ente', async () => {
    const lists = [
      ['/comuni', 'comuni', 'codiceCatastale', ['F052'], ['F052']],
      ['/convenzioni', 'convenzioni', 'comune', ['F052'], ['F052']],
      ['/profili', 'profili', 'comune', ['F052'], ['F052']],
      ['/applicazioni', 'applicazioni', 'ente', ['c_f052', 'ente_esempio', 'pl_f052'], ['c_f052']],
    ] as const;
    for (const [path, list, member, top, admin] of lists) {
      for (const [token, expected] of [[far.TOP, top], [far.ADMIN, admin]] as const) {
        const { body } = await app.call(token, 'GET', path);
        expect([...new Set((body[list] as Record<string, string>[]).map((one) => one[member]!))].sort()).toEqual(expected);
      }
    }
    expect((await app.call(far.ADMIN, 'GET', '/enti')).body['enti']).toEqual([expect.objectContaining({ codice: 'c_f052' })]);
    expect(await code(far.ADMIN, 'GET', '/enti/c_h501')).toBe('ente-assente');
  });

  it('sees of an operator of three Comuni what it is here, and not what it is elsewhere', async () => {
    const operator = demoUserId('operatore.esempio');
    await app.identity.users.run({ type: 'disable', user: operator, reason: 'prova', by: 'TOP', comune: 'A944' }, app.world.meta());
    const { body } = await app.call(tokens.TOP, 'GET', `/utenti/${operator}`);
    const shown = body as unknown as Shown;
    expect(shown.ruoli.map(({ comune }) => comune)).toEqual(['H501']);
    expect(shown.profili.map(({ comune }) => comune)).toEqual(['H501']);
    expect(shown.disabilitatoIn).toEqual([]);
  });

  it('finds no reporting tool of another Comune, though it deals with the same Ente', async () => {
    const tool = { clientId: 'rendiconti-esempio', ente: 'ente_esempio', nome: 'Rendiconti', modiDiAccesso: ['client-credentials'], comune: 'H501' };
    expect((await app.call(tokens.TOP, 'POST', '/applicazioni', tool)).status).toBe(200);
    expect((await app.call(tokens.TOP, 'GET', '/applicazioni/rendiconti-esempio')).status).toBe(200);
    expect(await code(far.TOP, 'GET', '/applicazioni/rendiconti-esempio')).toBe('applicazione-assente');
    expect(await code(far.TOP, 'POST', '/applicazioni', { ...tool, clientId: 'rendiconti-altrui' })).toBe('non-autorizzato');
  });

  it('sees, as GESTORE, TOP and GESTORI and no operator', async () => {
    const roles = async (query: string): Promise<readonly string[]> => ((await app.call(tokens.GESTORE, 'GET', `/utenti${query}`)).body['utenti'] as Shown[]).flatMap(({ ruoli }) => ruoli.map(({ ruolo }) => ruolo));
    expect(new Set(await roles(''))).toEqual(new Set(['TOP']));
    expect(new Set(await roles('?ruolo=GESTORE'))).toEqual(new Set(['GESTORE']));
    expect(await roles('?ruolo=AUTORIZZATO')).toEqual([]);
    expect(await code(tokens.GESTORE, 'GET', `/utenti/${id}`)).toBe('utente-assente');
  });

  it.each(['TOP', 'ADMIN'] as const)('turns pages without missing anybody or showing anybody twice, as %s', async (name) => {
    // In both roles for the same Ente, of which an ADMIN may give one alone.
    const both = { user: demoUserId('admin.roma'), assignment: { role: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501' } } as const;
    const { position } = await app.identity.users.run({ type: 'assign-role', ...both }, app.world.meta());
    await Promise.all([app.identity.readModels.seen('roleHolders', position, 5000), app.identity.readModels.seen('users', position, 5000)]);
    const whole = ((await app.call(tokens[name], 'GET', '/utenti?limite=200')).body['utenti'] as Shown[]).map(({ login }) => login);
    expect(whole).toContain('admin.roma');
    for (const limit of [1, 2, 3]) {
      const seen: string[] = [];
      let next: string | undefined;
      do {
        const { body } = await app.call(tokens[name], 'GET', `/utenti?limite=${limit}${next === undefined ? '' : `&cursore=${next}`}`);
        seen.push(...(body['utenti'] as Shown[]).map(({ login }) => login));
        next = body['successiva'] as string | undefined;
      } while (next !== undefined);
      expect(seen).toEqual(whole);
    }
  });

  it('tells a cursor that is none', async () => {
    const wrong = await app.call(tokens.TOP, 'GET', '/utenti?cursore=altro');
    expect(wrong).toMatchObject({ status: 400, body: { errori: [{ campo: 'cursore' }] } });
  });
});
