import { Risposta } from '@geres/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { CODE_WARNING, CODICE_FISCALE, ELSEWHERE, errore, frontEnd, ID_ANPR, info, ko, ok, residenza, soggetto } from '../testing/pdnd-answers.js';
import { audienceOf, purposeOf, signer, type PdndServer } from '../testing/pdnd-server.js';
import { FIRST, FOUND, LOOKUP, NOW, pdndWorld, type Changes, type Setting, type World } from '../testing/pdnd-world.js';
import type { Signer } from './pdnd/signer.js';

const opened: World[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
async function world(setting: Setting = {}): Promise<World> {
  const made = await pdndWorld(setting);
  opened.push(made);
  return made;
}

const asked = (pdnd: PdndServer) => pdnd.calls.map(({ casoUso, body }) => [casoUso, body.idOperazioneClient]);
const byCode = { request: { soggetto: { codiceFiscale: CODICE_FISCALE } } };

describe('a question over pdnd', () => {
  it('passes the checks of PDND and of ANPR, and comes back as the one answer', async () => {
    const { pdnd, ask } = await world();
    const outcome = await ask();
    expect(pdnd.faults).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'answered', sections: ['2', '10', '28'], persons: 1, anprOperationId: '900000000001', found: [{ kind: 'cf', value: CODICE_FISCALE }, { kind: 'id', value: ID_ANPR }] });
    const { fonte } = Risposta.parse((outcome as { risposta: unknown }).risposta);
    expect(fonte).toEqual({ ambiente: 'test', canale: 'pdnd', idOperazione: FIRST, idOperazioneANPR: '900000000001', dataOra: NOW.toISOString() });
    expect(pdnd.calls[0]!.user).toBe('R000SYNTHETIC0000042');
    expect(pdnd.calls[0]!.headers).not.toHaveProperty('content-encoding');
    expect(pdnd.calls[0]!.headers['accept']).toBe('application/json');
  });

  it.each([
    ['generalita', 'consultazione', 'C015'],
    ['residenza', 'consultazione', 'C020'],
    ['stato-famiglia', 'consultazione', 'C021'],
    ['cittadinanza', 'consultazione', 'C018'],
    ['esistenza-in-vita', 'consultazione', 'C019'],
    ['esistenza-in-vita', 'verifica', 'C007'],
    ['residenza', 'verifica', 'C008'],
  ] as const)('about %s (%s) is asked of %s', async (servizio, modalita, casoUso) => {
    const { pdnd, ask } = await world();
    await ask({ request: { servizio, modalita }, declared: { residenza: { comune: { nome: 'ROMA', provincia: 'RM' }, toponimo: { specie: 'VIA', denominazione: 'DELLE PROVE' } } } });
    expect(asked(pdnd)).toEqual([[casoUso, FIRST]]);
  });

  it('about an idANPR is asked of C030 alone', async () => {
    const { pdnd, ask } = await world();
    expect(await ask({ request: { servizio: 'id-anpr', soggetto: { codiceFiscale: CODICE_FISCALE } } })).toMatchObject({ risposta: { esito: 'trovato', soggetti: [{ idANPR: ID_ANPR }] } });
    expect(asked(pdnd)).toEqual([['C030', FIRST]]);
  });

  it('goes with a DPoP proof of our key where the profile wants one', async () => {
    const { pdnd, ask } = await world({ profile: { dpop: true } });
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(pdnd.calls[0]!.headers['authorization']).toMatch(/^DPoP /);
  });

  it.each([
    ['nobody who asks', { caller: undefined }, 'evidenza-senza-utente'],
    ['an operation id that is no number', { operationId: LOOKUP }, 'operazione-non-decimale'],
    ['a service that no e-service gives', { request: { servizio: 'stato-civile' } }, 'servizio-non-offerto'],
    ['a day to come', { referenceDay: '2026-11-24' }, 'non-inviabile dataRiferimento'],
    ['no declared residence to verify', { request: { modalita: 'verifica' } }, 'non-inviabile dichiarati.residenza'],
    ['no time left', { askBy: NOW }, 'prima-di-partire'],
    ['rights that have changed', { forbids: () => 'convenzione-non-attiva' }, 'non-più-ammessa'],
  ] as const)('does not leave with %s', async (_, changes, detail) => {
    const { pdnd, ask } = await world();
    expect(await ask(changes as unknown as Changes)).toMatchObject({ kind: 'failed', detail });
    expect(pdnd.calls).toEqual([]);
  });

  it('does not leave without its key, or its profile', async () => {
    expect(await (await world({ ports: { signerOf: () => Promise.resolve(undefined) } })).ask()).toMatchObject({ detail: 'chiave-assente-C020' });
    expect(await (await world({ settings: { profiles: {} } })).ask()).toMatchObject({ problem: 'connessione-non-attiva', detail: 'profilo-assente-C020' });
  });
});

