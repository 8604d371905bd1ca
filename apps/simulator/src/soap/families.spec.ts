import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { startSimulator, type Simulator } from '../server.js';
import { byCode, NATIONAL, request3002, send, type Answer, type RequestParts } from '../testing/requests.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, people: 20, now: () => Date.parse('2026-01-20T12:00:00+01:00') });
});
afterAll(() => simulator.close());

const idOf = (caso: string): number => CASES.find((card) => card.caso === caso)?.famiglia.id ?? 0;
const FAMILY = idOf('famiglia numerosa');
const REST_HOME = idOf('convivenza di settecento persone: la responsabile');
const CONVENT = idOf('convivenza di tre persone: il responsabile');
const by = (kind: string, id: number | string): string => `<tipoScheda>${kind}</tipoScheda><identificativoANPR>${String(id)}</identificativoANPR>`;
const own = (kind: string, istat: string, id: string): string => `<tipoScheda>${kind}</tipoScheda><idFamigliaConvivenzaComune><idFamigliaConvivenzaComuneIstat>${istat}</idFamigliaConvivenzaComuneIstat><idFamigliaConvivenza>${id}</idFamigliaConvivenza></idFamigliaConvivenzaComune>`;
const ask = (parts: RequestParts): Promise<Answer> => send(simulator.url, request3002({ scheda: '2', sezioni: [], ...parts }));
const common = (answer: Answer): string => /<datiFamigliaConvivenza>.*<\/datiFamigliaConvivenza>/.exec(answer.text)?.[0] ?? '';

describe('a search by family', () => {
  it.each([['the number of ANPR', by('1', FAMILY)], ['the number of its Comune', own('1', '058091', `F${String(FAMILY)}`)]])('by %s gives every member, complete, and what they have in common', async (_what, criteri) => {
    const answer = await ask({ criteri });
    expect(answer.all('codiceLegame')).toEqual(['1', '2', ...Array.from({ length: 10 }, () => '3')]);
    expect(answer.names.slice(0, 3)).toEqual(['identificativi', 'generalita', 'statoCivile']);
    expect(common(answer)).toContain('<denominazioneToponimo>DELLE PROVE TECNICHE</denominazioneToponimo>');
    expect(common(answer)).toContain(`<idFamigliaConvivenzaANPR>${String(FAMILY)}</idFamigliaConvivenzaANPR>`);
    expect(common(answer)).toContain('<tipoScheda>3</tipoScheda>');
  });

  it('of Italians abroad is of kind 5', async () => {
    const answer = await ask({ criteri: by('1', idOf('famiglia AIRE')) });
    expect([answer.all('codFiscale').length, new Set(answer.all('tipoLegame')), common(answer).includes('<tipoScheda>5</tipoScheda>')]).toEqual([2, new Set(['5']), true]);
  });

  it.each(['deceduto', 'cancellato per irreperibilità'])('does not find the family of who is no more in the registry: %s', async (caso) => {
    expect((await ask({ criteri: by('1', idOf(caso)) })).codes).toEqual(['EF002']);
  });

  it('keeps to the Comune where it is limited', async () => {
    const ambito = '<ricercaNazionale>0</ricercaNazionale>';
    expect((await ask({ criteri: by('1', FAMILY), ambito })).codes).toEqual([]);
    expect((await ask({ criteri: by('1', FAMILY), ambito, codMittente: '037006' })).codes).toEqual(['EN122']);
  });

  it.each([
    ['a kind that is missing', { criteri: `<identificativoANPR>${String(FAMILY)}</identificativoANPR>` }, 'EN124'],
    ['a kind that does not exist', { criteri: by('3', FAMILY) }, 'EHR11'],
    ['no number', { criteri: '<tipoScheda>1</tipoScheda>' }, 'EN132'],
    ['section codes', { criteri: by('1', FAMILY), sezioni: [2] }, 'EN050'],
    ['the card of one person', { criteri: by('1', FAMILY), scheda: '1' }, 'EN053'],
    ['the card of the other kind', { criteri: by('2', CONVENT), scheda: '2' }, 'EN053'],
    ['a person besides', { criteri: byCode(CASES[0]?.codiceFiscale ?? '', by('1', FAMILY)) }, 'EN053'],
    ['a number of nobody', { criteri: by('1', 12) }, 'EF002'],
    ['what is no number', { criteri: by('1', 'ZY00001A1') }, 'EF002'],
    ['a number of another Comune', { criteri: own('1', '037006', `F${String(FAMILY)}`) }, 'EF001'],
    ['a convivenza as a family', { criteri: by('1', CONVENT) }, 'EF002'],
    ['a family as a convivenza', { criteri: by('2', FAMILY), scheda: '3' }, 'EF002'],
    ['a family whose registration is open', { criteri: by('1', idOf('famiglia in corso di registrazione (EN214)')) }, 'EN214'],
  ])('with %s is refused', async (_what, parts: RequestParts, code) => {
    const answer = await ask(parts);
    expect(answer.codes).toEqual([code]);
    expect(answer.text).not.toContain('datiSoggetto');
  });
});

describe('a search by convivenza', () => {
  it('gives its people in the synthetic form, with what it is called', async () => {
    const answer = await ask({ criteri: by('2', CONVENT), scheda: '3', ambito: NATIONAL });
    expect(answer.names).toEqual(['generalita', 'residenza', 'legameSoggetto', 'famigliaConvivenza']);
    expect([answer.all('tipoLegame').slice(0, 3), answer.all('codiceLegame'), answer.first('specieConvivenza')]).toEqual([['4', '4', '4'], ['1', '2', '2'], '1']);
    expect(common(answer)).toContain('<denominazioneConvivenza>CONVENTO DEI CAMPIONI</denominazioneConvivenza>');
    expect(common(answer)).toContain('<tipoScheda>4</tipoScheda>');
  });

  it('of seven hundred people gives all of them', async () => {
    const answer = await ask({ criteri: by('2', REST_HOME), scheda: '3' });
    expect(new Set(answer.all('codFiscale')).size).toBe(700);
    expect(answer.all('progressivoComponente').at(-1)).toBe('700');
  });
});
