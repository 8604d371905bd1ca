import type { WsSettings } from '@geres/contracts';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { Risposta } from '@geres/contracts';
import { ComuneDirectory } from '@geres/platform/auth';
import { afterEach, describe, expect, it } from 'vitest';
import { at, text, treeOf } from '../protocol/soap/tree.js';
import { anprServer, says, type AnprServer, type Answering } from '../testing/anpr-server.js';
import { answer, card, CODICE_FISCALE, errore, fault, OWN, refusal, residence } from '../testing/soap-answers.js';
import type { ChannelOutcome, ChannelQuestion } from './channel.js';
import { romeDateTime } from './sender.js';
import { wsChannel, type WsChannel } from './ws.channel.js';

const LOOKUP = '01JGATEWAY0EXAMP0000000001';
const NOW = new Date('2026-01-20T09:15:30.120Z');
const comuni = new ComuneDirectory();
comuni.put({ comune: 'Z999', name: 'COMUNE DI ESEMPIO', province: 'ZZ', istatCodes: [{ code: OWN, from: '2000-01-01' }] });

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

interface World {
  readonly anpr: AnprServer;
  readonly channel: WsChannel;
  readonly ask: (changes?: Partial<ChannelQuestion<WsSettings>>, settings?: Partial<WsSettings>) => Promise<ChannelOutcome>;
  now: Date;
}

async function world(answering: Answering): Promise<World> {
  const anpr = await anprServer(answering);
  const channel = wsChannel({ clock: () => made.now, comuni: () => comuni });
  opened.push(channel, anpr);
  const made: World = {
    anpr,
    channel,
    now: NOW,
    ask: (changes = {}, settings = {}) =>
      channel({
        lookup: LOOKUP,
        operationId: LOOKUP,
        comune: { comune: 'Z999', name: 'COMUNE DI ESEMPIO', province: 'ZZ', istat: OWN },
        settings: { endpoint: anpr.url, senderCode: OWN, security: 'none', timeoutMs: 20_000, maxInFlight: 4, maxQueued: 4, ...settings },
        request: { servizio: 'residenza', modalita: 'consultazione', soggetto: { codiceFiscale: CODICE_FISCALE }, motivo: 'TRIB-01', pratica: 'P/1' },
        referenceDay: '2026-01-20',
        sections: ['2', '10', '27', '28'],
        territory: 'nazionale',
        environment: 'test',
        askBy: new Date(NOW.getTime() + 30_000),
        forbids: () => undefined,
        signal: new AbortController().signal,
        ...changes,
      }),
  };
  return made;
}

const FOUND = answer([card({ idANPR: 'ZZ00001X6', sezioni: residence() })]);
/** Cuts the connection for the first questions, then answers. */
const cutting =
  (times: number): Answering =>
  (reply, asked, attempt) =>
    attempt <= times ? void asked.socket.destroy() : says(FOUND)(reply, asked, attempt);