describe('a question by codice fiscale', () => {
  it('becomes one by idANPR first, each further call durable before it starts', async () => {
    const { pdnd, ask, recorded } = await world();
    let durableWhenAsked: readonly string[] = [];
    pdnd.answer = ({ casoUso }) => {
      if (casoUso === 'C020') durableWhenAsked = [...recorded];
      return { body: casoUso === 'C030' ? ok([{ identificativi: { idANPR: ID_ANPR } }]) : FOUND };
    };
    expect(await ask(byCode)).toMatchObject({ risposta: { esito: 'trovato', fonte: { idOperazione: '1795428000000001' } } });
    expect(asked(pdnd)).toEqual([['C030', FIRST], ['C020', '1795428000000001']]);
    expect(pdnd.calls.map(({ body }) => body.criteriRicerca)).toEqual([{ codiceFiscale: CODICE_FISCALE }, { idANPR: ID_ANPR }]);
    expect(durableWhenAsked).toEqual(['1795428000000001']);
  });

  it('stops where its further call is not durable', async () => {
    const { pdnd, ask } = await world();
    expect(await ask({ ...byCode, further: async () => 'quota-superata' })).toMatchObject({ kind: 'failed', problem: 'quota-superata', detail: 'ulteriore-chiamata' });
    expect(await ask({ ...byCode, further: undefined } as unknown as Changes)).toMatchObject({ kind: 'failed', detail: 'ulteriore-chiamata-non-registrabile' });
    expect(pdnd.calls.map(({ casoUso }) => casoUso)).toEqual(['C030', 'C030']);
  });

  it('needs no C030 once the idANPR is known', async () => {
    const known = new Map<string, string>();
    const idAnprs = { find: async (_: string, code: string) => known.get(code), keep: async (_: string, code: string, id: string) => void known.set(code, id) };
    const { pdnd, ask } = await world({ ports: { idAnprs } });
    await ask(byCode);
    await ask({ ...byCode, operationId: '1795428000000010' });
    expect(asked(pdnd)).toEqual([['C030', FIRST], ['C020', '1795428000000001'], ['C020', '1795428000000010']]);
  });

  it('is resolved once more where the idANPR that was known is nobody’s any more', async () => {
    const known = new Map([[CODICE_FISCALE, 'ZZ99999ZZ']]);
    const idAnprs = { find: async (_: string, code: string) => known.get(code), keep: async (_: string, code: string, id: string) => void known.set(code, id) };
    const { pdnd, ask } = await world({ ports: { idAnprs } });
    const nobody = { status: 404, body: ko(errore('EN122', 'Soggetto non registrato in ANPR')) };
    pdnd.answer = ({ casoUso, body }) => (casoUso === 'C030' ? { body: ok([{ identificativi: { idANPR: ID_ANPR } }]) } : body.criteriRicerca['idANPR'] === ID_ANPR ? { body: FOUND } : nobody);
    expect(await ask(byCode)).toMatchObject({ risposta: { esito: 'trovato' } });
    expect(pdnd.calls.map(({ casoUso }) => casoUso)).toEqual(['C020', 'C030', 'C020']);
    expect(known.get(CODICE_FISCALE)).toBe(ID_ANPR);
  });

  it('is asked no further where the idANPR is the one that was known', async () => {
    const { pdnd, ask } = await world({ ports: { idAnprs: { find: async () => ID_ANPR, keep: async () => undefined } } });
    pdnd.answer = ({ casoUso }) => (casoUso === 'C030' ? { body: ok([{ identificativi: { idANPR: ID_ANPR } }]) } : { status: 404, body: ko(errore('EN122', 'Soggetto non registrato in ANPR')) });
    expect(await ask(byCode)).toMatchObject({ risposta: { esito: 'non-trovato' } });
    expect(pdnd.calls.map(({ casoUso }) => casoUso)).toEqual(['C020', 'C030']);
  });

  it('of nobody ends at C030', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ status: 404, body: ko(CODE_WARNING, errore('EN122', 'Soggetto non registrato in ANPR')) });
    expect(await ask(byCode)).toMatchObject({ risposta: { esito: 'non-trovato' } });
    expect(pdnd.calls).toHaveLength(1);
  });

  it('goes as it is where the Comune says so', async () => {
    const { pdnd, ask } = await world({ settings: { searchBy: 'codiceFiscale' } });
    await ask(byCode);
    expect(pdnd.calls.map(({ body }) => body.criteriRicerca)).toEqual([{ codiceFiscale: CODICE_FISCALE }]);
  });
});

