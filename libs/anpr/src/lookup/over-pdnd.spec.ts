import { afterEach, describe, expect, it } from 'vitest';
import { pdndChannel, type PdndChannel } from '../channel/pdnd.channel.js';
import { knownIdAnprs } from '../channel/pdnd/id-anprs.js';
import { Ledgers } from '../channel/pdnd/ledgers.js';
import { openHouse, type House, type HouseOptions, type Post } from '../testing/house.js';
import { profileOf } from '../testing/identity.js';
import { alive, CODICE_FISCALE, ID_ANPR, info, ok, residenza, soggetto } from '../testing/pdnd-answers.js';
import { pdndServer, signer, type PdndServer, type ServedCall } from '../testing/pdnd-server.js';
import { pdndSettings } from '../testing/pdnd-settings.js';
import { ids } from '../testing/world.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

const C030 = { body: ok([{ identificativi: { idANPR: ID_ANPR } }]) };
const C020 = { body: ok([soggetto({ residenza: [residenza()] })]) };

interface World {
  readonly house: House;
  readonly pdnd: PdndServer;
  /** A connector of its own, over the channel as the product has it. */
  post(): Promise<Post>;
}

async function world(options: HouseOptions = {}): Promise<World> {
  const pdnd = await pdndServer(new Date());
  pdnd.answer = ({ casoUso }) => (casoUso === 'C030' ? C030 : C020);
  const house = await openHouse({ channel: 'pdnd', ...options, settings: { ...pdndSettings({ origin: pdnd.origin, kid: signer.kid }), ...options.settings } });
  Object.defineProperty(pdnd, 'now', { get: () => house.clock() });
  opened.push(pdnd, house);
  const { clock, collections, keys, rights } = house;
  const channel = (): PdndChannel => {
    const made = pdndChannel({
      clock,
      comuni: () => rights.state.comuni,
      signerOf: (_, kid) => Promise.resolve(kid === signer.kid ? signer : undefined),
      ledgers: new Ledgers(collections.collection({ name: 'pdnd-ledgers' })),
      idAnprs: knownIdAnprs({
        collection: collections.collection({ name: 'known-idanpr' }),
        keys: keys.connector,
        clock,
        onFailure: (error) => {
          throw error;
        },
      }),
    });
    opened.push(made);
    return made;
  };
  return { house, pdnd, post: () => house.post({ channels: { ws: () => Promise.reject(new Error('not over ws')), pdnd: channel() } }) };
}

const about = { request: { soggetto: { codiceFiscale: CODICE_FISCALE } } } as const;
const callsOf = ({ calls }: PdndServer): readonly (readonly [string, string])[] => calls.map(({ casoUso, body }) => [casoUso, body.idOperazioneClient]);

