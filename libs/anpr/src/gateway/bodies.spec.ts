import { romeDay } from '@geres/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERSON } from '../testing/fake-channel.js';
import { BODY, LOOKUPS, serve, type Reply, type Served } from '../testing/served.js';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const GENERALITA = { cognome: 'Sintetica', nome: 'Persona', sesso: 'F', dataNascita: '1980-01-01', luogoNascita: { comune: { nome: 'Roma', provincia: 'RM' } } };
const tomorrow = romeDay(new Date(Date.now() + 86_400_000));
const fieldsOf = ({ body }: Reply): readonly string[] => (body['errori'] as readonly { campo: string }[]).map(({ campo }) => campo);
/** A codice fiscale with the wrong check character. */
const WRONG = `${PERSON.codiceFiscale.slice(0, 15)}${PERSON.codiceFiscale.endsWith('A') ? 'B' : 'A'}`;

/** Nothing is sent to ANPR and nothing is recorded. */
const untouched = (): void => {
  expect(served.channel.departed).toEqual([]);
  expect((served.house.store as unknown as { events: readonly { stream: string }[] }).events.filter(({ stream }) => stream.startsWith('register-'))).toEqual([]);
};

describe('a body that is wrong', () => {
  it.each<[string, readonly string[], object]>([
    ['no servizio', ['servizio'], { servizio: undefined }],
    ['a servizio that is not known', ['servizio'], { servizio: 'patrimonio' }],
    ['a modalita that is not known', ['modalita'], { modalita: 'lettura' }],
    ['no soggetto', ['soggetto'], { soggetto: undefined }],
    ['a wrong check character', ['soggetto.codiceFiscale'], { soggetto: { codiceFiscale: WRONG } }],
    ['a codice fiscale that is too short', ['soggetto.codiceFiscale'], { soggetto: { codiceFiscale: PERSON.codiceFiscale.slice(1) } }],
    ['a codice fiscale of the thirty-second', ['soggetto.codiceFiscale'], { soggetto: { codiceFiscale: 'SNTPRS80A32H501X' } }],
    ['a codice fiscale that is a number', ['soggetto.codiceFiscale'], { soggetto: { codiceFiscale: 12345678901 } }],
    ['an idANPR that is too long', ['soggetto.idANPR'], { soggetto: { idANPR: 'ZZ00001X6X' } }],
    ['two ways to name the person', ['soggetto.idANPR'], { soggetto: { codiceFiscale: PERSON.codiceFiscale, idANPR: 'ZZ00001X6' } }],
    ['no date of birth', ['soggetto.dataNascita'], { soggetto: { ...GENERALITA, dataNascita: undefined } }],
    ['a date of birth that does not exist', ['soggetto.dataNascita'], { soggetto: { ...GENERALITA, dataNascita: '1981-02-29' } }],
    ['a date of birth that is still to come', ['soggetto.dataNascita'], { soggetto: { ...GENERALITA, dataNascita: tomorrow } }],
    ['a province that is none', ['soggetto.luogoNascita.comune.provincia'], { soggetto: { ...GENERALITA, luogoNascita: { comune: { nome: 'Roma', provincia: 'Roma' } } } }],
    ['a sesso that the law does not know', ['soggetto.sesso'], { soggetto: { ...GENERALITA, sesso: 'X' } }],
    ['a name in an alphabet that ANPR does not have', ['soggetto.cognome'], { soggetto: { ...GENERALITA, cognome: 'Иванов' } }],
    ['a surname and the word that there is none', ['soggetto.cognome'], { soggetto: { ...GENERALITA, senzaCognome: true } }],
    ['nothing declared where something is to be verified', ['dichiarati.residenza'], { modalita: 'verifica' }],
    ['something declared where data are asked for', ['dichiarati'], { dichiarati: {} }],
    ['a declared street in an alphabet that ANPR does not have', ['dichiarati.residenza.toponimo.denominazione'], { modalita: 'verifica', dichiarati: { residenza: { comune: { nome: 'Roma', provincia: 'RM' }, toponimo: { specie: 'Via', denominazione: 'Жукова' } } } }],
    ['a pratica on two lines', ['pratica'], { pratica: 'a\nb' }],
    ['no motivo', ['motivo'], { motivo: '' }],
    ['a pratica that is too long', ['pratica'], { pratica: 'x'.repeat(61) }],
    ['a dataRiferimento that does not exist', ['dataRiferimento'], { dataRiferimento: '2026-13-01' }],
    ['a dataRiferimento with an hour', ['dataRiferimento'], { dataRiferimento: '2026-01-01T00:00:00Z' }],
    ['a dataRiferimento that is still to come', ['dataRiferimento'], { dataRiferimento: tomorrow }],
    ['a field that is not known', ['note'], { note: 'x' }],
    ['two faults', ['servizio', 'motivo'], { servizio: 'x', motivo: '' }],
  ])('with %s is a problem that names %j, without its value', async (_, fields, changed) => {
    const reply = await served.ask(changed);
    expect(reply).toMatchObject({ status: 400, code: 'richiesta-non-valida' });
    expect([...fieldsOf(reply)].sort()).toEqual([...fields].sort());
    expect(JSON.stringify(reply.body)).not.toMatch(/SNTPRS|Sintetica|patrimonio/);
    untouched();
  });

  it.each<[string, string, number, string]>([
    ['is no JSON', '{', 400, 'richiesta-non-valida'],
    ['is a list', '[]', 400, 'richiesta-non-valida'],
    ['is empty', '', 400, 'richiesta-non-valida'],
    ['is larger than any lookup', `"${'x'.repeat(100_000)}"`, 413, 'corpo-troppo-grande'],
  ])('that %s is a problem', async (_, body, status, code) => {
    expect(await served.post(LOOKUPS, body)).toMatchObject({ status, code });
    untouched();
  });

  it('of another type is a problem', async () => {
    expect(await served.post(LOOKUPS, 'servizio=residenza', { headers: { 'content-type': 'application/x-www-form-urlencoded' } })).toMatchObject({ status: 415, code: 'tipo-non-ammesso' });
    untouched();
  });
});