describe('where only residents may be looked at', () => {
  const residents = { territory: 'residenti', request: { servizio: 'generalita', soggetto: { idANPR: ID_ANPR } } } as const;

  it('is asked first where the person lives, of an e-service that says so', async () => {
    const { pdnd, ask } = await world();
    expect(await ask(residents)).toMatchObject({ risposta: { esito: 'trovato' } });
    expect(asked(pdnd)).toEqual([['C020', FIRST], ['C015', '1795428000000001']]);
  });

  it('who lives elsewhere is not asked about further, and is not found', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ body: ok([soggetto({ residenza: [residenza(ELSEWHERE)] })]) });
    expect(await ask(residents)).toMatchObject({ risposta: { esito: 'non-trovato', soggetti: [] }, found: [] });
    expect(pdnd.calls).toHaveLength(1);
  });
});

describe('a voucher', () => {
  it('and its evidence serve one user for nine minutes', async () => {
    const { pdnd, ask, at } = await world();
    await ask();
    at(new Date(NOW.getTime() + 539_000));
    await ask();
    expect(pdnd.assertions).toHaveLength(1);
    at(new Date(NOW.getTime() + 540_000));
    await ask();
    expect(pdnd.assertions).toHaveLength(2);
    expect(new Set(pdnd.calls.map(({ evidence }) => evidence)).size).toBe(2);
    expect(pdnd.faults).toEqual([]);
  });

  it.each([
    ['an hour', 3600, 540],
    ['five minutes', 300, 240],
  ])('that lives %s is got again after the time of its evidence, or in its own last minute', async (_, life, dropped) => {
    const { pdnd, ask, at } = await world();
    pdnd.claims = { exp: Math.floor(NOW.getTime() / 1000) + life };
    await ask();
    at(new Date(NOW.getTime() + dropped * 1000 - 1500));
    await ask();
    expect(pdnd.assertions).toHaveLength(1);
    pdnd.claims = {};
    at(new Date(NOW.getTime() + dropped * 1000));
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(pdnd.assertions).toHaveLength(2);
  });

  it('is got once for questions that come together', async () => {
    const { pdnd, ask } = await world();
    await Promise.all([1, 2, 3, 4].map((n) => ask({ operationId: `17954280000000${n}0` })));
    expect([pdnd.assertions.length, pdnd.calls.length]).toEqual([1, 4]);
  });

  it('is never shared by two users, two places or two e-services', async () => {
    const { pdnd, ask } = await world();
    await ask();
    await ask({ caller: { user: '01JUSER000SYNTHETIC0000043', location: 'sportello-07' } });
    await ask({ caller: { user: '01JUSER000SYNTHETIC0000042', location: 'sportello-08' } });
    await ask({ request: { servizio: 'generalita' } });
    expect(pdnd.assertions).toHaveLength(4);
    expect(pdnd.calls.map(({ user }) => user)).toEqual(['R000SYNTHETIC0000042', 'R000SYNTHETIC0000043', 'R000SYNTHETIC0000042', 'R000SYNTHETIC0000042']);
  });

  it.each([
    ['voucher-emittente', { iss: 'interop.pagopa.it' }],
    ['voucher-audience', { aud: audienceOf('C015') }],
    ['voucher-client', { client_id: 'another' }],
    ['voucher-finalita', { purposeId: purposeOf('C015') }],
    ['voucher-digest', { digest: { alg: 'SHA256', value: '0'.repeat(64) } }],
    ['voucher-senza-digest', { digest: null }],
    ['voucher-in-scadenza', { exp: Math.floor(NOW.getTime() / 1000) + 30 }],
  ])('that is wrong (%s) is not used, and the next question gets another', async (detail, claims) => {
    const { pdnd, ask } = await world();
    pdnd.claims = claims;
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'connessione-non-attiva', detail });
    expect(pdnd.calls).toEqual([]);
    pdnd.claims = {};
    expect(await ask()).toMatchObject({ kind: 'answered' });
  });

  it('that PDND has not signed is not used', async () => {
    const { pdnd, ask } = await world();
    pdnd.forged = true;
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'voucher-firma' });
    expect(pdnd.calls).toEqual([]);
  });

  const masked = (status: number, code: string) => ({ status, body: { type: 'about:blank', status, title: 'x', errors: [{ code, detail: 'x' }] } });
  it.each([
    [masked(400, '015-0008'), 'connessione-non-attiva', 'pdnd 400 015-0008'],
    [masked(400, '007-9999'), 'connessione-non-attiva', 'pdnd 400 007-9999'],
    [masked(429, '007-10004'), 'anpr-non-disponibile', 'pdnd 429 007-10004'],
    [masked(500, '015-0000'), 'anpr-non-disponibile', 'pdnd 500 015-0000'],
    [{ status: 502, body: '<html>' }, 'anpr-non-disponibile', 'pdnd 502'],
    [{ status: 200, body: '[]' }, 'anpr-non-disponibile', 'pdnd senza voucher'],
  ] as const)('that PDND does not give (%j) is said with what PDND said', async (reply, problem, detail) => {
    const { pdnd, ask } = await world();
    pdnd.token = () => reply;
    expect(await ask()).toEqual({ kind: 'failed', problem, detail, ...(reply.status === 429 ? { throttled: {} } : {}) });
  });

  it('is asked for again when the connection breaks, with another assertion', async () => {
    const { pdnd, ask } = await world();
    pdnd.token = (attempt) => (attempt === 1 ? 'cut' : undefined);
    expect(await ask()).toMatchObject({ kind: 'answered' });
  });

  it('that ANPR does not take is got again once, with an evidence of its own', async () => {
    const { pdnd, ask } = await world();
    await ask();
    const taken = pdnd.calls[0]!;
    pdnd.revoked.add(taken.headers['authorization']!.replace('Bearer ', ''));
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(pdnd.assertions).toHaveLength(2);
    expect(pdnd.calls[1]!.evidence).not.toBe(taken.evidence);
  });
});