describe('a question over ws', () => {
  it('leaves as SOAP 1.1, with the operation id of the lookup and the hour of Rome', async () => {
    const { anpr, ask } = await world(says(FOUND));
    await ask();
    const [asked] = anpr.asked;
    expect(asked!.method).toBe('POST');
    expect(asked!.headers).toMatchObject({ 'content-type': 'text/xml; charset=UTF-8', soapaction: '""', 'accept-encoding': 'identity' });
    const request = at(treeOf(asked!.body), 'Body', 'Richiesta3002');
    const header = at(request, 'testataRichiesta');
    expect(['idOperazioneComune', 'codMittente', 'codDestinatario', 'dataOraRichiesta', 'tipoInvio'].map((name) => text(header, name))).toEqual([LOOKUP, OWN, 'ANPR05', '2026-01-20T10:15:30.120+01:00', 'TEST']);
    expect(text(at(request, 'criteriRicerca'), 'codiceFiscale')).toBe(CODICE_FISCALE);
    expect(text(at(request, 'datiRichiesta'), 'ricercaNazionale')).toBe('1');
  });

  it('says in which environment it is asked, and where it looks', async () => {
    const { anpr, ask } = await world(says(FOUND));
    await ask({ environment: 'produzione', territory: 'residenti' });
    const request = at(treeOf(anpr.asked[0]!.body), 'Body', 'Richiesta3002');
    expect(text(at(request, 'testataRichiesta'), 'tipoInvio')).toBe('PROD');
    expect([text(at(request, 'datiRichiesta'), 'ricercaNazionale'), text(at(request, 'datiRichiesta', 'comuneResidenza'), 'codiceIstat')]).toEqual(['0', OWN]);
  });

  it('carries nothing of the case or of the reason for asking', async () => {
    const { anpr, ask } = await world(says(FOUND));
    await ask();
    expect(anpr.asked[0]!.body).not.toMatch(/TRIB-01|P\/1/);
  });

  it('is answered in the one form, with what the archive keeps beside it', async () => {
    const { ask } = await world(says(FOUND));
    const outcome = await ask();
    if (outcome.kind !== 'answered') throw new Error(JSON.stringify(outcome));
    expect(Risposta.parse(outcome.risposta)).toMatchObject({
      id: LOOKUP,
      esito: 'trovato',
      soggetti: [{ codiceFiscale: CODICE_FISCALE, residenza: [{ comune: { codiceCatastale: 'Z999' } }] }],
      fonte: { ambiente: 'test', canale: 'ws', idOperazione: LOOKUP, idOperazioneANPR: '99000000001', dataOra: NOW.toISOString() },
    });
    expect(outcome).toMatchObject({
      sections: ['2', '10', '27', '28'],
      persons: 1,
      anprOperationId: '99000000001',
      found: [
        { kind: 'cf', value: CODICE_FISCALE },
        { kind: 'id', value: 'ZZ00001X6' },
      ],
    });
  });

  it('that finds nobody or several discloses no section', async () => {
    const { ask } = await world((reply, asked, attempt) => says(attempt === 1 ? refusal(errore('EN122')) : refusal(errore('EN131')))(reply, asked, attempt));
    expect(await ask()).toMatchObject({ kind: 'answered', risposta: { esito: 'non-trovato' }, sections: [], persons: 0, found: [] });
    expect(await ask()).toMatchObject({ kind: 'answered', risposta: { esito: 'ambiguo' }, sections: [], persons: 0, found: [] });
  });

  it('is answered with a binary beside it', async () => {
    const body = `\r\n--uuid:1\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-ID: <r@anpr>\r\n\r\n${FOUND}\r\n--uuid:1\r\nContent-Type: application/pdf\r\nContent-ID: <d@anpr>\r\n\r\n%PDF\u0000\r\n--uuid:1--\r\n`;
    const { ask } = await world(says(body, { type: 'multipart/related; type="application/xop+xml"; boundary="uuid:1"; start="<r@anpr>"; start-info="text/xml"' }));
    expect(await ask()).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato' } });
  });

  it('with a name that ANPR cannot carry does not leave', async () => {
    const { anpr, ask } = await world(says(FOUND));
    const soggetto = { cognome: 'Иванов', nome: 'PROVA', sesso: 'M' as const, dataNascita: '1985-03-15', luogoNascita: { estero: { codiceStato: '245', stato: 'FEDERAZIONE RUSSA' } } };
    const outcome = await ask({ request: { servizio: 'generalita', modalita: 'consultazione', soggetto, motivo: 'TRIB-01' } });
    expect(outcome).toEqual({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: 'non-inviabile cognome' });
    expect(anpr.asked).toHaveLength(0);
  });
});

describe('a transport that fails', () => {
  it('is tried once more, with the same bytes', async () => {
    const { anpr, ask } = await world(cutting(1));
    expect(await ask()).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato' } });
    expect(anpr.asked).toHaveLength(2);
    expect(anpr.asked[1]!.body).toBe(anpr.asked[0]!.body);
  });

  it('is tried once more when the answer was lost on its way', async () => {
    const half = Buffer.from(FOUND).subarray(0, 300);
    const { anpr, ask } = await world((reply, asked, attempt) => {
      if (attempt > 1) return says(FOUND)(reply, asked, attempt);
      reply.writeHead(200, { 'content-type': 'text/xml', 'content-length': String(Buffer.byteLength(FOUND)) }).write(half, () => asked.socket.destroy());
    });
    expect(await ask()).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato' } });
    expect(anpr.asked).toHaveLength(2);
  });

  it('twice is told', async () => {
    const { anpr, ask } = await world(cutting(9));
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'UND_ERR_SOCKET' });
    expect(anpr.asked).toHaveLength(2);
  });

  it('is not tried again when the rights no longer hold', async () => {
    const { anpr, ask } = await world(cutting(1));
    expect(await ask({ forbids: () => 'sessione-chiusa' })).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile' });
    expect(anpr.asked).toHaveLength(1);
  });

  it('is not tried again when the rights end during the pause before it', async () => {
    let checks = 0;
    const { anpr, ask } = await world(cutting(1));
    expect(await ask({ forbids: () => (++checks === 1 ? undefined : 'sessione-chiusa') })).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile' });
    expect([checks, anpr.asked.length]).toEqual([2, 1]);
  });

  it('is not tried again past the hour by which it had to be asked', async () => {
    const made = await world((_, asked) => {
      made.now = new Date(NOW.getTime() + 30_000);
      asked.socket.destroy();
    });
    expect(await made.ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile' });
    expect(made.anpr.asked).toHaveLength(1);
  });

  it('because nobody listens is told, and the same connection works once somebody does', async () => {
    const gone = await anprServer(says(FOUND));
    await gone.close();
    const { ask } = await world(says(FOUND));
    expect(await ask({}, { endpoint: gone.url })).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'ECONNREFUSED' });
    expect(await ask()).toMatchObject({ kind: 'answered' });
  });
});

