import { wsChannel, wsSecurity, WSS_DEFAULTS, type Signer, type WssIdentity, type WssOptions } from '@geres/anpr/connector';
import { buildTestConn, parseRispostaConnessione } from '@geres/anpr/protocol/soap';
import { romeDay, type LookupRequest } from '@geres/contracts';
import { ComuneDirectory } from '@geres/platform/auth';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuedBy } from './testing/certificates.js';
import { startSimulator, type Simulator } from './testing/simulator.js';

const ROMA = { comune: 'H501', name: 'ROMA', province: 'RM', istat: '058091' } as const;
const SERVER = `${ROMA.istat}-CO-9999`;
const OPERATOR = 'PRTSTR80A01H501U';
/** SINTETICI PROVA, the first of the fixed cases. */
const RESIDENT = 'SNTPRV85C55H501U';
const DAY_MS = 86_400_000;
const POLICY = 'Rejected by policy. (from client)';

let simulator: Simulator;
let server: Signer;
beforeAll(async () => {
  simulator = await startSimulator('--people', '50', '--security', 'richiesta');
  server = await issuedBy(simulator, SERVER);
});
afterAll(() => simulator.end());

interface Asking {
  readonly soggetto?: LookupRequest['soggetto'];
  readonly identity?: Partial<WssIdentity>;
  readonly security?: 'wss' | 'none';
  readonly options?: Partial<WssOptions>;
  /** How far the clock of the Comune is from that of the machine. */
  readonly clockMs?: number;
  /** What happens to a message between the signature and ANPR. */
  readonly altered?: (message: string) => string;
}

const identityOf = (changes: Partial<WssIdentity> = {}): WssIdentity => ({ operator: OPERATOR, idSede: ROMA.istat, idPostazione: SERVER, idApplicazione: 'GeRes', address: '192.0.2.10', server, workstation: server, ...changes });

async function asked({ soggetto = { codiceFiscale: RESIDENT }, identity, security = 'wss', options, clockMs = 0, altered = (message) => message }: Asking = {}) {
  const clock = (): Date => new Date(Date.now() + clockMs);
  const { sign } = wsSecurity({ clock, options: { ...WSS_DEFAULTS, ...options } });
  const channel = wsChannel({ clock, comuni: () => new ComuneDirectory(), security: async (_, payload) => altered(await sign(payload, identityOf(identity))) });
  const id = ulid();
  try {
    return await channel({
      lookup: id,
      operationId: id,
      comune: ROMA,
      settings: { endpoint: `${simulator.url}/ANPR3000ServiziConsultazione/AnprService3000`, senderCode: ROMA.istat, security, timeoutMs: 20_000, maxInFlight: 4, maxQueued: 4 },
      request: { servizio: 'generalita', modalita: 'consultazione', soggetto, motivo: 'TRIB-01', pratica: 'P/1' },
      referenceDay: romeDay(new Date()),
      sections: ['2', '10'],
      territory: 'nazionale',
      environment: 'test',
      askBy: new Date(clock().getTime() + 30_000),
      forbids: () => undefined,
      signal: new AbortController().signal,
    });
  } finally {
    await channel.close();
  }
}

/** What of the texts of ANPR's faults is told. */
const TOLD: Readonly<Record<string, string>> = { [POLICY]: 'fault-client-policy', 'Internal Error (from client)': 'fault-client-sicurezza', 'Incorrect reference digest value (from client)': 'fault-client-digest' };
const refused = (visto: string) => ({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: TOLD[visto] });