describe('a call', () => {
  it('that the transport lost goes again once, the same operation and body under a signature of its own', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = (_, attempt) => (attempt === 1 ? 'cut' : { body: FOUND });
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(pdnd.calls[1]!.raw).toBe(pdnd.calls[0]!.raw);
    expect(pdnd.calls[1]!.jti).not.toBe(pdnd.calls[0]!.jti);
    pdnd.answer = () => 'cut';
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'UND_ERR_SOCKET' });
    expect(pdnd.calls).toHaveLength(4);
  });

  it('does not go again when the rights have changed', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => 'cut';
    expect(await ask({ forbids: () => (pdnd.calls.length === 0 ? undefined : 'sessione-chiusa') })).toMatchObject({ kind: 'failed' });
    expect(pdnd.calls).toHaveLength(1);
  });

  it('that ANPR refuses for its tokens goes again once, and no more', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ status: 400, body: frontEnd(400, 'InteroperabilityInvalidRequest'), headers: { 'govway-transaction-id': 'trace-1' } });
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: '400-InteroperabilityInvalidRequest', anprOperationId: 'trace-1' });
    expect([pdnd.calls.length, pdnd.assertions.length]).toEqual([2, 2]);
  });

  it.each([
    [403, frontEnd(403, 'AuthorizationTokenDeny'), 'anpr-ha-rifiutato'],
    [429, frontEnd(429, 'TooManyRequests'), 'anpr-non-disponibile'],
    [500, '<html>GovWay-OP20000-9999</html>', 'anpr-non-disponibile'],
    [504, frontEnd(504, 'EndpointReadTimeout'), 'anpr-tempo-scaduto'],
    [200, '<html>', 'anpr-non-disponibile'],
  ] as const)('that ends with %i is not made again on its own', async (status, body, problem) => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ status, body });
    expect(await ask()).toMatchObject({ kind: 'failed', problem });
    expect(pdnd.calls).toHaveLength(1);
  });

  it('that has no answer in time is given up', async () => {
    const { pdnd, ask } = await world({ settings: { timeoutMs: 1000 } });
    pdnd.answer = () => 'nothing';
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-tempo-scaduto' });
  });

  it('is cut when the process stops', async () => {
    const { pdnd, ask } = await world();
    const stop = new AbortController();
    pdnd.answer = () => (stop.abort(), 'nothing');
    expect(await ask({ signal: stop.signal })).toMatchObject({ kind: 'failed', problem: 'richiesta-interrotta' });
  });

  it('answered about somebody else is not disclosed', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ body: ok([soggetto({ identificativi: { idANPR: 'ZZ00009ZZ' } })]) });
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'risposta-non-coerente', detail: 'persona-diversa' });
  });

  it('that verifies says yes or no, and shows nobody', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ body: ok([soggetto({ infoSoggettoEnte: [info('1003', 'Verifica esistenza in vita', 'N')] })]) });
    expect(await ask({ request: { servizio: 'esistenza-in-vita', modalita: 'verifica' } })).toMatchObject({ risposta: { esito: 'non-confermato', soggetti: [] }, sections: [], persons: 0 });
  });
});

