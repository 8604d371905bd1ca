import type { ConnectionEvent, ConnectionSettings, Sealed, WsSettings } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { connection, operatorOn, type AnprOperator } from './connection.domain.js';

const of = { comune: 'H501', channel: 'ws' as const };
const operator = '01JD0PER00000000000000000A';
const other = '01JD0PER00000000000000000B';
const sealed = 's1.x' as Sealed;
const today = '2026-11-23';

const SIMULATOR: WsSettings = { endpoint: 'http://127.0.0.1:8081/ANPR3000ServiziConsultazione/AnprService3000', senderCode: '058091', security: 'none', timeoutMs: 20_000, maxInFlight: 10, maxQueued: 10 };
const at = (endpoint: string, security: WsSettings['security'] = 'wss'): WsSettings => ({ ...SIMULATOR, endpoint, security });

const configured = (settings: ConnectionSettings = SIMULATOR): ConnectionEvent => ({ type: 'anpr.connection.configured', v: 1, data: { ...of, settings } });
const assigned = (from: string, to?: string, who = operator): ConnectionEvent => ({
  type: 'anpr.connection.operator-assigned',
  v: 1,
  data: { ...of, operator: who, codiceFiscale: sealed, from, ...(to === undefined ? {} : { to }), informedAt: '2025-12-20T00:00:00Z', acceptedAt: '2026-01-01T00:00:00Z' },
});
const withdrawn: ConnectionEvent = { type: 'anpr.connection.operator-withdrawn', v: 1, data: { ...of, operator, reason: 'trasferito' } };
const activated: ConnectionEvent = { type: 'anpr.connection.activated', v: 1, data: of };
const suspended: ConnectionEvent = { type: 'anpr.connection.suspended', v: 1, data: { ...of, reason: 'manutenzione' } };

const configure = (settings: ConnectionSettings, environment: 'test' | 'produzione' = 'test') => ({ ...of, type: 'configure' as const, settings, environment });
const assign = (from: string, to?: string) => ({ ...of, type: 'assign-operator' as const, operator, codiceFiscale: sealed, from, ...(to === undefined ? {} : { to }), informedAt: '2025-12-20T00:00:00Z', acceptedAt: '2026-01-01T00:00:00Z' });
const activate = { ...of, type: 'activate' as const, now: `${today}T09:00:00Z`, today };
const suspend = { ...of, type: 'suspend' as const, reason: 'manutenzione' };
const withdraw = { ...of, type: 'withdraw-operator' as const, operator, reason: 'trasferito' };

const { given } = scenario(connection);

describe('configuring the connection of a Comune', () => {
  it('says where and how ANPR is reached', () => given().when(configure(SIMULATOR)).then(configured()));
  it('does nothing when it is so already', () => given(configured()).when(configure({ ...SIMULATOR })).thenNothing());
  it('changes one setting', () => given(configured(), activated).when(configure({ ...SIMULATOR, timeoutMs: 60_000 })).then(configured({ ...SIMULATOR, timeoutMs: 60_000 })));

  it.each([
    ['the simulator on this machine, without security', 'test', at('http://localhost:8081/x', 'none')],
    ['the simulator on this machine, by its IPv6 address', 'test', at('http://[::1]:8081/x', 'none')],
    ['the simulator on this machine, with security', 'test', at('https://127.0.0.1:8081/x')],
    ['ANPR’s own test', 'test', at('https://wstest.anpr.interno.it/ANPR3000ServiziConsultazione/AnprService3000')],
    ['ANPR', 'produzione', at('https://ws.anpr.interno.it/ANPR3000ServiziConsultazione/AnprService3000')],
  ] as const)('admits %s in environment %s', (_, environment, settings) => given().when(configure(settings, environment)).then(configured(settings)));

  it.each([
    ['ANPR', 'test', at('https://ws.anpr.interno.it/x')],
    ['ANPR’s test', 'produzione', at('https://wstest.anpr.interno.it/x')],
    ['the simulator', 'produzione', at('https://127.0.0.1:8081/x')],
    ['the simulator without security', 'produzione', at('http://127.0.0.1:8081/x', 'none')],
    ['ANPR’s test without TLS', 'test', at('http://wstest.anpr.interno.it/x')],
    ['another host', 'test', at('https://example.org/x')],
    ['a host that begins like it', 'produzione', at('https://ws.anpr.interno.it.example.org/x')],
    ['a host that begins like this machine', 'test', at('http://127.0.0.1.example.org/x', 'none')],
    ['a name in front of the host', 'produzione', at('https://ws.anpr.interno.it@example.org/x')],
    ['credentials in the address', 'produzione', at('https://utente:segreto@ws.anpr.interno.it/x')],
    ['a user in the address', 'produzione', at('https://utente@ws.anpr.interno.it/x')],
    ['a file', 'test', at('file://localhost/etc/passwd', 'none')],
    ['no address', 'test', at('ws.anpr.interno.it', 'none')],
  ] as const)('does not admit %s in environment %s', (_, environment, settings) => given().when(configure(settings, environment)).thenFails('endpoint-non-ammesso'));

  it('has message security, but towards the simulator', () => {
    given().when(configure(at('https://wstest.anpr.interno.it/x', 'none'))).thenFails('sicurezza-assente');
    given().when(configure(at('https://ws.anpr.interno.it/x', 'none'), 'produzione')).thenFails('sicurezza-assente');
  });
});