describe('a lookup over PDND by codice fiscale', () => {
  it('resolves the idANPR, records its further call, and asks for the residence', async () => {
    const { house, pdnd, post } = await world();
    const here = await post();
    const command = house.ask(about);
    let recordedBefore: readonly string[] = [];
    pdnd.answer = async ({ casoUso }: ServedCall) => {
      if (casoUso === 'C030') return C030;
      recordedBefore = await house.chain(command);
      return C020;
    };
    await here.send(command);
    expect(await here.outcome(command.id)).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato', soggetti: [{ codiceFiscale: CODICE_FISCALE, residenza: [{}] }] } });
    expect(recordedBefore).toEqual(['requested', 'asked']);
    expect(await house.chain(command)).toEqual(['requested', 'asked', 'answered']);
    const [requested, asked] = (await house.register(command.id)).slice(1).map(({ data }) => (data as { operationId: string }).operationId);
    expect(callsOf(pdnd)).toEqual([['C030', requested], ['C020', asked]]);
    expect(pdnd.calls.map(({ body }) => body.criteriRicerca)).toEqual([{ codiceFiscale: CODICE_FISCALE }, { idANPR: ID_ANPR }]);
    expect(pdnd.faults).toEqual([]);
  });

  it('is not asked under another operation id than the recorded one, when its request was recorded after all and its command comes again', async () => {
    const { house, pdnd, post } = await world();
    const here = await post();
    const command = house.ask(about);
    here.gate.spoil('anpr.lookup.requested', 'late');
    await expect(here.connector.take(command)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await here.gate.letThrough();
    house.advance(1000);
    await here.send(command);
    await here.outcome(command.id);
    expect(callsOf(pdnd)).toEqual([]);
    expect(await house.chain(command)).toEqual(['requested', 'interrupted']);
  });

  it('tells ANPR the operator and the application by opaque ids', async () => {
    const { house, pdnd, post } = await world();
    const here = await post();
    const [command] = await here.send(house.ask(about));
    await here.outcome(command.id);
    expect(new Set(pdnd.calls.map(({ user }) => user))).toEqual(new Set([ids.user.slice(-20)]));
    expect(pdnd.calls.map(({ evidence }) => (JSON.parse(Buffer.from(evidence.split('.')[1]!, 'base64url').toString()) as { readonly userLocation: string }).userLocation)).toEqual([ids.application, ids.application]);
    expect(pdnd.calls.map(({ evidence }) => Buffer.from(evidence.split('.')[1]!, 'base64url').toString()).join()).not.toContain(CODICE_FISCALE);
  });

  it.each<[what: string, between: (house: House) => unknown, problem: string]>([
    ['the session of the operator', (house) => house.happens({ type: 'identity.session.closed', v: 1, data: { session: ids.session, reason: 'uscita' } }), 'sessione-chiusa'],
    ['the operator', (house) => house.happens({ type: 'identity.user.disabled', v: 1, data: { user: ids.user, reason: 'prova' } }), 'utente-non-abilitato'],
  ])('makes no second call when %s is stopped during the first', async (_, between, problem) => {
    const { house, pdnd, post } = await world();
    const here = await post();
    pdnd.answer = async ({ casoUso }) => {
      if (casoUso === 'C030') await between(house);
      return casoUso === 'C030' ? C030 : C020;
    };
    const [command] = await here.send(house.ask(about));
    expect(await here.code(command.id)).toBe(problem);
    expect(pdnd.calls.map(({ casoUso }) => casoUso)).toEqual(['C030']);
    expect(await house.chain(command)).toEqual(['requested', 'failed']);
  });

  it('knows the idANPR next time, in another process too, and nothing of it is in clear', async () => {
    const { house, pdnd, post } = await world();
    for (const here of [await post(), await post()]) {
      const [command] = await here.send(house.ask(about));
      expect(await here.code(command.id)).toBe('answered');
    }
    expect(pdnd.calls.map(({ casoUso }) => casoUso)).toEqual(['C030', 'C020', 'C020']);
    const kept = await Promise.all(['known-idanpr', 'pdnd-ledgers'].map((name) => house.collections.collection({ name }).find({})));
    expect(kept.map(({ rows }) => rows.length)).toEqual([1, 2]);
    expect(JSON.stringify([kept, await house.register(house.ask().id)])).not.toMatch(new RegExp(`${CODICE_FISCALE}|${ID_ANPR}|SINTETICI`));
  });

  it('never exceeds the quota of its client, whoever asks', async () => {
    const { house, pdnd, post } = await world();
    const limited = pdndSettings({ origin: pdnd.origin, kid: signer.kid, profile: { dailyQuota: 3 } });
    await house.happens({ type: 'anpr.connection.configured', v: 1, data: { comune: ids.comune, channel: 'pdnd', settings: limited } });
    const codes: string[] = [];
    for (const here of [await post(), await post()]) {
      const commands = await here.send(...Array.from({ length: 3 }, () => house.ask(about)));
      codes.push(...(await Promise.all(commands.map(({ id }) => here.code(id)))));
    }
    expect(codes.filter((code) => code === 'answered')).toHaveLength(3);
    expect(codes.filter((code) => code === 'quota-superata')).toHaveLength(3);
    expect(pdnd.calls.filter(({ casoUso }) => casoUso === 'C020')).toHaveLength(3);
  });
});

describe('a verification over PDND', () => {
  it('sends what was declared, and answers with a yes or a no', async () => {
    const { house, pdnd, post } = await world({ terms: { services: [{ service: 'residenza', modes: ['verifica'], channel: 'pdnd' }] } });
    await house.happens({ type: 'identity.profile.changed', v: 1, data: { profile: profileOf(ids.comune), convention: house.grants.state.profiles.get(profileOf(ids.comune))!.convention, comune: ids.comune, ente: ids.ente, terms: { name: 'Tributi', services: [{ service: 'residenza', modes: ['verifica'] }] } } });
    const here = await post();
    pdnd.answer = ({ casoUso }) => (casoUso === 'C030' ? C030 : { body: ok([{ ...alive('S'), infoSoggettoEnte: [info('1009', 'Verifica dichiarazione residenza', 'S')] }]) });
    const declared = { comune: { nome: 'ROMA', provincia: 'RM', codiceIstat: '058091' }, toponimo: { specie: 'VIA', denominazione: 'DELLE PROVE' }, numeroCivico: { numero: '7' } };
    const [command] = await here.send(house.ask({ request: { modalita: 'verifica', soggetto: { codiceFiscale: CODICE_FISCALE }, dichiarati: { residenza: declared } } }));
    expect(await here.outcome(command.id)).toMatchObject({ kind: 'answered', risposta: { esito: 'confermato', soggetti: [] } });
    expect(pdnd.calls.at(-1)!.body['verifica']).toMatchObject({ residenza: { indirizzo: { toponimo: { specie: 'VIA', denominazioneToponimo: 'DELLE PROVE' } } } });
  });
});
