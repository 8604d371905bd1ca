import { downloadTables, explained, supportedVersions, supportOf, testConn, wsSecurity, type ServicePorts, type Signer } from '@geres/anpr/connector';
import { romeDay } from '@geres/contracts';
import { Agent } from 'undici';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuedBy } from './testing/certificates.js';
import { startSimulator, type Simulator } from './testing/simulator.js';

const ISTAT = '058091';
const SERVER = `${ISTAT}-CO-9999`;

let simulator: Simulator;
let server: Signer;
const dispatcher = new Agent();
beforeAll(async () => {
  simulator = await startSimulator('--people', '50', '--security', 'richiesta');
  server = await issuedBy(simulator, SERVER);
});
afterAll(async () => {
  await dispatcher.close();
  await simulator.end();
});

function ports(changes: Partial<ServicePorts> = {}): ServicePorts {
  const { sign } = wsSecurity({ clock: () => new Date() });
  const identity = { operator: 'PRTSTR80A01H501U', idSede: ISTAT, idPostazione: SERVER, idApplicazione: 'GeRes', address: '192.0.2.10', server, workstation: server };
  return {
    dispatcher,
    endpoint: `${simulator.url}/ANPR3000ServiziConsultazione/AnprService3000`,
    senderCode: ISTAT,
    environment: 'test',
    newOperationId: ulid,
    sign: (payload) => sign(payload, identity),
    clock: () => new Date(),
    timeoutMs: 20_000,
    ...changes,
  };
}

describe('without asking about anybody, ANPR', () => {
  it('tells that the connection works', async () => {
    expect(await testConn(ports())).toMatchObject({ kind: 'answered', answer: { testata: { idOperazioneANPR: expect.stringMatching(/^\d+$/) as string } } });
  });

  it('tells which versions it supports, ours among them', async () => {
    const called = await supportedVersions(ports());
    expect(called.kind === 'answered' && supportOf(called.answer, romeDay(new Date()))).toMatchObject({ supportata: true, corrente: 'ANPR05' });
  });

  it('gives its code tables, and says of one that it does not have', async () => {
    const { tables, failed } = await downloadTables(ports(), ['1', '5', '25', '999']);
    expect([tables.get('1')?.get('2'), tables.get('5')?.get('3'), tables.get('25')?.get('4')]).toEqual(['Coniugato/a', 'Figlio / Figlia', 'Residenza estera']);
    expect([...failed].map(([id, why]) => [id, why.step])).toEqual([['999', 'errore']]);
  });

  it('refuses a question that is of another environment, with a code', async () => {
    expect(await supportedVersions(ports({ environment: 'produzione' }))).toMatchObject({ kind: 'failed', step: 'errore', code: expect.stringMatching(/^[0-9A-Z]+$/) as string });
  });

  it.each([
    ['is not signed', { sign: async (payload: string) => `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${payload}</e:Body></e:Envelope>` }, 'fault client-policy'],
    ['is of another Comune than the one that signs', { senderCode: '015146' }, /^fault client-/],
  ] as const)('refuses a message that %s, and it is told', async (_, changes, expected) => {
    const called = await testConn(ports(changes));
    expect(called.kind === 'failed' ? explained(called) : 'answered').toMatch(expected);
  });
});
