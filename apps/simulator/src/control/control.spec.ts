import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { startSimulator, type Simulator } from '../server.js';
import { byCode, connectionRequest, enveloped, newId, post, request3002, send } from '../testing/requests.js';

const RESIDENT = CASES[0]?.codiceFiscale ?? '';
let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ port: 0, people: 50, seed: 42, operations: 20 });
});
afterEach(() => simulator.close());

const ask = (id = newId(), criteri = byCode(RESIDENT)) => send(simulator.url, request3002({ id, criteri }));

async function control(method: string, path: string, body?: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${simulator.url}/controllo/${path}`, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

interface Registered {
  readonly numero: number;
  readonly idOperazioneComune: string;
  readonly esito: string;
  readonly volte: number;
  readonly replay: boolean;
  readonly domandeDiverse: boolean;
}
const registered = async (query = ''): Promise<readonly Registered[]> => (await control('GET', `registro${query}`)).json['operazioni'] as readonly Registered[];

describe('the state of the simulator', () => {
  it('says how many people there are and from which seed', async () => {
    expect((await control('GET', 'salute')).json).toEqual({ stato: 'attivo', persone: CASES.length + 50, seme: 42 });
  });

  it('lists the named cases, and ordinary people when asked', async () => {
    const cases = (await control('GET', 'persone')).json as unknown as Record<string, unknown>[];
    expect(cases).toHaveLength(44);
    expect(cases[0]).toEqual({
      codiceFiscale: RESIDENT, idANPR: CASES[0]?.idANPR, cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15',
      luogoNascita: { codiceIstat: '058091', codiceCatastale: 'H501', nome: 'ROMA' }, comune: { codiceIstat: '058091', codiceCatastale: 'H501', nome: 'ROMA' }, caso: 'residente',
    });
    expect((await control('GET', 'persone?limite=10')).json).toHaveLength(54);
  });

  it('shows one page for people, without script', async () => {
    const page = await fetch(simulator.url);
    const html = await page.text();
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toContain('Simulatore, dati sintetici');
    expect(html).toContain(RESIDENT);
    expect(html).not.toContain('<script');
    for (const knob of ['dpop', 'attesaErogatoreMs', 'marcaAire', 'MTOM: con-allegato', 'ANPR05 (9.2.7)']) expect(html).toContain(knob);
  });

  it('says in Italian what it does not have', async () => {
    const response = await fetch(`${simulator.url}/altrove?x=1`);
    expect([response.status, await response.json()]).toEqual([404, { errore: 'Il simulatore non ha GET /altrove' }]);
  });
});

describe('settings', () => {
  it.each([
    ['ritardo', {}],
    ['ritardo', { minMs: 1 }],
    ['ritardo', { minMs: 5, maxMs: 1 }],
    ['ritardo', { minMs: -1, maxMs: 1 }],
    ['ritardo', { minMs: 0.5, maxMs: 1 }],
    ['ritardo', { minMs: '1', maxMs: 2 }],
    ['ritardo', { minMs: 1, maxMs: 2, medio: 1 }],
    ['ritardo', [1, 2]],
    ['guasti', { percentuale: 101, tipo: 'fault' }],
    ['guasti', { percentuale: 10, tipo: 'incendio' }],
    ['guasti', { percentuale: 10 }],
    ['guasti', { percentuale: 10, tipo: 'fault', sempre: true }],
  ])('refuse %s %j and stay as they were', async (path, body) => {
    const before = (await control('GET', path)).json;
    const { status, json } = await control('PUT', path, body);
    expect(status).toBe(400);
    expect(json['errore']).toMatch(/minMs|percentuale|tipo|campo sconosciuto/);
    expect((await control('GET', path)).json).toEqual(before);
  });

  it.each(['persone?limite=-1', 'persone?limite=999999', 'persone?limit=1', 'registro?da=x', 'registro?limite=100000'])('refuse the question %s', async (path) => {
    expect((await control('GET', path)).status).toBe(400);
  });

  it('refuse a body that is not JSON', async () => {
    const response = await fetch(`${simulator.url}/controllo/ritardo`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{' });
    expect(response.status).toBe(400);
  });

  it('delay answers, and the operation runs meanwhile', async () => {
    await control('PUT', 'ritardo', { minMs: 150, maxMs: 200 });
    const id = newId();
    const started = performance.now();
    const slow = ask(id);
    await expect.poll(async () => (await registered())[0]?.esito).toBe('in-corso');
    const impatient = ask(id);
    expect((await slow).codes).toEqual([]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(145);
    expect((await impatient).codes).toEqual(['EN148']);
    await control('DELETE', 'ritardo');
    expect((await ask(id)).first('cognome')).toBe('SINTETICI');
    expect(await registered()).toMatchObject([{ esito: 'OK', volte: 3, replay: true }]);
  });

  it('drop the connection after the operation was done, so that a retry finds its answer', async () => {
    await control('PUT', 'guasti', { percentuale: 100, tipo: 'interrompi' });
    const id = newId();
    await expect(ask(id)).rejects.toThrow();
    await control('DELETE', 'guasti');
    expect((await ask(id)).first('cognome')).toBe('SINTETICI');
    expect(await registered()).toMatchObject([{ idOperazioneComune: id, esito: 'OK', volte: 2, replay: true, domandeDiverse: false }]);
  });

  it.each([['fault', 'text/xml; charset=utf-8'], ['500', 'text/html; charset=utf-8']])('fail with %s before anything is done', async (tipo, type) => {
    await control('PUT', 'guasti', { percentuale: 100, tipo });
    const id = newId();
    const failed = await ask(id);
    expect([failed.status, failed.type]).toEqual([500, type]);
    await control('DELETE', 'guasti');
    expect((await ask(id)).first('cognome')).toBe('SINTETICI');
    expect(await registered()).toMatchObject([{ esito: 'OK', volte: 2, replay: false }]);
  });

  it('leave a request without answer for ever', async () => {
    await control('PUT', 'guasti', { percentuale: 100, tipo: 'nessuna-risposta' });
    const impatient = new AbortController();
    const waiting = post(simulator.url, enveloped(request3002({ criteri: byCode(RESIDENT) })), '3000', impatient.signal);
    await expect.poll(async () => (await registered())[0]?.esito).toBe('nessuna-risposta');
    impatient.abort();
    await expect(waiting).rejects.toThrow();
  });

  it('disturb the share of the requests that was asked, the same ones for the same seed', async () => {
    await control('PUT', 'guasti', { percentuale: 30, tipo: 'fault' });
    const run = async (url: string): Promise<number[]> => {
      const statuses: number[] = [];
      for (let i = 0; i < 60; i += 1) statuses.push((await send(url, request3002({ criteri: byCode(RESIDENT) }))).status);
      return statuses;
    };
    const first = await run(simulator.url);
    expect(first.filter((status) => status === 500).length).toBeGreaterThan(5);
    expect(first.filter((status) => status === 500).length).toBeLessThan(35);
    const twin = await startSimulator({ port: 0, people: 1, seed: 42 });
    await fetch(`${twin.url}/controllo/guasti`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ percentuale: 30, tipo: 'fault' }) });
    expect(await run(twin.url)).toEqual(first);
    await twin.close();
  });
});

describe('the register', () => {
  it('counts and lists what was received, in order, without a word of what was asked', async () => {
    await ask('PRIMA');
    await ask('SECONDA', byCode('SNTPRV85C55H501A'));
    await send(simulator.url, connectionRequest({ id: 'TERZA' }), 'TestConn');
    await send(simulator.url, request3002({ id: 'QUARTA', tipoInvio: 'PROD' }));
    await ask('PRIMA');
    await post(simulator.url, 'ciao');
    const { json } = await control('GET', 'registro');
    expect(json).toMatchObject({
      ricevute: 5,
      repliche: 1,
      dimenticate: 0,
      esiti: { OK: 3, 'KO:EN122': 1, 'KO:999': 1, illeggibile: 1 },
      operazioni: [
        { numero: 1, idOperazioneComune: 'PRIMA', codMittente: '058091', operazione: '3002', volte: 2, esito: 'OK', replay: true, domandeDiverse: false },
        { numero: 2, idOperazioneComune: 'SECONDA', esito: 'KO:EN122', volte: 1, replay: false },
        { numero: 3, idOperazioneComune: 'TERZA', operazione: 'OP01', esito: 'OK' },
        { numero: 4, idOperazioneComune: 'QUARTA', esito: 'KO:999' },
      ],
      prossimo: 4,
    });
    expect(JSON.stringify(json)).not.toContain('SNTPRV');
    expect((json['operazioni'] as { ricevutaAlle: string }[])[0]?.ricevutaAlle).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('says when one id was used for two questions', async () => {
    await ask('STESSA');
    await ask('STESSA', byCode(CASES[1]?.codiceFiscale ?? ''));
    expect(await registered()).toMatchObject([{ idOperazioneComune: 'STESSA', domandeDiverse: true }]);
  });

  it('is read on from a cursor', async () => {
    for (const id of ['A1', 'A2', 'A3']) await ask(id);
    expect((await registered('?limite=2')).map(({ idOperazioneComune }) => idOperazioneComune)).toEqual(['A1', 'A2']);
    expect((await registered('?da=2')).map(({ idOperazioneComune }) => idOperazioneComune)).toEqual(['A3']);
    expect((await control('GET', 'registro?da=3')).json).toMatchObject({ operazioni: [], prossimo: 3 });
  });

  it('remembers no more than its limit and says how many it forgot', async () => {
    for (let i = 0; i < 50; i += 1) await ask(`B${String(i)}`);
    const { json } = await control('GET', 'registro');
    const kept = json['operazioni'] as readonly Registered[];
    expect(kept.length).toBeLessThanOrEqual(20);
    expect(json['dimenticate']).toBe(50 - kept.length);
    expect(kept.at(-1)?.idOperazioneComune).toBe('B49');
    expect(json['ricevute']).toBe(50);
    expect((await registered(`?da=${String(kept[3]?.numero)}`))[0]?.idOperazioneComune).toBe(kept[4]?.idOperazioneComune);
  });

  it('is emptied, with the memory of ids, and its cursors stay good', async () => {
    await ask('VECCHIA');
    await control('DELETE', 'registro');
    expect((await control('GET', 'registro')).json).toMatchObject({ ricevute: 0, esiti: {}, operazioni: [] });
    expect((await ask('VECCHIA', byCode(CASES[1]?.codiceFiscale ?? ''))).first('cognome')).toBe('ESEMPIANI');
    expect(await registered('?da=1')).toMatchObject([{ idOperazioneComune: 'VECCHIA', volte: 1 }]);
  });

  it('does not remember what is not an id', async () => {
    await send(simulator.url, request3002({ id: 'X'.repeat(10_000), criteri: byCode(RESIDENT) }));
    expect(await registered()).toEqual([]);
  });
});
