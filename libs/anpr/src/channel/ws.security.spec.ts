import type { WsSettings } from '@geres/contracts';
import { ComuneDirectory } from '@geres/platform/auth';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CannotSign, wsSecurity } from '../protocol/wss/index.js';
import { anprServer, says, type AnprServer, type Answering } from '../testing/anpr-server.js';
import { authority, type Authority, type Issued } from '../testing/certificates.js';
import { answer, card, CODICE_FISCALE, OWN } from '../testing/soap-answers.js';
import { content, identityOf, NOW, part, payloadOf, signatureOf, verified } from '../testing/wss.js';
import type { TlsMaterial } from './agents.js';
import type { ChannelOutcome, ChannelQuestion } from './channel.js';
import { wsChannel, type SignMessage, type WsPorts } from './ws.channel.js';

const LOOKUP = '01JGATEWAY0EXAMP0000000001';
const FOUND = answer([card({ idANPR: 'ZZ00001X6' })]);
const DEADLINE = 30_000;

let ca: Authority;
let server: Issued;
beforeAll(async () => {
  ca = await authority();
  server = await ca.issue('999001-CO-9999');
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

interface World {
  readonly anpr: AnprServer;
  readonly ask: (changes?: Partial<ChannelQuestion<WsSettings>>, settings?: Partial<WsSettings>) => Promise<ChannelOutcome>;
  now: Date;
}

function reaching(anpr: AnprServer, ports: Partial<WsPorts> = {}): World {
  const channel = wsChannel({ clock: () => made.now, comuni: () => new ComuneDirectory(), ...ports });
  opened.push(channel, anpr);
  const made: World = {
    anpr,
    now: NOW,
    ask: (changes = {}, settings = {}) =>
      channel({
        lookup: LOOKUP,
        operationId: LOOKUP,
        comune: { comune: 'Z999', name: 'COMUNE DI ESEMPIO', province: 'ZZ', istat: OWN },
        settings: { endpoint: anpr.url, senderCode: OWN, security: 'wss', timeoutMs: 20_000, maxInFlight: 4, maxQueued: 4, ...settings },
        request: { servizio: 'generalita', modalita: 'consultazione', soggetto: { codiceFiscale: CODICE_FISCALE }, motivo: 'TRIB-01', pratica: 'P/1' },
        referenceDay: '2026-01-20',
        sections: ['2'],
        territory: 'nazionale',
        environment: 'test',
        askBy: new Date(NOW.getTime() + DEADLINE),
        forbids: () => undefined,
        signal: new AbortController().signal,
        ...changes,
      }),
  };
  return made;
}

const world = async (security: SignMessage | undefined, answering: Answering = says(FOUND)): Promise<World> => reaching(await anprServer(answering), security ? { security } : {});

/** Signs as the server of the Comune, at an hour of its own that moves on with each message. */
function signing(): SignMessage {
  let messages = 0;
  const { sign } = wsSecurity({ clock: () => new Date(NOW.getTime() + 1000 * messages++) });
  return ({ settings }, payload) => sign(payload, identityOf(server.signer, { idSede: settings.senderCode, idPostazione: `${settings.senderCode}-CO-9999` }));
}

const cutting =
  (times: number): Answering =>
  (reply, asked, attempt) =>
    attempt <= times ? void asked.socket.destroy() : says(FOUND)(reply, asked, attempt);

describe('a connection with WS-Security', () => {
  it('asks with a signed message, and is answered as ever', async () => {
    const { anpr, ask } = await world(signing());
    expect(await ask()).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato' } });
    const [asked] = anpr.asked;
    expect([verified(asked!.body, 'message', server.pem), verified(asked!.body, 'assertion', server.pem)]).toEqual([true, true]);
    expect(payloadOf(asked!.body)).toContain(`<idOperazioneComune>${LOOKUP}</idOperazioneComune>`);
  });

  it('asks once more after a transport that failed: the same body to the byte, under fresh security headers', async () => {
    const { anpr, ask } = await world(signing(), cutting(1));
    expect(await ask()).toMatchObject({ kind: 'answered' });
    const [first, again] = anpr.asked.map(({ body }) => body);
    expect(part(again!, 'soapenv:Body')).toBe(part(first!, 'soapenv:Body'));
    expect(content(again!, 'wsu:Created') > content(first!, 'wsu:Created')).toBe(true);
    expect(signatureOf(again!, 'message')).not.toBe(signatureOf(first!, 'message'));
    expect(verified(again!, 'message', server.pem)).toBe(true);
  });

  it('keeps the first failure when it cannot sign again', async () => {
    let calls = 0;
    const { anpr, ask } = await world((...given) => (++calls === 1 ? signing()(...given) : Promise.reject(new CannotSign('dispositivo'))), cutting(9));
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'UND_ERR_SOCKET' });
    expect([calls, anpr.asked.length]).toEqual([2, 1]);
  });

  it('that has nobody to sign sends nothing', async () => {
    const { anpr, ask } = await world(undefined);
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'firma: non configurata' });
    expect(anpr.asked).toHaveLength(0);
  });

  it('that cannot sign says why and sends nothing', async () => {
    const { anpr, ask } = await world(({ settings }, payload) => wsSecurity({ clock: () => NOW }).sign(payload, identityOf(server.signer, { idSede: settings.senderCode, idPostazione: '058091-CO-9999' })));
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'firma: idPostazione di un’altra sede' });
    expect(anpr.asked).toHaveLength(0);
  });

  it('sends nothing when the rights end while it signs, or the hour by which it had to ask passes', async () => {
    let allowed = true;
    const made: World = await world(async (...given) => {
      allowed = false;
      return signing()(...given);
    });
    expect(await made.ask({ forbids: () => (allowed ? undefined : 'diritti-non-verificabili') })).toMatchObject({ kind: 'failed', problem: 'diritti-non-verificabili', detail: 'non-più-ammessa' });
    const late: World = await world(async (...given) => {
      late.now = new Date(NOW.getTime() + DEADLINE);
      return signing()(...given);
    });
    expect(await late.ask()).toMatchObject({ kind: 'failed', problem: 'scaduta' });
    expect([made.anpr.asked.length, late.anpr.asked.length]).toEqual([0, 0]);
  });

  it('does not wait for a device that never signs, nor when the process stops', async () => {
    const { anpr, ask } = await world(() => new Promise(() => undefined));
    expect(await ask({}, { timeoutMs: 1000 })).toMatchObject({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'firma oltre 1000 ms' });
    const stopping = new AbortController();
    const outcome = ask({ signal: stopping.signal });
    stopping.abort();
    expect(await outcome).toMatchObject({ kind: 'failed', problem: 'richiesta-interrotta', detail: 'fermata' });
    expect(anpr.asked).toHaveLength(0);
  });
});