describe('a signed question', () => {
  it('about a codice fiscale is answered with the person', async () => {
    const outcome = await asked();
    expect(outcome).toMatchObject({ kind: 'answered', persons: 1, risposta: { esito: 'trovato', soggetti: [{ codiceFiscale: RESIDENT, generalita: { cognome: 'SINTETICI', nome: 'PROVA' } }] } });
    expect(outcome).toHaveProperty('anprOperationId', expect.stringMatching(/^\d+$/));
  });

  it('about a name with apostrophe, accents and hyphen is taken as it was signed', async () => {
    const soggetto = { cognome: "D'ESEMPIÒ-SAGGÌNI", nome: 'MARÌA PROVÀ', sesso: 'F', dataNascita: '1977-09-12', luogoNascita: { comune: { nome: "L'AQUILA", provincia: 'AQ', codiceIstat: '066049' } } } as const;
    expect(await asked({ soggetto })).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato' } });
  });

  it('comes from a workstation with a certificate of its own, too', async () => {
    const idPostazione = `${ROMA.istat}-PC-0001`;
    expect(await asked({ identity: { idPostazione, workstation: await issuedBy(simulator, idPostazione) } })).toMatchObject({ risposta: { esito: 'trovato' } });
  });

  it.each<[how: string, options: Partial<WssOptions>]>([
    ['SHA-512', { signature: 'rsa-sha512', digest: 'sha512' }],
    ['an assertion of the operator, with conditions and untyped attributes', { assertion: { ...WSS_DEFAULTS.assertion, issuer: 'operator', conditionsMs: 60_000, typed: false } }],
    ['a start a little before now', { timestamp: { lastsMs: 300_000, startsBeforeMs: 30_000 }, assertion: { ...WSS_DEFAULTS.assertion, startsBeforeMs: 30_000 } }],
  ])('may be made with %s', async (_, options) => {
    expect(await asked({ options })).toMatchObject({ risposta: { esito: 'trovato' } });
  });

  it('opens the connection: TestConn', async () => {
    const now = new Date();
    const payload = buildTestConn({ idOperazione: ulid(), comuneIstat: ROMA.istat, dataOra: now.toISOString(), tipoInvio: 'TEST', applicativo: { nome: 'GeRes', versione: '0.1.0', fornitore: 'GeRes' } });
    const message = await wsSecurity({ clock: () => now }).sign(payload, identityOf());
    const answer = await fetch(`${simulator.url}/ANPRTestConn/TestConn`, { method: 'POST', headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' }, body: message });
    const text = await answer.text();
    expect([parseRispostaConnessione(text).kind, text.includes('0000')]).toEqual(['ok', true]);
  });
});

describe('ANPR refuses, without saying why,', () => {
  it.each<[what: string, visto: string, causa: string, asking: () => Promise<Asking>]>([
    ['a question that is not signed', POLICY, 'WSS_ASSENTE', async () => ({ security: 'none' })],
    ['a Body that was changed after it was signed', 'Incorrect reference digest value (from client)', 'WSS_DIGEST:messaggio', async () => ({ altered: (message) => message.replace(RESIDENT, 'SNTPRV85C55H501X') })],
    ['an assertion that was changed after it was signed', 'Incorrect reference digest value (from client)', 'WSS_DIGEST:asserzione', async () => ({ altered: (message) => message.replaceAll(OPERATOR, 'PRTSTR80A01H501X') })],
    ['SHA-1', POLICY, 'WSS_FIRMA:messaggio:algoritmo', async () => ({ options: { signature: 'rsa-sha1', digest: 'sha1' } })],
    ['a certificate that is named and not carried', 'Internal Error (from client)', 'WSS_FORMA:token', async () => ({ options: { keyReference: 'thumbprint' } })],
    ['a message without its Timestamp', 'Internal Error (from client)', 'WSS_FORMA:timestamp', async () => ({ altered: (message) => message.replace(/<wsu:Timestamp.*<\/wsu:Timestamp>/s, '') })],
    ['a certificate of an unknown authority', POLICY, 'WSS_CERTIFICATO:autorita-sconosciuta', async () => ({ identity: { server: await issuedBy(simulator, SERVER, 'autorita-sconosciuta') } })],
    ['the certificate of a workstation of an unknown authority', POLICY, 'WSS_POSTAZIONE_CERTIFICATO:autorita-sconosciuta', async () => ({ identity: { workstation: await issuedBy(simulator, SERVER, 'autorita-sconosciuta') } })],
    ['a certificate of another Comune', POLICY, 'WSS_CERTIFICATO:altro-comune', async () => ({ identity: { server: await issuedBy(simulator, '015146-CO-9999') } })],
    ['an expired certificate, with which a Comune whose clock is behind still signs', POLICY, 'WSS_CERTIFICATO:scaduto', async () => ({ clockMs: -1.5 * DAY_MS, identity: await expired() })],
    ['a question from a clock that is ahead', POLICY, 'WSS_TIMESTAMP:fuori-validita', async () => ({ clockMs: 60_000 })],
    ['a question from a clock that is behind', POLICY, 'WSS_TIMESTAMP:fuori-validita', async () => ({ clockMs: -600_000 })],
  ])('%s', async (_, visto, causa, asking) => {
    expect(await asked(await asking())).toMatchObject(refused(visto));
    expect(await simulator.refusal()).toEqual({ visto, causa });
  });

  it('an operator that it does not know', async () => {
    const operator = 'SCNSCT80A01H501X';
    await simulator.control('PUT', 'operatori', { [operator]: 'sconosciuto' });
    expect(await asked({ identity: { operator } })).toMatchObject(refused(POLICY));
    expect(await simulator.refusal()).toEqual({ visto: POLICY, causa: 'WSS_OPERATORE' });
  });
});

it.each([
  ['non-abilitato', 'XXXX'],
  ['senza-privilegi', 'EN493'],
] as const)('an operator that is %s is refused by the service with %s', async (profilo, detail) => {
  await simulator.control('PUT', 'operatori', { [OPERATOR]: profilo });
  try {
    expect(await asked()).toMatchObject({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail });
  } finally {
    await simulator.control('PUT', 'operatori', {});
  }
});

it('an expired certificate of the Comune signs nothing', async () => {
  const before = await simulator.refusal();
  expect(await asked({ identity: await expired() })).toMatchObject({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'firma: certificato server scaduto' });
  expect(await simulator.refusal()).toEqual(before);
});

async function expired(): Promise<Partial<WssIdentity>> {
  const signer = await issuedBy(simulator, SERVER, 'scaduto');
  return { server: signer, workstation: signer };
}
