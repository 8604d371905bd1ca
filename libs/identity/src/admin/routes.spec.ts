import type { Role } from '@geres/contracts';
import { openApiOf } from '@geres/platform/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoConventionId, demoUserId } from '../demo/seed.js';
import { identityProblems } from '../problems.js';
import { serveAdmin, type AdminApp } from '../testing/admin-app.js';
import { condizioni, contenutoProfilo, motivo, ROLES, tokensOf, utente } from '../testing/requests.js';
import { IdentityAdminModule } from './admin.module.js';

const ID = '01JD0000000000000000000000';
const conv = demoConventionId('H501', 'c_h501');
const operator = demoUserId('operatore.roma');
const all = ['GESTORE', 'TOP', 'ADMIN'] as const;
const registry = ['TOP', 'ADMIN'] as const;

interface Route {
  readonly method: string;
  /** As the OpenAPI document writes it, with the parameters to put in. */
  readonly path: string;
  readonly at: Readonly<Record<string, string>>;
  readonly admits: readonly Role[];
  /** Well formed. */
  readonly body?: object;
}

const route = (method: string, path: string, admits: readonly Role[], at: Readonly<Record<string, string>> = {}, body?: object): Route => ({ method, path, at, admits, ...(body ? { body } : {}) });
const comune = { comune: 'H501' };
const ente = { ente: 'c_h501' };
const absent = { id: ID };

