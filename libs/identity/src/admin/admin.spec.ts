import { AUDIENCES, type Role } from '@geres/contracts';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoConventionId, demoUserId } from '../demo/seed.js';
import { serveAdmin, type AdminApp, type Answer } from '../testing/admin-app.js';
import { condizioni, motivo, ROLES, tokensOf, utente } from '../testing/requests.js';

const problem = ({ body }: Answer): string => String(body['type']).replace('urn:geres:problema:', '');

describe('the administration API', () => {
  let app: AdminApp;
  let tokens: Readonly<Record<Role, string>>;

  beforeAll(async () => {
    app = await serveAdmin();
    tokens = await tokensOf(app);
  });
  afterAll(() => app.close());

  it('takes no token for another service, and none of a role that the user does not hold', async () => {
    const monitoring = await app.tokenOf('top.roma', { role: 'TOP', comune: 'H501' }, AUDIENCES.monitoring);
    expect((await app.call(monitoring, 'GET', '/utenti')).status).toBe(401);
    const pretended = await app.tokenOf('admin.roma', { role: 'TOP', comune: 'H501' });
    expect((await app.call(pretended, 'GET', '/utenti')).status).toBe(403);
  });

  it('keeps each within its own: a TOP in its Comune, an ADMIN in its Ente there', async () => {
    const { TOP: top, ADMIN: admin } = tokens;
    for (const [method, path, body] of [
      ['GET', `/convenzioni/${demoConventionId('A944', 'c_a944')}`, undefined],
      ['POST', `/convenzioni/${demoConventionId('A944', 'c_a944')}/revoca`, motivo],
      ['GET', `/utenti/${demoUserId('operatore.bologna')}`, undefined],
      ['POST', `/utenti/${demoUserId('operatore.bologna')}/disabilitazione`, motivo],
    ] as const) {
      expect((await app.call(top, method, path, body)).status).toBe(404);
    }
    expect((await app.call(admin, 'GET', `/convenzioni/${demoConventionId('H501', 'ente_esempio')}`)).status).toBe(404);
    expect((await app.call(admin, 'GET', '/applicazioni/verifiche-esempio')).status).toBe(404);
    expect((await app.call(top, 'POST', '/utenti', { ...utente, ruolo: { ruolo: 'TOP', comune: 'A944' } })).status).toBe(403);
    expect((await app.call(admin, 'POST', '/utenti', { ...utente, ruolo: { ruolo: 'ADMIN', comune: 'H501', ente: 'c_h501' } })).status).toBe(403);
    const { body } = await app.call(top, 'GET', '/utenti');
    const logins = (body['utenti'] as { login: string }[]).map(({ login }) => login);
    expect(logins).toContain('operatore.roma');
    expect(logins).toContain('operatore.esempio');
    expect(logins).not.toContain('operatore.bologna');
  });

  it('stops a user in the Comune of whoever stops it, and leaves the others alone', async () => {
    const id = demoUserId('operatore.esempio');
    const stopped = await app.call(tokens.TOP, 'POST', `/utenti/${id}/disabilitazione`, motivo);
    expect(stopped.body).toMatchObject({ abilitato: true, disabilitatoIn: ['H501'] });
    expect((await app.call(tokens.TOP, 'POST', `/utenti/${id}/abilitazione`)).body).toMatchObject({ disabilitatoIn: [] });
    expect((await app.call(tokens.TOP, 'POST', `/utenti/${id}/password`, { passwordIniziale: 'abbastanza-lunga' })).status).toBe(403);
  });

  it('lets nobody below undo a stop, and nobody stop itself', async () => {
    const { TOP: top, ADMIN: admin } = tokens;
    const id = demoUserId('operatore.limitato');
    expect((await app.call(top, 'POST', `/utenti/${id}/disabilitazione`, motivo)).body['disabilitatoIn']).toEqual(['H501']);
    expect(problem(await app.call(admin, 'POST', `/utenti/${id}/abilitazione`))).toBe('disabilitato-da-altri');
    expect((await app.call(top, 'POST', `/utenti/${id}/abilitazione`)).body['disabilitatoIn']).toEqual([]);
    const self = demoUserId('top.roma');
    expect(problem(await app.call(top, 'POST', `/utenti/${self}/disabilitazione`, motivo))).toBe('non-su-se-stessi');
    expect(problem(await app.call(top, 'POST', `/utenti/${self}/ruoli/rimozione`, { ruolo: 'TOP', comune: 'H501' }))).toBe('non-su-se-stessi');
  });

  it('gives roles only where there is something', async () => {
    const { GESTORE: gestore, TOP: top } = tokens;
    const id = demoUserId('operatore.roma');
    const role = (more: object): object => ({ ruolo: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501', ...more });
    expect(problem(await app.call(top, 'POST', `/utenti/${id}/ruoli`, role({ ente: 'ente_assente' })))).toBe('ente-assente');
    expect(problem(await app.call(top, 'POST', `/utenti/${id}/ruoli`, role({ applicazione: 'app-assente' })))).toBe('applicazione-assente');
    expect(problem(await app.call(top, 'POST', `/utenti/${id}/ruoli`, role({ applicazione: 'verifiche-esempio' })))).toBe('applicazione-di-altro-ente');
    expect(problem(await app.call(top, 'POST', `/utenti/${id}/ruoli`, { ruolo: 'TOP' }))).toBe('ruolo-non-coerente');
    // The GESTORE gives a Comune its first TOP, once it is registered.
    const topOf = { login: 'top.nuovo', nome: 'Top', cognome: 'Nuovo', ruolo: { ruolo: 'TOP', comune: 'L219' } };
    expect(problem(await app.call(gestore, 'POST', '/utenti', topOf))).toBe('comune-assente');
    const torino = { codiceCatastale: 'L219', nome: 'Torino', provincia: 'TO', codiciIstat: [{ codice: '001272', dal: '1970-01-01' }] };
    expect((await app.call(gestore, 'POST', '/comuni', torino)).status).toBe(200);
    expect((await app.call(gestore, 'POST', '/utenti', topOf)).body['ruoli']).toEqual([topOf.ruolo]);
  });

  it('enrols a user with role and password whole, or leaves nothing', async () => {
    const before = (await app.world.store.stats()).events;
    const refused = await app.call(tokens.ADMIN, 'POST', '/utenti', { ...utente, login: 'mai.iscritto', passwordIniziale: 'corta' });
    expect(problem(refused)).toBe('password-troppo-corta');
    expect((await app.world.store.stats()).events).toBe(before);
  });

  it('unlocks a user at once, without waiting for the attempts to be forgotten', async () => {
    const { signIns } = await app.identity.oidc();
    const alone = await app.call(tokens.TOP, 'POST', '/utenti', { ...utente, login: 'da.sbloccare', passwordIniziale: 'abbastanza-lunga' });
    for (let attempt = 0; attempt < 10; attempt++) await signIns.recognise('da.sbloccare', 'sbagliata-sbagliata', 'tributi-roma');
    expect(await signIns.recognise('da.sbloccare', 'abbastanza-lunga', 'tributi-roma')).toMatchObject({ outcome: 'refused' });
    const path = `/utenti/${String(alone.body['id'])}`;
    expect((await app.call(tokens.TOP, 'GET', path)).body).toMatchObject({ bloccato: true, bloccatoFinoA: expect.any(String) as string });
    expect((await app.call(tokens.TOP, 'POST', `${path}/sblocco`)).body).toMatchObject({ bloccato: false });
    expect(await signIns.recognise('da.sbloccare', 'abbastanza-lunga', 'tributi-roma')).toMatchObject({ outcome: 'must-change' });
  });

  it('lets a TOP stop a reporting tool of its Comune, and no application that others use', async () => {
    const { TOP: top } = tokens;
    expect((await app.call(top, 'POST', '/applicazioni/rendiconti-roma/disabilitazione', motivo)).body).toMatchObject({ abilitata: false });
    expect((await app.call(top, 'POST', '/applicazioni/rendiconti-roma/abilitazione')).body).toMatchObject({ abilitata: true });
    expect(problem(await app.call(top, 'POST', '/applicazioni/verifiche-esempio/disabilitazione', motivo))).toBe('non-autorizzato');
  });

  it('repeats an act without writing it twice', async () => {
    const { TOP: top, ADMIN: admin } = tokens;
    const conv = `/convenzioni/${demoConventionId('H501', 'ente_esempio')}`;
    const twice: readonly (readonly [string, string, string, object?])[] = [
      [top, 'POST', '/enti', { codice: 'ente_ripetuto', nome: 'Ripetuto', tipo: 'ente-esterno' }],
      [top, 'POST', '/enti/ente_ripetuto/uffici', { codice: 'uno', nome: 'Uno' }],
      [top, 'POST', `${conv}/sospensione`, motivo],
      [top, 'POST', `${conv}/ripresa`],
      [top, 'DELETE', `${conv}/applicazioni/verifiche-esempio`],
      [top, 'PUT', `${conv}/applicazioni/verifiche-esempio`],
      [top, 'POST', `/utenti/${demoUserId('operatore.esempio')}/disabilitazione`, motivo],
      [top, 'POST', `/utenti/${demoUserId('operatore.esempio')}/abilitazione`],
      [admin, 'POST', '/applicazioni/tributi-roma/disabilitazione', motivo],
      [admin, 'POST', '/applicazioni/tributi-roma/abilitazione'],
    ];
    for (const [token, method, path, body] of twice) {
      const first = await app.call(token, method, path, body);
      const { events } = await app.world.store.stats();
      const second = await app.call(token, method, path, body);
      expect({ path, ...second }).toEqual({ path, ...first });
      expect({ path, events: (await app.world.store.stats()).events }).toEqual({ path, events });
    }
  });

  it('carries an administrative act from draft to revocation, each step with its version', async () => {
    const { TOP: top } = tokens;
    const drafted = await app.call(top, 'POST', '/convenzioni', { ente: 'pl_f052', condizioni });
    expect(drafted).toMatchObject({ status: 200, etag: '"1"', body: { stato: 'in-preparazione', comune: 'H501', condizioni } });
    const path = `/convenzioni/${String(drafted.body['id'])}`;
    expect((await app.call(top, 'POST', `${path}/approvazione`, { ricertificareEntro: '2098-01-01' }, { 'if-match': '"7"' })).body['type']).toBe('urn:geres:problema:versione-superata');
    const approved = await app.call(top, 'POST', `${path}/approvazione`, { ricertificareEntro: '2098-01-01' }, { 'if-match': '"1"' });
    expect(approved).toMatchObject({ etag: '"2"', body: { stato: 'approvata', ricertificareEntro: '2098-01-01' } });
    expect((await app.call(top, 'PUT', `${path}/applicazioni/tributi-roma`)).body['type']).toBe('urn:geres:problema:applicazione-di-altro-ente');
    expect((await app.call(top, 'PUT', `${path}/applicazioni/pattuglia-matera`)).body['applicazioni']).toEqual(['pattuglia-matera']);
    const profilo = { convenzione: drafted.body['id'], nome: 'Prova', servizi: [{ servizio: 'generalita', modalita: ['consultazione'] }] };
    expect((await app.call(top, 'POST', '/profili', profilo)).body['type']).toBe('urn:geres:problema:profilo-oltre-convenzione');
    const defined = await app.call(top, 'POST', '/profili', { ...profilo, servizi: condizioni.servizi.map(({ servizio, modalita }) => ({ servizio, modalita })) });
    expect(defined.body).toMatchObject({ stato: 'definito', ente: 'pl_f052' });
    expect((await app.call(top, 'POST', `${path}/sospensione`, motivo)).body['stato']).toBe('sospesa');
    expect((await app.call(top, 'POST', `${path}/ripresa`)).body['stato']).toBe('approvata');
    expect((await app.call(top, 'POST', `${path}/revoca`, motivo)).body['stato']).toBe('terminata');
    expect((await app.call(top, 'POST', `${path}/proroga`, { al: '2099-12-31' })).body['type']).toBe('urn:geres:problema:convenzione-terminata');
  });

  it('enrols an operator, gives and takes a profile and a role, and closes a session', async () => {
    const { ADMIN: admin } = tokens;
    const enrolled = await app.call(admin, 'POST', '/utenti', { ...utente, login: 'Nuovo.Operatore', codiceFiscale: 'RSSMRA80A01H501U', passwordIniziale: 'provvisoria-1' });
    expect(enrolled).toMatchObject({ status: 200, body: { login: 'nuovo.operatore', ruoli: [utente.ruolo], abilitato: true } });
    const twice = await app.call(admin, 'POST', '/utenti', { ...utente, login: 'nuovo.operatore' });
    expect(twice.body['type']).toBe('urn:geres:problema:nome-utente-in-uso');
    const samePerson = await app.call(admin, 'POST', '/utenti', { ...utente, login: 'altro.operatore', codiceFiscale: 'RSSMRA80A01H501U' });
    expect(samePerson.body['type']).toBe('urn:geres:problema:codice-fiscale-in-uso');
    const path = `/utenti/${String(enrolled.body['id'])}`;
    const { body } = await app.call(admin, 'GET', '/profili');
    const [profilo] = body['profili'] as { id: string }[];
    expect((await app.call(admin, 'PUT', `${path}/profili/${profilo!.id}`)).body['profili']).toHaveLength(1);
    const changed = await app.call(admin, 'PUT', path, { login: 'operatore.nuovo', nome: 'Prova', cognome: 'Nuova' });
    expect(changed.body).toMatchObject({ login: 'operatore.nuovo' });
    expect((await app.call(admin, 'POST', '/utenti', { ...utente, login: 'nuovo.operatore' })).status).toBe(200);
    expect((await app.call(admin, 'POST', `${path}/ruoli/rimozione`, utente.ruolo)).body).toMatchObject({ ruoli: [], profili: [] });
    expect((await app.call(admin, 'GET', path)).status).toBe(404);
  });

  it('closes the session of a user that one administers, and its token is worth nothing within a second', async () => {
    const token = await app.tokenOf('admin.roma', ROLES.ADMIN[1]);
    const sid = (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
    expect((await app.call(token, 'GET', '/profili')).status).toBe(200);
    const { body } = await app.call(tokens.TOP, 'GET', `/utenti/${demoUserId('admin.roma')}/sessioni`);
    expect((body['sessioni'] as { id: string }[]).map(({ id }) => id)).toContain(sid);
    expect((await app.call(tokens.TOP, 'POST', `/sessioni/${sid}/chiusura`, motivo)).body).toMatchObject({ stato: 'chiusa' });
    await expect.poll(async () => (await app.call(token, 'GET', '/profili')).body['type'], { timeout: 1000 }).toBe('urn:geres:problema:sessione-chiusa');
  });

  it('takes public keys as PEM and JWK, refuses weak and private ones', async () => {
    const { ADMIN: admin } = tokens;
    const keys = '/applicazioni/tributi-roma/chiavi';
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const added = await app.call(admin, 'POST', keys, { chiave: publicKey.export({ type: 'spki', format: 'pem' }) as string, kid: 'nuova' });
    expect((added.body['chiavi'] as { kid: string; alg: string }[]).find(({ kid }) => kid === 'nuova')).toMatchObject({ kty: 'EC', alg: 'ES256' });
    const refusals = [
      ['chiave-non-leggibile', privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
      ['chiave-non-leggibile', JSON.stringify(privateKey.export({ format: 'jwk' }))],
      ['chiave-non-leggibile', 'nessuna chiave'],
      ['chiave-debole', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }) as string],
      ['chiave-debole', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'pem' }) as string],
      ['chiave-debole', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string],
    ] as const;
    for (const [code, chiave] of refusals) expect((await app.call(admin, 'POST', keys, { chiave })).body['type']).toBe(`urn:geres:problema:${code}`);
    expect((await app.call(admin, 'DELETE', `${keys}/nuova`)).status).toBe(200);
  });

  it('answers an address of the provider that does not exist with a problem', async () => {
    const response = await fetch(`${app.url}/oidc/test/nulla`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/problem\+json/);
    expect(((await response.json()) as { type: string }).type).toBe('urn:geres:problema:non-trovato');
  });
});