describe('a question past its hour', () => {
  it('does not leave', async () => {
    const { anpr, ask } = await world(says(FOUND));
    expect(await ask({ askBy: NOW })).toEqual({ kind: 'failed', problem: 'scaduta' });
    expect(anpr.asked).toHaveLength(0);
  });
});

describe('an ANPR that is too slow', () => {
  it('does not answer: its time is up, and it is not asked again', async () => {
    const { anpr, ask } = await world(() => undefined);
    expect(await ask({}, { timeoutMs: 1000 })).toMatchObject({ kind: 'failed', problem: 'anpr-tempo-scaduto' });
    expect(anpr.asked).toHaveLength(1);
    const { socket } = anpr.asked[0]!;
    if (!socket.destroyed) await once(socket, 'close'); // what was given up holds no socket
  });

  it('answers a byte at a time: its time is up all the same', async () => {
    const { ask } = await world((reply, asked) => {
      reply.writeHead(200, { 'content-type': 'text/xml' });
      const drip = setInterval(() => reply.write('<'), 5);
      asked.socket.on('close', () => clearInterval(drip));
    });
    expect(await ask({}, { timeoutMs: 120 })).toMatchObject({ kind: 'failed', problem: 'anpr-tempo-scaduto' });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['302', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, FOUND, 'http 302'],
    ['403', { status: 403 }, '<html>no</html>', 'http 403'],
    ['404', { status: 404 }, '', 'http 404'],
    ['503', { status: 503 }, FOUND, 'http 503'],
    ['500 with a page', { status: 500, type: 'text/html' }, '<html>guasto</html>', 'http 500'],
    ['200 with a page', { type: 'text/html' }, '<!DOCTYPE html><html></html>', 'illeggibile document type declaration'],
    ['200 with JSON', { type: 'application/json' }, '{}', 'illeggibile not well-formed'],
    ['200 with half an answer', {}, FOUND.slice(0, 400), 'illeggibile not well-formed'],
    ['200 with nothing', {}, '', 'illeggibile not well-formed'],
    ['200 with bytes in another charset', {}, Buffer.from(FOUND.replace('PROVA', 'PROVÀ'), 'latin1'), 'illeggibile charset'],
    ['200 compressed, which was not asked for', { headers: { 'content-encoding': 'gzip' } }, gzipSync(FOUND), 'compressa'],
    ['200 with parts and no boundary', { type: 'multipart/related' }, FOUND, 'illeggibile multipart without boundary'],
  ])('is ANPR not being available: %s', async (_, how, body, detail) => {
    const { anpr, ask } = await world(says(body, how));
    const outcome = await ask();
    expect(outcome).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail });
    expect(outcome).not.toMatchObject({ detail: expect.stringMatching(/.{61}/) as string });
    expect(anpr.asked).toHaveLength(1);
  });

  it('is given up when it is larger than any answer can be', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 0x20);
    let sent = 0;
    const { anpr, ask } = await world((reply) => {
      reply.writeHead(200, { 'content-type': 'text/xml' });
      const more = (): void => {
        while (sent < 200 && !reply.destroyed && reply.write(megabyte)) sent += 1;
      };
      reply.on('drain', more).on('error', () => undefined);
      more();
    });
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' });
    const { socket } = anpr.asked[0]!;
    if (!socket.destroyed) await once(socket, 'close');
    expect(sent).toBeLessThan(100);
  });

  it.each([200, 500])('is a fault of the gateway before ANPR: HTTP %i', async (status) => {
    const { ask } = await world((reply, asked, attempt) => says(attempt === 1 ? fault('Rejected by policy. (from client)') : fault('Internal error (from server)', 'env:Server'), { status })(reply, asked, attempt));
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: 'fault-client-policy' });
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'fault-server' });
  });

  it.each([
    ['another operation', answer([card()], { operation: '01JGATEWAY0EXAMP0000000002' }), 'operazione-diversa'],
    ['another person', answer([card({ codiceFiscale: 'MSCTTI69H06H501D' })]), 'persona-diversa'],
  ])('is about %s, and nothing of it is told', async (_, xml, detail) => {
    const { ask } = await world(says(xml));
    const outcome = await ask();
    expect(outcome).toEqual({ kind: 'failed', problem: 'risposta-non-coerente', detail, anprOperationId: '99000000001', anprMs: expect.any(Number) as number });
  });
});