const ROUTES: readonly Route[] = [
  route('GET', '/comuni', all),
  route('GET', '/comuni/{comune}', all, comune),
  route('POST', '/comuni', ['GESTORE'], {}, { codiceCatastale: 'F205', nome: 'Milano', provincia: 'MI', codiciIstat: [{ codice: '015146', dal: '1970-01-01' }] }),
  route('PUT', '/comuni/{comune}/codici-istat', ['GESTORE'], comune, { codiciIstat: [{ codice: '058091', dal: '1970-01-01' }] }),
  route('PUT', '/comuni/{comune}/nome', ['GESTORE'], comune, { nome: 'Roma', dal: '2026-01-01' }),
  route('POST', '/comuni/{comune}/sospensione', ['GESTORE'], comune, motivo),
  route('POST', '/comuni/{comune}/ripresa', ['GESTORE'], comune),
  route('GET', '/enti', all),
  route('GET', '/enti/{ente}', all, ente),
  route('POST', '/enti', ['TOP'], {}, { codice: 'prova_ente', nome: 'Prova', tipo: 'ente-esterno' }),
  route('PUT', '/enti/{ente}', ['GESTORE'], ente, { nome: 'Roma – Ufficio tributi', tipo: 'ufficio-comunale' }),
  route('POST', '/enti/{ente}/uffici', ['TOP'], ente, { codice: 'uno', nome: 'Uno' }),
  route('DELETE', '/enti/{ente}/uffici/{ufficio}', ['TOP'], { ...ente, ufficio: 'uno' }),
  route('GET', '/convenzioni', registry),
  route('GET', '/convenzioni/{id}', registry, absent),
  route('POST', '/convenzioni', ['TOP'], {}, { ente: 'ente_esempio', condizioni }),
  route('PUT', '/convenzioni/{id}/condizioni', ['TOP'], absent, { condizioni }),
  route('POST', '/convenzioni/{id}/approvazione', ['TOP'], absent, { ricertificareEntro: '2099-01-01' }),
  route('POST', '/convenzioni/{id}/ricertificazione', ['TOP'], absent, { ricertificareEntro: '2099-01-01' }),
  route('POST', '/convenzioni/{id}/proroga', ['TOP'], absent, { al: '2099-12-31' }),
  route('PUT', '/convenzioni/{id}/applicazioni/{applicazione}', ['TOP'], { ...absent, applicazione: 'tributi-roma' }),
  route('DELETE', '/convenzioni/{id}/applicazioni/{applicazione}', ['TOP'], { ...absent, applicazione: 'tributi-roma' }),
  route('POST', '/convenzioni/{id}/sospensione', ['TOP'], absent, motivo),
  route('POST', '/convenzioni/{id}/ripresa', ['TOP'], absent),
  route('POST', '/convenzioni/{id}/revoca', ['TOP'], absent, motivo),
  route('GET', '/profili', registry),
  route('GET', '/profili/{id}', registry, absent),
  route('POST', '/profili', ['TOP'], {}, { convenzione: ID, ...contenutoProfilo }),
  route('PUT', '/profili/{id}', ['TOP'], absent, contenutoProfilo),
  route('POST', '/profili/{id}/ritiro', ['TOP'], absent),
  route('GET', '/utenti', all),
  route('GET', '/utenti/{id}', all, absent),
  route('POST', '/utenti', registry, {}, { ...utente, passwordIniziale: 'corta' }),
  route('PUT', '/utenti/{id}', all, absent, { login: 'prova.nuova', nome: 'Prova', cognome: 'Nuova' }),
  route('POST', '/utenti/{id}/password', all, absent, { passwordIniziale: 'abbastanza-lunga' }),
  route('POST', '/utenti/{id}/ruoli', registry, absent, utente.ruolo),
  route('POST', '/utenti/{id}/ruoli/rimozione', registry, absent, utente.ruolo),
  route('PUT', '/utenti/{id}/profili/{profilo}', registry, { ...absent, profilo: ID }),
  route('DELETE', '/utenti/{id}/profili/{profilo}', registry, { ...absent, profilo: ID }),
  route('POST', '/utenti/{id}/disabilitazione', all, absent, motivo),
  route('POST', '/utenti/{id}/abilitazione', all, absent),
  route('POST', '/utenti/{id}/sblocco', all, absent),
  route('GET', '/utenti/{utente}/sessioni', all, { utente: ID }),
  route('POST', '/sessioni/{id}/chiusura', all, absent, motivo),
  route('GET', '/applicazioni', registry),
  route('GET', '/applicazioni/{clientId}', registry, { clientId: 'tributi-roma' }),
  route('POST', '/applicazioni', registry, {}, { clientId: 'prova-app', ente: 'c_h501', nome: 'Prova', modiDiAccesso: ['jwt-bearer'] }),
  route('POST', '/applicazioni/{clientId}/chiavi', registry, { clientId: 'tributi-roma' }, { chiave: 'x' }),
  route('DELETE', '/applicazioni/{clientId}/chiavi/{kid}', registry, { clientId: 'tributi-roma', kid: 'nessuna' }),
  route('POST', '/applicazioni/{clientId}/disabilitazione', registry, { clientId: 'rendiconti-roma' }, motivo),
  route('POST', '/applicazioni/{clientId}/abilitazione', registry, { clientId: 'rendiconti-roma' }),
];

const filled = ({ path, at }: Pick<Route, 'path' | 'at'>): string => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => at[name]!);
const named = ROUTES.map((one) => [`${one.method} ${one.path}`, one] as const);
const writes = named.filter(([, { method }]) => method !== 'GET');