describe('what goes with a body', () => {
  it.each(['due parole', 'è', 'x'.repeat(129), ' '])('is refused where the Idempotency-Key is “%s”', async (key) => {
    const reply = await served.ask({}, { headers: { 'idempotency-key': encodeURI(key) === key ? key : Buffer.from(key, 'utf8').toString('latin1') } });
    expect(reply).toMatchObject({ status: 400, code: 'richiesta-non-valida' });
    expect(fieldsOf(reply)).toEqual(['Idempotency-Key']);
    untouched();
  });

  it.each([
    ['an address that names no Comune', '/api/v1/comuni/ROMA/richieste', 'comune'],
    ['a Comune of five digits', '/api/v1/comuni/58091/richieste', 'comune'],
  ])('is refused for %s', async (_, path, field) => {
    const reply = await served.post(path, BODY);
    expect(reply).toMatchObject({ status: 400, code: 'richiesta-non-valida' });
    expect(fieldsOf(reply)).toEqual([field]);
  });

  it('is refused where the id to pick up is none', async () => {
    const reply = await served.get(`${LOOKUPS}/pippo`);
    expect(reply).toMatchObject({ status: 400, code: 'richiesta-non-valida' });
    expect(fieldsOf(reply)).toEqual(['id']);
  });

  it.each<[string, Parameters<Served['ask']>[1]]>([
    ['no token', { headers: { authorization: '' } }],
    ['a token of another service', { claims: { aud: 'urn:geres:amministrazione' } }],
    ['a token of the other environment', { claims: { ambiente: 'produzione' } }],
    ['no token but a word', { headers: { authorization: 'Bearer pippo' } }],
  ])('is refused with %s', async (_, call) => {
    expect(await served.ask({}, call)).toMatchObject({ status: 401, code: 'non-autenticato' });
    untouched();
  });
});

describe('a body that is right', () => {
  it.each<[string, object, object]>([
    ['a codice fiscale with omocodia', { codiceFiscale: 'SNTPRS80A41H50MM' }, { codiceFiscale: 'SNTPRS80A41H50MM' }],
    ['a codice fiscale in small letters with spaces around', { codiceFiscale: ` ${PERSON.codiceFiscale.toLowerCase()} ` }, { codiceFiscale: PERSON.codiceFiscale }],
    ['a provisional code of eleven digits', { codiceFiscale: '12345678903' }, { codiceFiscale: '12345678903' }],
    ['an idANPR', { idANPR: 'zz00001x6' }, { idANPR: 'ZZ00001X6' }],
    ['generalità of somebody born in Italy', GENERALITA, GENERALITA],
    ['generalità of somebody born abroad', { ...GENERALITA, luogoNascita: { estero: { codiceStato: '215', stato: 'Francia' } } }, { luogoNascita: { estero: { codiceStato: '215', stato: 'Francia' } } }],
  ])('asks by %s', async (_, soggetto, asked) => {
    const before = served.channel.departed.length;
    expect((await served.ask({ soggetto })).status).toBe(200);
    expect(served.channel.departed[before]!.question.request.soggetto).toMatchObject(asked);
  });
});