describe('naming the operator in whose name ANPR is asked', () => {
  it('needs a connection', () => given().when(assign('2026-01-01')).thenFails('connessione-assente'));
  it('is for a period', () => given(configured()).when(assign('2026-01-01', '2026-12-31')).then(assigned('2026-01-01', '2026-12-31')));
  it('is for a period that does not end before it begins', () => {
    given(configured()).when(assign('2026-12-31', '2026-01-01')).thenFails('incarico-non-valido');
    given(configured()).when(assign('2026-01-01', '2026-01-01')).then(assigned('2026-01-01', '2026-01-01'));
  });
  it('does nothing when it is so already', () => given(configured(), assigned('2026-01-01')).when(assign('2026-01-01')).thenNothing());
  it('again, for another period, changes the period', () => given(configured(), assigned('2026-01-01')).when(assign('2026-01-01', '2026-06-30')).then(assigned('2026-01-01', '2026-06-30')));
  it('is taken back', () => given(configured(), assigned('2026-01-01')).when(withdraw).then(withdrawn));
  it('is taken back once', () => given(configured(), assigned('2026-01-01'), withdrawn).when(withdraw).thenNothing());
  it('can be done again after it was taken back', () => given(configured(), assigned('2026-01-01'), withdrawn).when(assign('2026-01-01')).then(assigned('2026-01-01')));
});

describe('activating a connection', () => {
  it('needs a connection', () => given().when(activate).thenFails('connessione-assente'));
  it('is done with an operator in office', () => given(configured(), assigned('2026-01-01')).when(activate).then(activated));
  it('is done again after a suspension', () => given(configured(), assigned('2026-01-01'), activated, suspended).when(activate).then(activated));
  it('does nothing when it is active', () => given(configured(), assigned('2026-01-01'), activated).when(activate).thenNothing());

  it.each<[string, readonly ConnectionEvent[]]>([
    ['nobody was named', []],
    ['the operator is not in office yet', [assigned('2026-11-24')]],
    ['the operator is in office no more', [assigned('2026-01-01', '2026-11-22')]],
    ['the operator was given another period', [assigned('2026-01-01'), assigned('2026-12-01')]],
    ['the operator was withdrawn', [assigned('2026-01-01'), withdrawn]],
  ])('is not done when %s', (_, events) => given(configured(), ...events).when(activate).thenFails('operatore-assente'));

  it('needs no operator where messages are not signed in anybody’s name', () => {
    const pdnd = { ...of, channel: 'pdnd' as const };
    given({ type: 'anpr.connection.configured', v: 1, data: { ...pdnd, settings: SIMULATOR } }).when({ ...activate, ...pdnd }).then({ type: 'anpr.connection.activated', v: 1, data: pdnd });
  });
});

describe('suspending a connection', () => {
  it('needs a connection', () => given().when(suspend).thenFails('connessione-assente'));
  it('stops it', () => given(configured(), assigned('2026-01-01'), activated).when(suspend).then(suspended));
  it('does nothing when it is suspended', () => given(configured(), assigned('2026-01-01'), activated, suspended).when(suspend).thenNothing());
  it('leaves it suspended when its settings change', () => {
    const state = [configured(), assigned('2026-01-01'), activated, suspended, configured({ ...SIMULATOR, timeoutMs: 60_000 })].reduce(connection.evolve, connection.initial);
    expect(state).toMatchObject({ status: 'suspended', settings: { timeoutMs: 60_000 }, operators: [{ operator }] });
  });
});

describe('the operator in office on a day', () => {
  const inOffice = (id: string, from: string, to?: string): AnprOperator => ({ operator: id, codiceFiscale: sealed, from, ...(to === undefined ? {} : { to }) });

  it.each([
    ['2025-12-31', undefined],
    ['2026-01-01', operator],
    ['2026-06-30', operator],
    ['2026-07-01', undefined],
  ])('is in it from the first day to the last: %s', (day, expected) => {
    expect(operatorOn([inOffice(operator, '2026-01-01', '2026-06-30')], day)?.operator).toBe(expected);
  });

  it('is the one named last, if there are several', () => {
    expect(operatorOn([inOffice(operator, '2026-01-01'), inOffice(other, '2026-05-01')], '2026-06-01')?.operator).toBe(other);
    expect(operatorOn([inOffice(operator, '2026-01-01'), inOffice(other, '2026-05-01')], '2026-04-01')?.operator).toBe(operator);
  });
});
