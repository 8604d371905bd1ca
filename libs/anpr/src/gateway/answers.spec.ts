import type { DomainEvent } from '@geres/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { failing, PERSON } from '../testing/fake-channel.js';
import type { HouseOptions } from '../testing/house.js';
import { conventionOf, OPEN, profileOf } from '../testing/identity.js';
import { BODY, serve, type Call, type Served } from '../testing/served.js';
import { ids } from '../testing/world.js';

let served: Served;
afterEach(() => served.close());

const event = (type: string, data: object): DomainEvent => ({ type, v: 1, data });
const convention = { convention: conventionOf(ids.comune), comune: ids.comune, ente: ids.ente };
/** The events about one lookup that its register holds. */
const recorded = async (lookup: string) => (await served.house.register(lookup)).filter(({ data }) => (data as { lookup?: string }).lookup === lookup);

describe('a lookup over HTTP', () => {
  it('answers with the person, where the answer comes from, and what is left of the quota', async () => {
    served = await serve({ terms: { quotas: { ...OPEN.quotas, userPerMinute: 10 } } });
    const { status, headers, body } = await served.ask();
    expect(status).toBe(200);
    const { question } = served.channel.departed[0]!;
    expect(body).toEqual({
      id: question.lookup,
      esito: 'trovato',
      avvertenze: [],
      soggetti: [{ stato: 'attivo', codiceFiscale: PERSON.codiceFiscale, generalita: { cognome: PERSON.cognome, nome: PERSON.nome } }],
      fonte: { ambiente: 'test', canale: 'ws', idOperazione: question.lookup, idOperazioneANPR: '1', dataOra: '2026-11-23T09:00:00.000Z' },
    });
    expect([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')]).toEqual(['10', '9']);
    expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await recorded(question.lookup)).map(({ type }) => type)).toEqual(['anpr.lookup.requested', 'anpr.lookup.answered']);
  });

  it('asks ANPR what was asked, cut to what the service needs, in the name of the Comune', async () => {
    served = await serve();
    await served.ask({ servizio: 'generalita', dataRiferimento: '2026-01-31' });
    const { question } = served.channel.departed[0]!;
    expect(question).toMatchObject({ operationId: question.lookup, comune: { comune: ids.comune, istat: '058091' }, request: { modalita: 'consultazione' }, referenceDay: '2026-01-31', sections: ['2', '27', '28'], territory: 'nazionale', environment: 'test' });
  });

  it.each(['H501', 'h501', '058091'])('knows the Comune as %s', async (code) => {
    served = await serve();
    expect((await served.post(`/api/v1/comuni/${code}/richieste`, BODY)).status).toBe(200);
  });

  it('knows no other Comune', async () => {
    served = await serve();
    expect(await served.post('/api/v1/comuni/F205/richieste', BODY)).toMatchObject({ status: 404, code: 'comune-sconosciuto' });
  });

  it.each([
    ['anpr-non-disponibile', 503],
    ['anpr-tempo-scaduto', 504],
    ['anpr-ha-rifiutato', 502],
    ['risposta-non-coerente', 502],
  ] as const)('tells %s as a problem with status %i, and records it', async (problem, status) => {
    served = await serve();
    served.channel.answers(() => failing(problem));
    const reply = await served.ask();
    expect(reply).toMatchObject({ status, code: problem });
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    const [, failed] = await recorded(reply.body['richiesta'] as string);
    expect(failed).toMatchObject({ type: 'anpr.lookup.failed', data: { problem } });
  });
});

interface Refused {
  readonly code: string;
  readonly status: number;
  readonly when: string;
  readonly happens?: readonly DomainEvent[];
  readonly options?: HouseOptions;
  readonly asked?: object;
  readonly call?: Call;
}