describe('a process that stops', () => {
  it('cuts what is in flight', async () => {
    const stopping = new AbortController();
    const { anpr, ask } = await world(() => undefined);
    const outcome = ask({ signal: stopping.signal }, { timeoutMs: 120_000 });
    await anpr.arrived(1);
    stopping.abort();
    expect(await outcome).toMatchObject({ kind: 'failed', problem: 'richiesta-interrotta', detail: 'fermata' });
  });

  it('asks nothing any more', async () => {
    const { anpr, ask } = await world(says(FOUND));
    expect(await ask({ signal: AbortSignal.abort() })).toMatchObject({ kind: 'failed', problem: 'richiesta-interrotta' });
    expect(anpr.asked).toHaveLength(0);
  });

  it('lets go of its sockets', async () => {
    const { anpr, ask, channel } = await world(says(FOUND));
    await ask();
    const { socket } = anpr.asked[0]!;
    const closed = once(socket, 'close');
    await channel.close();
    await closed;
  });
});

describe('the sockets', () => {
  const other = { comune: 'Z998', name: 'ALTRO COMUNE', province: 'ZZ', istat: '999002' };

  it('of a Comune are used again, and never by another', async () => {
    const { anpr, ask } = await world(says(FOUND));
    for (const comune of [undefined, other, undefined, other]) await ask(comune ? { comune } : {}, { maxInFlight: 1 });
    const [first, second, third, fourth] = anpr.asked.map(({ port }) => port);
    expect([third, fourth]).toEqual([first, second]);
    expect(second).not.toBe(first);
  });

  it.each<[string, Partial<WsSettings>]>([
    ['how much may fly', { maxInFlight: 9 }],
    ['where ANPR is', { endpoint: '/altro' }],
  ])('are let go when the connection of the Comune says anew %s, after what flies over them', async (_, changed) => {
    const waiting = Promise.withResolvers<void>();
    const { anpr, ask } = await world((reply, asked, attempt) => void (attempt === 1 ? waiting.promise : Promise.resolve()).then(() => says(FOUND)(reply, asked, attempt)));
    const flying = ask({}, { maxInFlight: 1 });
    await anpr.arrived(1);
    expect(await ask({}, { maxInFlight: 1, ...changed, ...(changed.endpoint ? { endpoint: new URL(changed.endpoint, anpr.url).href } : {}) })).toMatchObject({ kind: 'answered' });
    const [old, fresh] = anpr.asked;
    expect(fresh!.port).not.toBe(old!.port);
    expect(old!.socket.destroyed).toBe(false);
    const closed = once(old!.socket, 'close');
    waiting.resolve();
    expect(await flying).toMatchObject({ kind: 'answered' });
    await closed;
    expect(fresh!.socket.destroyed).toBe(false);
  });
});

describe('the hour of a question', () => {
  it.each([
    ['2026-01-20T09:15:30.120Z', '2026-01-20T10:15:30.120+01:00'],
    ['2026-07-20T22:30:00.000Z', '2026-07-21T00:30:00.000+02:00'],
    ['2026-03-29T00:59:59.999Z', '2026-03-29T01:59:59.999+01:00'],
    ['2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00.000+02:00'],
    ['2026-10-25T00:30:00.000Z', '2026-10-25T02:30:00.000+02:00'],
    ['2026-10-25T01:30:00.000Z', '2026-10-25T02:30:00.000+01:00'],
  ])('is that of Rome, with its offset: %s', (instant, written) => {
    expect(romeDateTime(new Date(instant))).toBe(written);
    expect(new Date(written).toISOString()).toBe(instant);
  });
});
