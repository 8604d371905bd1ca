import type { DomainEvent } from '@geres/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { conventionOf, OPEN, profileOf } from '../testing/identity.js';
import { serve, type Reply, type Served } from '../testing/served.js';
import { ids } from '../testing/world.js';

let served: Served;
afterEach(() => served.close());

const PATH = '/api/v1/abilitazioni';
const event = (type: string, data: object): DomainEvent => ({ type, v: 1, data });
const convention = { convention: conventionOf(ids.comune), comune: ids.comune, ente: ids.ente };
const connection = { comune: ids.comune, channel: 'ws' };
const listOf = ({ body }: Reply) => body['abilitazioni'] as readonly { readonly comune: { readonly codiceCatastale: string }; readonly connessione: string; readonly servizi: readonly { readonly servizio: string }[]; readonly motivi: readonly { readonly codice: string }[] }[];
const comuniOf = (reply: Reply): readonly string[] => listOf(reply).map(({ comune }) => comune.codiceCatastale);

describe('what an operator may ask with an application', () => {
  it('is told for each Comune, with services, sections, motivi, hours, limits and connection', async () => {
    served = await serve();
    const reply = await served.get(PATH);
    expect(reply.status).toBe(200);
    expect(listOf(reply)).toEqual([
      {
        comune: { codiceCatastale: 'H501', codiceIstat: '058091', nome: 'Comune H501' },
        profilo: 'Tributi',
        servizi: [
          { servizio: 'generalita', modalita: ['consultazione'], canale: 'ws', sezioni: ['2', '27', '28'] },
          { servizio: 'residenza', modalita: ['consultazione'], canale: 'ws', sezioni: ['2', '10', '27', '28'] },
        ],
        motivi: [
          { codice: 'TRIB-01', descrizione: 'Accertamento', praticaObbligatoria: true },
          { codice: 'TRIB-02', descrizione: 'Informazioni', praticaObbligatoria: false },
        ],
        orario: { giorni: OPEN.hours.days, dalle: '00:00', alle: '24:00', festivi: true },
        limiti: { perUtenteAlMinuto: 100_000, perUtenteAlGiorno: 100_000, perConvenzioneAlGiorno: 100_000 },
        territorio: 'nazionale',
        connessione: 'attiva',
      },
    ]);
  });

  it('is told for every Comune that has granted it', async () => {
    served = await serve({ comuni: [ids.comune, 'F205', 'A944'] });
    await served.happens(event('identity.user.profile-removed', { user: ids.user, profile: profileOf('F205'), comune: 'F205', ente: ids.ente }));
    expect(comuniOf(await served.get(PATH))).toEqual([ids.comune, 'A944']);
    expect(comuniOf(await served.get(PATH, { other: true }))).toEqual([ids.comune, 'F205', 'A944']);
  });

  it('has only the services and motivi that the profile too allows', async () => {
    served = await serve();
    await served.happens(event('identity.profile.changed', { profile: profileOf(ids.comune), ...convention, terms: { name: 'Solo generalità', services: [{ service: 'generalita', modes: ['consultazione', 'verifica'] }], purposes: ['TRIB-02'] } }));
    const [one] = listOf(await served.get(PATH));
    expect([one!.servizi.map(({ servizio }) => servizio), one!.motivi.map(({ codice }) => codice)]).toEqual([['generalita'], ['TRIB-02']]);
  });

  it.each<[string, DomainEvent]>([
    ['was suspended', event('identity.convention.suspended', { ...convention, reason: 'verifica' })],
    ['no longer admits the application', event('identity.convention.application-removed', { ...convention, application: ids.application })],
    ['is over', event('identity.convention.amended', { ...convention, terms: { ...OPEN, to: '2020-01-31' } })],
  ])('is nothing where the convention %s', async (_, happened) => {
    served = await serve();
    await served.happens(happened);
    expect(listOf(await served.get(PATH))).toEqual([]);
  });

  it('says where a connection is not active', async () => {
    served = await serve();
    await served.happens(event('anpr.connection.suspended', { ...connection, reason: 'guasto' }));
    expect(listOf(await served.get(PATH))[0]!.connessione).toBe('non-attiva');
  });

  it.each<[string, number, string, DomainEvent]>([
    ['is closed', 401, 'sessione-chiusa', event('identity.session.closed', { session: ids.session, reason: 'uscita' })],
    ['is of a user who was disabled', 403, 'utente-non-abilitato', event('identity.user.disabled', { user: ids.user, reason: 'cessato', by: 'TOP' })],
    ['is of an application that was disabled', 403, 'applicazione-non-abilitata', event('identity.application.disabled', { application: ids.application, reason: 'dismessa' })],
  ])('is told to nobody whose session %s', async (_, status, code, happened) => {
    served = await serve();
    await served.happens(happened);
    expect(await served.get(PATH)).toMatchObject({ status, code });
  });

  it('is told to nobody while rights cannot be shown to be fresh', async () => {
    served = await serve();
    served.house.stall();
    expect(await served.get(PATH)).toMatchObject({ status: 503, code: 'diritti-non-verificabili' });
  });
});