describe('a connection without WS-Security', () => {
  it('asks nobody to sign', async () => {
    const { anpr, ask } = await world(() => Promise.reject(new Error('asked')));
    expect(await ask({}, { security: 'none' })).toMatchObject({ kind: 'answered' });
    expect(anpr.asked[0]!.body).not.toContain('Security');
  });
});

describe('TLS towards ANPR', () => {
  const HOSTS = ['127.0.0.1', 'ws.example'];
  async function over(issued: Issued, tls: () => TlsMaterial | undefined, more: object = {}): Promise<World> {
    return reaching(await anprServer(says(FOUND), { cert: issued.pem, key: issued.keyPem, ...more }), { security: signing(), tls: () => Promise.resolve(tls()) });
  }

  it('trusts the authority of the Comune, and a certificate that ANPR has renewed under it', async () => {
    const trusting = () => ({ ca: [ca.pem] });
    for (const leaf of await Promise.all([ca.issue('ws', { hosts: HOSTS }), ca.issue('ws', { hosts: HOSTS, serialNumber: '0a2c' })])) expect(await (await over(leaf, trusting)).ask()).toMatchObject({ kind: 'answered' });
  });

  it.each([
    ['another authority', async () => ({ ca: [(await authority('Altra CA')).pem] }), {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['no authority that Node does not know', () => Promise.resolve(undefined), {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['a certificate for another host', () => Promise.resolve({ ca: [ca.pem] }), { hosts: ['altro.example'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['a certificate that has ended', () => Promise.resolve({ ca: [ca.pem] }), { hosts: HOSTS, validTo: '2021-01-01T00:00:00Z' }, 'CERT_HAS_EXPIRED'],
  ])('does not ask where it finds %s', async (_, material, changes, detail) => {
    const tls = await material();
    const { anpr, ask } = await over(await ca.issue('ws', { hosts: HOSTS, ...changes }), () => tls);
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail });
    expect(anpr.asked).toHaveLength(0);
  });

  it('asks for the name that the certificate has, where the endpoint is an address', async () => {
    const leaf = await ca.issue('ws', { hosts: ['ws.example'] });
    expect(await (await over(leaf, () => ({ ca: [ca.pem], servername: 'ws.example' }))).ask()).toMatchObject({ kind: 'answered' });
  });

  it('shows a client certificate where ANPR asks for one, as soon as there is one', async () => {
    const leaf = await ca.issue('ws', { hosts: HOSTS });
    let material: TlsMaterial = { ca: [ca.pem] };
    const { anpr, ask } = await over(leaf, () => material, { requestCert: true, rejectUnauthorized: true, ca: ca.pem });
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile' });
    material = { ca: [ca.pem], cert: server.pem, key: server.keyPem };
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(anpr.asked).toHaveLength(1);
  });

  it('with a client key that is none is a failure like others', async () => {
    const { ask } = await over(await ca.issue('ws', { hosts: HOSTS }), () => ({ ca: [ca.pem], cert: server.pem, key: 'no key' }));
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile' });
  });
});