describe('a key', () => {
  it('that does not sign stops the question here, and is asked again by the next', async () => {
    let broken = true;
    const faulty: Signer = { ...signer, sign: (...given) => (broken ? Promise.reject(new Error('CKR_DEVICE_REMOVED')) : signer.sign(...given)) };
    const { pdnd, ask } = await world({ ports: { signerOf: () => Promise.resolve(faulty) } });
    expect(await ask()).toEqual({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'firma-non-riuscita' });
    broken = false;
    expect(await ask()).toMatchObject({ kind: 'answered' });
    broken = true;
    expect(await ask()).toEqual({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'firma-non-riuscita' });
    expect(pdnd.calls).toHaveLength(1);
  });
});

describe('an e-service of the old regime', () => {
  it('has one call in flight, and gets ids in order or not at all', async () => {
    const { pdnd, ask } = await world({ profile: { regime: 'vecchio' } });
    let flying = 0;
    let most = 0;
    pdnd.answer = async () => {
      most = Math.max(most, (flying += 1));
      await new Promise(setImmediate);
      flying -= 1;
      return { body: FOUND };
    };
    const ids = ['1795428000000010', '1795428000000030', '1795428000000020', '1795428000000040'];
    const outcomes = await Promise.all(ids.map((operationId) => ask({ operationId })));
    expect(outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.detail : outcome.risposta.esito))).toEqual(['trovato', 'trovato', 'operazione-superata', 'trovato']);
    expect(most).toBe(1);
  });
});