const EC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEa/njkGIf5oogIoDSlRX7g2vX2mGv
HOFruZp34EtRdrPctt1gBnra+W5x7/dWEIJVg8w69rn3rQkronG5QA8lBQ==
-----END PUBLIC KEY-----`;

describe('every route of the administration API', () => {
  let app: AdminApp;
  let tokens: Readonly<Record<Role, string>>;

  beforeAll(async () => {
    app = await serveAdmin();
    tokens = await tokensOf(app);
  });
  afterAll(() => app.close());

  it('is in this table', () => {
    const { paths } = openApiOf(app.nest, { title: 'prova', description: 'prova', include: [IdentityAdminModule], catalogues: identityProblems }) as { paths: Record<string, object> };
    const served = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/amministrazione/v1', '')}`));
    expect(served.sort()).toEqual(named.map(([name]) => name).sort());
  });

  it.each(named)('%s admits its roles and nobody else', async (_, { method, path, at, admits, body }) => {
    for (const name of Object.keys(ROLES) as Role[]) {
      const { status, body: told } = await app.call(tokens[name], method, filled({ path, at }), body);
      if (admits.includes(name)) expect({ name, status }).not.toEqual({ name, status: 403 });
      else expect({ name, status, type: told['type'] }).toEqual({ name, status: 403, type: 'urn:geres:problema:non-autorizzato' });
    }
    const anonymous = await app.call(undefined, method, filled({ path, at }), body);
    expect({ status: anonymous.status, type: anonymous.body['type'] }).toEqual({ status: 401, type: 'urn:geres:problema:non-autenticato' });
  });

  it.each(writes.filter(([, { body }]) => body !== undefined))('%s names a field that it does not know, and those that are missing', async (_, { method, path, at, admits, body }) => {
    const send = async (sent: object): Promise<readonly string[]> => {
      const { status, body: told } = await app.call(tokens[admits[0]!], method, filled({ path, at }), sent);
      expect({ status, type: told['type'] }).toEqual({ status: 400, type: 'urn:geres:problema:richiesta-non-valida' });
      return (told['errori'] as { campo: string }[]).map(({ campo }) => campo);
    };
    expect(await send({ ...body, sconosciuto: 1 })).toEqual(['sconosciuto']);
    const missing = await send({});
    expect(missing.length).toBeGreaterThan(0);
    expect(Object.keys(body!)).toEqual(expect.arrayContaining([...missing]));
  });

  it.each(named.filter(([, { at }]) => Object.keys(at).length > 0))('%s names a parameter that is wrong', async (_, { method, path, at, admits, body }) => {
    for (const name of Object.keys(at).filter((one) => one !== 'kid')) {
      const { status, body: told } = await app.call(tokens[admits[0]!], method, filled({ path, at: { ...at, [name]: '!' } }), body);
      expect(status).toBe(400);
      expect((told['errori'] as { campo: string }[]).map(({ campo }) => campo)).toContain(name);
    }
  });

  describe('that writes what is there', () => {
    const first = async (path: string, list: string, which: (one: Readonly<Record<string, string>>) => boolean = () => true): Promise<string> => {
      const { body } = await app.call(tokens.TOP, 'GET', path);
      return (body[list] as Readonly<Record<string, string>>[]).find(which)!['id']!;
    };

    /** The demo's own object that a route is about, which the TOP of Roma may write. */
    async function existing(path: string): Promise<Readonly<Record<string, string>>> {
      const [, kind] = path.split('/');
      const profilo = await first('/profili', 'profili', (one) => one['ente'] === 'c_h501' && one['nome'] === 'Completo');
      switch (kind) {
        case 'profili':
          return { id: profilo };
        case 'utenti':
          return { id: operator, profilo };
        case 'sessioni':
          return { id: await first(`/utenti/${demoUserId('admin.roma')}/sessioni`, 'sessioni') };
        default:
          return { id: conv, ...comune, ...ente, ufficio: 'uno', applicazione: 'tributi-roma', kid: 'nessuna', clientId: path.endsWith('abilitazione') || path.endsWith('disabilitazione') ? 'rendiconti-roma' : 'tributi-roma' };
      }
    }

    /** Bodies that pass what is checked before the version is. */
    const SENT: Readonly<Record<string, object>> = { '/utenti/{id}': { login: 'operatore.roma', nome: 'Altro', cognome: 'Nome' }, '/applicazioni/{clientId}/chiavi': { chiave: EC_KEY } };

    it.each(writes.filter(([, { path }]) => path.includes('{')))('%s answers 412 to a version that is not the one there, and changes nothing', async (_, { method, path, admits, body }) => {
      const name = admits.includes('TOP') ? 'TOP' : admits[0]!;
      const address = filled({ path, at: await existing(path) });
      const before = (await app.world.store.stats()).events;
      const { status, body: told } = await app.call(tokens[name], method, address, SENT[path] ?? body, { 'if-match': '"999"' });
      expect({ status, type: told['type'] }).toEqual({ status: 412, type: 'urn:geres:problema:versione-superata' });
      expect((await app.world.store.stats()).events).toBe(before);
    });
  });
});
