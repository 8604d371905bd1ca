import { memoryCollections } from '@geres/kernel/testing';
import { createMetrics } from '@geres/platform/metrics';
import { Agent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PROTOCOL } from '../../protocol/soap/index.js';
import type { ServicePorts } from '../../channel/service-call.js';
import type { Support } from '../../channel/services-7000.js';
import { Daily, isEnding, secondsLeft, type CallService, type TableRow } from './daily.js';

describe('the end of a version of the protocol', () => {
  const today = '2026-11-23';
  it.each([
    ['far away', { supportata: true, corrente: PROTOCOL, fino: '2027-06-30' }, false],
    ['not set', { supportata: true, corrente: PROTOCOL }, false],
    ['within sixty days', { supportata: true, corrente: 'X', fino: '2027-01-22' }, true],
    ['behind', { supportata: false, corrente: 'X' }, true],
  ] as const)('%s', (_, support, ending) => expect(isEnding(support, today)).toBe(ending));
});

it.each([
  ['to the midnight of Rome after its last day', { supportata: true, fino: '2026-11-24', corrente: PROTOCOL }, 14 * 3600],
  ['also where the clocks change before it', { supportata: true, fino: '2027-03-28', corrente: PROTOCOL }, 124 * 86_400 + 13 * 3600],
  ['less than zero after it, until ANPR is heard', { supportata: true, fino: '2026-11-23', corrente: PROTOCOL }, -10 * 3600],
  ['zero once ANPR says that it is not supported', { supportata: false, corrente: 'X' }, 0],
  ['unknown as long as no end is set', { supportata: true, corrente: PROTOCOL }, undefined],
] as const)('what is left of a version of the protocol is counted %s', (_, support, seconds) => expect(secondsLeft(support, new Date('2026-11-24T09:00:00Z'))).toBe(seconds));

describe('what is asked of ANPR once a day', () => {
  const dispatcher = new Agent({ connect: { timeout: 200 } });
  /** Nobody listens there. */
  const nowhere: ServicePorts = {
    dispatcher, endpoint: 'http://127.0.0.1:1/ANPR3000ServiziConsultazione/AnprService3000', senderCode: '058091', environment: 'test', newOperationId: () => '01JGATEWAY0EXAMP0000000001',
    sign: (payload) => Promise.resolve(payload), clock: () => new Date(), timeoutMs: 1000,
  };
  const collections = memoryCollections();
  const tables = collections.collection<TableRow>({ name: 'anpr-tables' });
  beforeAll(() => tables.insert('5', { codes: { 1: 'Intestatario' }, day: '2026-11-22' }));
  afterAll(() => dispatcher.close());

  let metrics = createMetrics();
  beforeEach(() => void (metrics = createMetrics()));
  const shown = async (): Promise<string | undefined> => /^geres_anpr_protocol_expiry_seconds.*/m.exec(await metrics.registry.metrics())?.[0];
  const open = (services: readonly CallService[], onEnding: (support: Support) => void = () => undefined) =>
    new Daily({ services: () => services, tables, metrics, clock: () => new Date('2026-11-23T09:00:00Z'), onEnding, onFailure: () => undefined }).start(3_600_000);

  it('leaves what was kept before where ANPR does not answer, tries three Comuni and no more', async () => {
    let tried = 0;
    const service: CallService = (call) => {
      tried += 1;
      return call(nowhere);
    };
    const daily = await open([service, service, service, service]);
    await daily.look();
    await daily.stop();
    expect(tried).toBe(3);
    expect(daily.supported).toBeUndefined();
    expect(await shown()).toBeUndefined();
    expect(daily.known().get('5')?.get('1')).toBe('Intestatario');
  });

  it('is heard once, kept, and said where the version ends', async () => {
    const ending: Support[] = [];
    let called = 0;
    const answers = [
      { kind: 'answered', answer: { corrente: { codDestinatario: 'ALTRA' }, supportate: [{ codDestinatario: PROTOCOL, fino: '2026-12-01' }] }, elapsedMs: 1 },
      { tables: new Map([['5', new Map([['1', 'Capofamiglia']])]]), failed: new Map() },
    ];
    const service = (() => Promise.resolve(answers[called++ % 2])) as unknown as CallService;
    const daily = await open([service], (support) => ending.push(support));
    await daily.look();
    await daily.look();
    await daily.stop();
    expect(called).toBe(2);
    expect(await shown()).toBe(`geres_anpr_protocol_expiry_seconds{versione="${PROTOCOL}"} ${8 * 86_400 + 14 * 3600}`);
    expect(ending).toEqual([{ supportata: true, fino: '2026-12-01', corrente: 'ALTRA' }]);
    expect(daily.known().get('5')?.get('1')).toBe('Capofamiglia');
    const again = await open([]);
    await again.stop();
    expect(again.known().get('5')?.get('1')).toBe('Capofamiglia');
  });
});