describe('a lookup that is not admitted', () => {
  it.each<Refused>([
    { code: 'sessione-chiusa', status: 401, when: 'the session was closed', happens: [event('identity.session.closed', { session: ids.session, reason: 'uscita' })] },
    { code: 'sessione-chiusa', status: 401, when: 'nobody knows the session', call: { claims: { sid: '01JDSESS00000000000000000Z' } } },
    { code: 'utente-non-abilitato', status: 403, when: 'the user was disabled', happens: [event('identity.user.disabled', { user: ids.user, reason: 'cessato', by: 'TOP' })] },
    { code: 'utente-non-abilitato', status: 403, when: 'the profile was taken back', happens: [event('identity.user.profile-removed', { user: ids.user, profile: profileOf(ids.comune), comune: ids.comune, ente: ids.ente })] },
    { code: 'applicazione-non-abilitata', status: 403, when: 'the application was disabled', happens: [event('identity.application.disabled', { application: ids.application, reason: 'dismessa' })] },
    { code: 'applicazione-non-abilitata', status: 403, when: 'the convention no longer admits the application', happens: [event('identity.convention.application-removed', { ...convention, application: ids.application })] },
    { code: 'convenzione-non-attiva', status: 403, when: 'the convention was suspended', happens: [event('identity.convention.suspended', { ...convention, reason: 'verifica' })] },
    { code: 'convenzione-non-attiva', status: 403, when: 'the convention is over', options: { terms: { to: '2020-12-31' } } },
    { code: 'servizio-non-autorizzato', status: 403, when: 'the profile does not have the service', asked: { servizio: 'stato-famiglia' } },
    { code: 'servizio-non-autorizzato', status: 403, when: 'the profile does not have the mode', asked: { modalita: 'verifica', dichiarati: { residenza: { comune: { nome: 'Roma', provincia: 'RM' }, toponimo: { specie: 'Via', denominazione: 'Delle Prove' } } } } },
    { code: 'motivo-non-ammesso', status: 403, when: 'the convention does not have the motivo', asked: { motivo: 'ALTRO' } },
    { code: 'pratica-mancante', status: 403, when: 'the motivo wants a pratica', asked: { pratica: undefined } },
    { code: 'fuori-orario', status: 403, when: 'the offices are closed', options: { terms: { hours: { ...OPEN.hours, from: '00:00', to: '00:00' } } } },
    { code: 'rete-non-ammessa', status: 403, when: 'it comes from another network', options: { terms: { networks: ['10.0.0.0/8', '2001:db8::/32'] } } },
    { code: 'connessione-non-attiva', status: 503, when: 'the connection was suspended', happens: [event('anpr.connection.suspended', { comune: ids.comune, channel: 'ws', reason: 'guasto' })] },
  ])('is recorded and told as $code when $when', async ({ code, status, happens = [], options, asked = {}, call }) => {
    served = await serve(options);
    if (happens.length > 0) await served.happens(...happens);
    const reply = await served.ask(asked, call);
    expect(reply).toMatchObject({ status, code });
    expect(reply.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String), instance: expect.any(String), correlationId: reply.headers.get('x-correlation-id') });
    const [refused] = await recorded(reply.body['richiesta'] as string);
    expect(refused).toMatchObject({ type: 'anpr.lookup.refused', data: { reason: code, user: ids.user, application: ids.application, service: expect.any(String) }, meta: { correlationId: reply.body['correlationId'] } });
    expect(JSON.stringify(refused)).not.toContain(PERSON.codiceFiscale);
    expect(served.channel.departed).toEqual([]);
  });

  it('says when a quota begins anew, and that nothing is left of it', async () => {
    served = await serve({ terms: { quotas: { ...OPEN.quotas, userPerDay: 1 } } });
    expect((await served.ask()).headers.get('x-ratelimit-remaining')).toBe('0');
    const { status, code, headers } = await served.ask();
    expect([status, code]).toEqual([429, 'quota-superata']);
    expect([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')]).toEqual(['1', '0']);
    expect(headers.get('retry-after')).toBe(headers.get('x-ratelimit-reset'));
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('says when to come again where the Comune has too much to do', async () => {
    served = await serve({ settings: { maxInFlight: 1, maxQueued: 0 } });
    served.channel.hold();
    const first = served.ask();
    await served.channel.left(1);
    const second = await served.ask();
    expect([second.status, second.code, second.headers.get('retry-after')]).toEqual([503, 'comune-sovraccarico', '2']);
    served.channel.departed[0]!.answer();
    expect((await first).status).toBe(200);
  });

  it('is refused to everybody while rights cannot be shown to be fresh', async () => {
    served = await serve();
    served.house.stall();
    expect(await served.ask()).toMatchObject({ status: 503, code: 'diritti-non-verificabili' });
    expect(served.channel.departed).toEqual([]);
  });

  it('is not even sent for a token without a person', async () => {
    served = await serve();
    expect(await served.ask({}, { claims: { sid: undefined, sub: ids.application } })).toMatchObject({ status: 403, code: 'utente-non-abilitato' });
  });
});
