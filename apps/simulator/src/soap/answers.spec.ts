import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { startSimulator, type Simulator } from '../server.js';
import { control } from '../testing/pdnd.js';
import { byCode, newId, request3002, request7001, send, type Answer } from '../testing/requests.js';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ port: 0, people: 5 });
});
afterEach(() => simulator.close());

const about = (caso: string, id = newId(), sezioni: readonly number[] = [1]): Promise<Answer> => send(simulator.url, request3002({ id, sezioni, criteri: byCode(CASES.find((card) => card.caso === caso)?.codiceFiscale ?? '') }));
const put = async (knobs: unknown): Promise<number> => (await control(simulator.url, 'PUT', 'risposte', knobs)).status;
const CONTRACT = 'convivenza di fatto con contratto (MTOM)';

/** The parts of a `multipart/related` answer, as a reader that knows only RFC 2387 sees them. */
function parts({ type, text }: Answer): readonly { readonly headers: string; readonly content: string }[] {
  const boundary = /boundary="([^"]+)"/.exec(type)?.[1] ?? '';
  const [, ...rest] = `\r\n${text}`.split(`\r\n--${boundary}`);
  expect(rest.pop()).toBe('--\r\n');
  return rest.map((one) => {
    const at = one.indexOf('\r\n\r\n');
    return { headers: one.slice(2, at), content: one.slice(at + 4) };
  });
}

describe('an answer that carries a document', () => {
  it('comes as MTOM: the envelope first, the document beside it', async () => {
    const answer = await about(CONTRACT);
    expect(answer.type).toMatch(/^multipart\/related; type="application\/xop\+xml"; start="<busta@anpr.simulatore>"; /);
    const [root, contract, ...others] = parts(answer);
    expect(others).toEqual([]);
    expect(root?.headers).toContain('Content-ID: <busta@anpr.simulatore>');
    expect(root?.content).toMatch(/^<\?xml .*<documento><xop:Include xmlns:xop="http:\/\/www.w3.org\/2004\/08\/xop\/include" href="cid:allegato-1@anpr.simulatore"\/><\/documento>.*<\/env:Envelope>$/s);
    expect(contract?.headers).toContain('Content-ID: <allegato-1@anpr.simulatore>');
    expect(Buffer.from(contract?.content ?? '', 'base64').toString()).toMatch(/^%PDF-1\.4\n/);
  });

  it('comes in one piece where MTOM is switched off, and the same id gets the same document in either form', async () => {
    const id = newId();
    const document = parts(await about(CONTRACT, id))[1]?.content ?? '';
    expect(await put({ mtom: 'mai' })).toBe(200);
    const plain = await about(CONTRACT, id);
    expect([plain.type, plain.first('documento')]).toEqual(['text/xml; charset=utf-8', document.replaceAll('\r\n', '')]);
  });

  it('is asked for with everything and not with sections', async () => {
    expect((await about(CONTRACT, newId(), [2, 10])).type).toBe('text/xml; charset=utf-8');
  });
});

it('every answer comes as MTOM where that is switched on, refusals apart', async () => {
  await put({ mtom: 'sempre' });
  expect(parts(await about('residente'))).toHaveLength(1);
  const table = parts(await send(simulator.url, request7001('7001', '<idTabella>025</idTabella>'), '7001'));
  expect(Buffer.from(table[1]?.content ?? '', 'base64').toString()).toContain('<tabella id="025">');
  expect((await about('mascherato (EN493)')).codes).toEqual(['EN493']);
});

describe('answers that no table and no schema foresee', () => {
  it('are a refusal with an empty list of errors', async () => {
    const answer = await about('rifiuto con un elenco di errori vuoto');
    expect(answer.text).toContain('<listaErrori/></ns:rispostaKO>');
    expect(answer.all('codiceErroreAnomalia')).toEqual([]);
  });

  it('are a code that is in no table, beside the reference for support', async () => {
    expect((await about('rifiuto con un codice che nessuna tabella ha (ZZ999)')).all('codiceErroreAnomalia')).toEqual(['EN527', 'ZZ999']);
  });

  it('are optional elements of the future: for one person, or for all where that is switched on', async () => {
    expect((await about('risposta con elementi facoltativi sconosciuti')).text).toMatch(/<nuovoDato>1<\/nuovoDato><\/generalita>.*<nuovaSezione><valore>S<\/valore><\/nuovaSezione><\/datiSoggetto>/);
    expect((await about('residente')).text).not.toContain('nuov');
    await put({ elementoIgnoto: true });
    expect((await about('residente')).text).toContain('<nuovaSezione>');
  });

  it.each([{ mtom: 'spesso' }, { elementoIgnoto: 'S' }, { altro: true }])('are not switched by %j', async (knobs) => {
    expect(await put(knobs)).toBe(400);
  });
});
