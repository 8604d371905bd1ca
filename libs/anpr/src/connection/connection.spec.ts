import { EXPIRY_WARNINGS, type CertificateUse, type ConnectionEvent, type ConnectionSettings, type InstalledCertificate, type PdndSettings, type Sealed, type WsSettings } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { coveredUntil, inUse, isSucceeded, isValid, warningDue, type UsableCertificate } from './certificates.domain.js';
import { connection, hasKeys, operatorOn, type AnprOperator } from './connection.domain.js';

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

const pdnd = { ...of, channel: 'pdnd' as const };
const PDND: PdndSettings = {
  tokenEndpoint: 'http://127.0.0.1:8081/token.oauth2',
  assertionAudience: 'auth.uat.interop.pagopa.it/client-assertion',
  issuer: 'uat.interop.pagopa.it',
  jwksUrl: 'http://127.0.0.1:8081/.well-known/jwks.json',
  clientId: '11111111-1111-4111-8111-111111111111',
  loa: 'LoA2',
  evidenceMax: 20,
  searchBy: 'idANPR',
  timeoutMs: 20_000,
  maxInFlight: 10,
  maxQueued: 10,
  profiles: {},
};
const kid = 'k'.repeat(43);
const PROFILE = { url: 'http://127.0.0.1:8081/C015/anpr-service-e002', audience: 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C015-servizioAccertamentoGeneralita/v1', purposeId: '22222222-2222-4222-8222-222222222222', kid, dailyQuota: 100, regime: 'nuovo' as const, dpop: false };
const pdndConfigured = (settings: PdndSettings = PDND): ConnectionEvent => ({ type: 'anpr.connection.configured', v: 1, data: { ...pdnd, settings } });

const responsible = '01JD0SER00000000000000000A';
const FIRST = '01JD0CERT0000000000000000A';
const SECOND = '01JD0CERT0000000000000000B';
interface Life {
  readonly from?: string;
  readonly to?: string;
  readonly use?: CertificateUse;
}
/** A certificate whose thumbprint tells it from the others by its id. */
const certificate = (id: string, { from = '2026-01-01', to = '2027-01-01', use = 'firma' }: Life = {}): InstalledCertificate => ({
  certificate: id,
  use,
  kid: `kid of ${id}`,
  responsible,
  custody: 'connettore',
  x509: { thumbprint: Buffer.from(id.padEnd(32)).toString('hex'), subject: 'CN=058091-CO-9999', issuer: 'CN=CA Postazioni', serial: '0A', notBefore: `${from}T00:00:00.000Z`, notAfter: `${to}T00:00:00.000Z` },
});
const clientKey = (id: string, its = kid): InstalledCertificate => ({ certificate: id, use: 'client', kid: its, responsible, custody: 'connettore' });
const installed = (what: InstalledCertificate, on: typeof of | typeof pdnd = of): ConnectionEvent => ({ type: 'anpr.connection.certificate-installed', v: 1, data: { ...on, ...what } });
const requested = (id = FIRST, use: CertificateUse = 'firma'): ConnectionEvent => ({ type: 'anpr.connection.certificate-requested', v: 1, data: { ...of, certificate: id, use, kid: `kid of ${id}`, responsible } });
const retired = (id = FIRST): ConnectionEvent => ({ type: 'anpr.connection.certificate-retired', v: 1, data: { ...of, certificate: id, reason: 'sostituito' } });
const expiring = (days: (typeof EXPIRY_WARNINGS)[number], id = FIRST, to = '2027-01-01'): ConnectionEvent => ({ type: 'anpr.connection.certificate-expiring', v: 1, data: { ...of, certificate: id, days, notAfter: `${to}T00:00:00.000Z` } });

const configure = (settings: ConnectionSettings, environment: 'test' | 'produzione' = 'test') => ({ ...of, type: 'configure' as const, settings, environment });
const assign = (from: string, to?: string) => ({ ...of, type: 'assign-operator' as const, operator, codiceFiscale: sealed, from, ...(to === undefined ? {} : { to }), informedAt: '2025-12-20T00:00:00Z', acceptedAt: '2026-01-01T00:00:00Z' });
const activate = { ...of, type: 'activate' as const, now: `${today}T09:00:00Z`, today };
const suspend = { ...of, type: 'suspend' as const, reason: 'manutenzione' };
const withdraw = { ...of, type: 'withdraw-operator' as const, operator, reason: 'trasferito' };

const ask = (id = FIRST, use: CertificateUse = 'firma') => ({ ...of, type: 'request-certificate' as const, certificate: id, use, kid: `kid of ${id}`, responsible });
const install = (what: InstalledCertificate, on: typeof of | typeof pdnd = of) => ({ ...on, type: 'install-certificate' as const, installed: what, now: `${today}T09:00:00Z` });
const warn = (now: string, id = FIRST) => ({ ...of, type: 'warn-of-expiry' as const, certificate: id, now });
const retire = (id = FIRST) => ({ ...of, type: 'retire-certificate' as const, certificate: id, reason: 'sostituito' });

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

  it('reaches the simulator on the hosts that the installation names, in environment test alone', () => {
    const elsewhere = at('http://simulator:8081/x', 'none');
    const named = (environment: 'test' | 'produzione', ...simulatorHosts: readonly string[]) => ({ ...configure(elsewhere, environment), simulatorHosts });
    given().when(named('test', 'simulator')).then(configured(elsewhere));
    given().when(named('test', 'altro')).thenFails('endpoint-non-ammesso');
    given().when(named('produzione', 'simulator')).thenFails('endpoint-non-ammesso');
  });

  it('has message security, but towards the simulator', () => {
    given().when(configure(at('https://wstest.anpr.interno.it/x', 'none'))).thenFails('sicurezza-assente');
    given().when(configure(at('https://ws.anpr.interno.it/x', 'none'), 'produzione')).thenFails('sicurezza-assente');
  });
});

describe('configuring a connection over PDND', () => {
  it('says where PDND and its e-services are', () => given().when({ ...pdnd, type: 'configure', settings: PDND, environment: 'test' }).then(pdndConfigured()));
  it('takes the settings of its own channel', () => {
    given().when({ ...pdnd, type: 'configure', settings: SIMULATOR, environment: 'test' }).thenFails('impostazioni-di-un-altro-canale');
    given().when({ ...of, type: 'configure', settings: PDND, environment: 'test' }).thenFails('impostazioni-di-un-altro-canale');
  });
  it('takes no operator: who asks is in the evidence of each request', () => given(pdndConfigured()).when({ ...assign('2026-01-01'), ...pdnd }).thenFails('operatore-senza-ws'));
});

describe('naming the operator in whose name ANPR is asked', () => {
  it('needs a connection', () => given().when(assign('2026-01-01')).thenFails('connessione-assente'));
  it('is for a period', () => given(configured()).when(assign('2026-01-01', '2026-12-31')).then(assigned('2026-01-01', '2026-12-31')));
  it('is for a period that does not end before it begins', () => {
    given(configured()).when(assign('2026-12-31', '2026-01-01')).thenFails('incarico-non-valido');
    given(configured()).when(assign('2026-01-01', '2026-01-01')).then(assigned('2026-01-01', '2026-01-01'));
  });
  it('is of one who was told before accepting', () => {
    given(configured()).when({ ...assign('2026-01-01'), acceptedAt: '2025-12-19T00:00:00Z' }).thenFails('accettazione-non-valida');
    given(configured()).when({ ...assign('2026-01-01'), informedAt: '2026-01-01T00:00:00Z' }).then({ ...assigned('2026-01-01'), data: { ...assigned('2026-01-01').data, informedAt: '2026-01-01T00:00:00Z' } } as ConnectionEvent);
  });
  it('may be for the lookups of one convention', () => {
    const convention = '01JD0C0NV0000000000000000A';
    const forIt = { ...assigned('2026-01-01'), data: { ...assigned('2026-01-01').data, convention } } as ConnectionEvent;
    given(configured(), assigned('2026-01-01')).when({ ...assign('2026-01-01'), convention }).then(forIt);
    given(configured(), assigned('2026-01-01'), forIt).when({ ...assign('2026-01-01'), convention }).thenNothing();
    // Withdrawn, the operator is so everywhere.
    given(configured(), assigned('2026-01-01'), forIt, withdrawn).when(activate).thenFails('operatore-assente');
  });
  it('does nothing when it is so already', () => given(configured(), assigned('2026-01-01')).when(assign('2026-01-01')).thenNothing());
  it('again, for another period, changes the period', () => given(configured(), assigned('2026-01-01')).when(assign('2026-01-01', '2026-06-30')).then(assigned('2026-01-01', '2026-06-30')));
  it('is taken back', () => given(configured(), assigned('2026-01-01')).when(withdraw).then(withdrawn));
  it('is taken back once', () => given(configured(), assigned('2026-01-01'), withdrawn).when(withdraw).thenNothing());
  it('can be done again after it was taken back', () => given(configured(), assigned('2026-01-01'), withdrawn).when(assign('2026-01-01')).then(assigned('2026-01-01')));
});

describe('asking for a certificate with a key that was made in the connector', () => {
  it('needs a connection', () => given().when(ask()).thenFails('connessione-assente'));
  it('says which key waits for it', () => given(configured()).when(ask()).then(requested()));
  it('does nothing when it was asked for, or has come', () => {
    given(configured(), requested()).when(ask()).thenNothing();
    given(configured(), requested(), installed(certificate(FIRST))).when(ask()).thenNothing();
  });
  it.each(['firma', 'postazione', 'tls'] as const)('is for a use of the channel: %s', (use) => given(configured()).when(ask(FIRST, use)).then(requested(FIRST, use)));
  it('is for no use of another channel', () => given(configured()).when(ask(FIRST, 'client')).thenFails('uso-non-ammesso'));
  it('ends when it comes, and when it is not waited for any more', () => {
    const state = [configured(), requested(), requested(SECOND), installed(certificate(FIRST)), retired(SECOND)].reduce(connection.evolve, connection.initial);
    expect(state).toMatchObject({ requested: [], certificates: [{ certificate: FIRST }] });
  });
});

describe('installing a certificate', () => {
  it('needs a connection', () => given().when(install(certificate(FIRST))).thenFails('connessione-assente'));
  it('says whose key it is, and until when', () => given(configured()).when(install(certificate(FIRST))).then(installed(certificate(FIRST))));
  it('does nothing when it is installed', () => given(configured(), installed(certificate(FIRST))).when(install(certificate(FIRST))).thenNothing());
  it('that was awaited is of the key that waits for it, and for its use', () => {
    given(configured(), requested()).when(install(certificate(FIRST))).then(installed(certificate(FIRST)));
    given(configured(), requested()).when(install({ ...certificate(FIRST), kid: 'other' })).thenFails('certificato-di-un-altra-chiave');
    given(configured(), requested()).when(install(certificate(FIRST, { use: 'tls' }))).thenFails('certificato-di-un-altra-chiave');
  });
  it('may be of several for one use, each its own', () => {
    given(configured(), installed(certificate(FIRST))).when(install(certificate(SECOND))).then(installed(certificate(SECOND)));
    given(configured(), installed(certificate(FIRST))).when(install({ ...certificate(FIRST), certificate: SECOND })).thenFails('certificato-gia-presente');
    given(configured(), installed(certificate(FIRST)), retired()).when(install({ ...certificate(FIRST), certificate: SECOND })).then(installed({ ...certificate(FIRST), certificate: SECOND }));
  });
  it('may be the same for two uses', () => {
    const forTls = { ...certificate(FIRST), certificate: SECOND, use: 'tls' as const };
    given(configured(), installed(certificate(FIRST))).when(install(forTls)).then(installed(forTls));
  });
  it('may begin later, and may not have ended', () => {
    given(configured()).when(install(certificate(FIRST, { from: '2026-12-01' }))).then(installed(certificate(FIRST, { from: '2026-12-01' })));
    given(configured()).when(install(certificate(FIRST, { to: '2026-11-23' }))).thenFails('certificato-scaduto');
  });
  it('is for a use of its channel', () => {
    given(configured()).when(install(clientKey(FIRST))).thenFails('uso-non-ammesso');
    given(pdndConfigured()).when(install(certificate(FIRST), pdnd)).thenFails('uso-non-ammesso');
  });
  it('is a certificate, but for the key of a PDND client', () => {
    const { x509: _, ...without } = certificate(FIRST);
    given(configured()).when(install(without)).thenFails('certificato-mancante');
    given(pdndConfigured()).when(install(clientKey(FIRST), pdnd)).then(installed(clientKey(FIRST), pdnd));
    given(pdndConfigured(), installed(clientKey(FIRST), pdnd)).when(install(clientKey(SECOND), pdnd)).thenFails('certificato-gia-presente');
  });
});

describe('telling that a certificate ends', () => {
  it('needs a connection', () => given().when(warn('2026-11-23T09:00:00Z')).thenFails('connessione-assente'));
  it.each([
    ['2026-11-01T23:59:59Z', undefined],
    ['2026-11-02T00:00:00Z', 60],
    ['2026-12-02T00:00:00Z', 30],
    ['2026-12-22T00:00:00Z', 10],
    ['2026-12-29T00:00:00Z', 3],
    ['2026-12-31T00:00:00Z', 1],
    ['2027-02-01T00:00:00Z', 1],
  ] as const)('is done when its days have begun: at %s, %s', (now, days) => {
    const when = given(configured(), installed(certificate(FIRST))).when(warn(now));
    if (days === undefined) when.thenNothing();
    else when.then(expiring(days));
  });
  it('is done once for each number of days, and never for more than it was', () => {
    given(configured(), installed(certificate(FIRST)), expiring(60)).when(warn('2026-11-23T09:00:00Z')).thenNothing();
    given(configured(), installed(certificate(FIRST)), expiring(60)).when(warn('2026-12-23T09:00:00Z')).then(expiring(10));
    given(configured(), installed(certificate(FIRST)), expiring(10)).when(warn('2026-12-03T09:00:00Z')).thenNothing();
  });
  it('is done for none that is not installed, was retired, or has no end', () => {
    given(configured(), requested()).when(warn('2026-12-31T09:00:00Z')).thenNothing();
    given(configured(), installed(certificate(FIRST)), retired()).when(warn('2026-12-31T09:00:00Z')).thenNothing();
    given(pdndConfigured(), installed(clientKey(FIRST), pdnd)).when({ ...warn('2026-12-31T09:00:00Z'), ...pdnd }).thenNothing();
  });
  it('is not done when another takes over in time', () => {
    given(configured(), installed(certificate(FIRST)), installed(certificate(SECOND, { from: '2026-12-31', to: '2032-01-01' }))).when(warn('2026-12-31T09:00:00Z')).thenNothing();
    given(configured(), installed(certificate(FIRST)), installed(certificate(SECOND, { from: '2027-01-02', to: '2032-01-01' }))).when(warn('2026-12-31T09:00:00Z')).then(expiring(1));
  });
});

describe('retiring a certificate', () => {
  it('needs a connection', () => given().when(retire()).thenFails('connessione-assente'));
  it('ends its use', () => given(configured(), installed(certificate(FIRST))).when(retire()).then(retired()));
  it('ends the wait for one that does not come', () => given(configured(), requested()).when(retire()).then(retired()));
  it('does nothing when it is not there any more, or never was', () => {
    given(configured(), installed(certificate(FIRST)), retired()).when(retire()).thenNothing();
    given(configured(), installed(certificate(FIRST))).when(retire(SECOND)).thenNothing();
  });
  it('leaves the others', () => {
    const state = [configured(), installed(certificate(FIRST)), installed(certificate(SECOND)), retired()].reduce(connection.evolve, connection.initial);
    expect(state).toMatchObject({ certificates: [{ certificate: SECOND }] });
  });
});

describe('recording a test of the connection', () => {
  const test = { succeeded: false, step: 'firma', detail: 'certificato-scaduto', elapsedMs: 120 };
  it('needs a connection', () => given().when({ ...of, type: 'record-test', test }).thenFails('connessione-assente'));
  it('says what came of it, every time', () => {
    const tested: ConnectionEvent = { type: 'anpr.connection.tested', v: 1, data: { ...of, ...test } };
    given(configured(), tested).when({ ...of, type: 'record-test', test }).then(tested);
    given(configured()).when({ ...of, type: 'record-test', test: { succeeded: true, elapsedMs: 80 } }).then({ type: 'anpr.connection.tested', v: 1, data: { ...of, succeeded: true, elapsedMs: 80 } });
  });
  it('changes nothing else', () => given(configured(), assigned('2026-01-01'), activated, { type: 'anpr.connection.tested', v: 1, data: { ...of, succeeded: false, elapsedMs: 1 } }).when(activate).thenNothing());
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

  it.each<[string, readonly ConnectionEvent[]]>([
    ['was never installed', []],
    ['is for another use', [installed(certificate(FIRST, { use: 'tls' }))]],
    ['waits for its certificate', [requested()]],
    ['has ended', [installed(certificate(FIRST, { to: '2026-11-23' }))]],
    ['has not begun', [installed(certificate(FIRST, { from: '2026-11-24' }))]],
    ['was retired', [installed(certificate(FIRST)), retired()]],
  ])('is not done with message security when the key that signs %s', (_, events) => {
    given(configured(at('https://127.0.0.1:8081/x')), assigned('2026-01-01'), ...events).when(activate).thenFails('chiavi-assenti');
  });

  it('is done with message security and a key that signs', () => given(configured(at('https://127.0.0.1:8081/x')), assigned('2026-01-01'), installed(certificate(FIRST))).when(activate).then(activated));

  it('needs over PDND no operator, and the keys of all its profiles', () => {
    const withProfiles = pdndConfigured({ ...PDND, profiles: { C015: PROFILE, C030: { ...PROFILE, kid: 'z'.repeat(43) } } });
    const activatePdnd = { ...activate, ...pdnd };
    given(pdndConfigured()).when(activatePdnd).thenFails('chiavi-assenti');
    given(withProfiles, installed(clientKey(FIRST), pdnd)).when(activatePdnd).thenFails('chiavi-assenti');
    given(withProfiles, installed(clientKey(FIRST), pdnd), installed(clientKey(SECOND, 'z'.repeat(43)), pdnd)).when(activatePdnd).then({ type: 'anpr.connection.activated', v: 1, data: pdnd });
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

describe('the operator of a convention', () => {
  const convention = '01JD0C0NV0000000000000000A';
  const operators: readonly AnprOperator[] = [
    { operator, codiceFiscale: sealed, from: '2026-01-01' },
    { operator: other, convention, codiceFiscale: sealed, from: '2026-05-01', to: '2026-06-30' },
  ];
  it.each([
    ['2026-06-01', convention, other],
    ['2026-06-01', undefined, operator],
    ['2026-06-01', '01JD0C0NV0000000000000000B', operator],
    ['2026-07-01', convention, operator],
    ['2025-12-31', convention, undefined],
  ])('on %s for %s is its own while in office, else that of the connection', (day, of, expected) => expect(operatorOn(operators, day, of)?.operator).toBe(expected));
});

describe('certificates of a connection', () => {
  const noon = (day: string): Date => new Date(`${day}T12:00:00Z`);
  const usable = (id: string, life: Life = {}): UsableCertificate => certificate(id, life);

  it('are valid from their first instant to before their last', () => {
    const one = certificate(FIRST);
    for (const [now, expected] of [['2025-12-31T23:59:59.999Z', false], ['2026-01-01T00:00:00Z', true], ['2026-12-31T23:59:59.999Z', true], ['2027-01-01T00:00:00Z', false]] as const) expect(isValid(one, new Date(now)), now).toBe(expected);
    expect(isValid(clientKey(FIRST), noon('2099-01-01'))).toBe(true);
  });

  it('in use is the one that began last, of those that are valid', () => {
    const all = [usable('A', { from: '2026-11-01', to: '2032-01-01' }), usable('B'), usable('C', { from: '2026-12-01', to: '2033-01-01' }), usable('D', { use: 'tls' })];
    expect(inUse(all, 'firma', noon('2026-06-01'))?.certificate).toBe('B');
    expect(inUse(all, 'firma', noon('2026-11-15'))?.certificate).toBe('A');
    expect(inUse(all, 'firma', noon('2026-12-15'))?.certificate).toBe('C');
    expect(inUse(all, 'postazione', noon('2026-06-01'))).toBeUndefined();
    expect(inUse([usable('A'), usable('B')], 'firma', noon('2026-06-01'))?.certificate).toBe('B');
  });

  it('are warned of by the nearest number of days', () => {
    expect(EXPIRY_WARNINGS).toEqual([60, 30, 10, 3, 1]);
    expect(warningDue(usable(FIRST), noon('2026-12-31'))).toBe(1);
    expect(warningDue({ ...usable(FIRST), warned: 3 }, noon('2026-12-31'))).toBe(1);
    expect(warningDue({ ...usable(FIRST), warned: 1 }, noon('2026-12-31'))).toBeUndefined();
  });

  it('are succeeded by another for the same use without a gap, and never by themselves', () => {
    const one = usable('A');
    for (const [life, expected] of [[{ from: '2027-01-01', to: '2028-01-01' }, true], [{ from: '2027-01-02', to: '2028-01-01' }, false], [{ from: '2020-01-01', to: '2026-12-31' }, false], [{ to: '2028-01-01', use: 'tls' }, false]] as const) {
      expect(isSucceeded(one, [one, usable('B', life)]), JSON.stringify(life)).toBe(expected);
    }
    expect(isSucceeded(one, [one])).toBe(false);
    const client = usable('A', { use: 'client' });
    expect(isSucceeded(client, [client, usable('B', { use: 'client', to: '2030-01-01' })])).toBe(false);
  });

  it('cover a use until the first gap', () => {
    const all = [usable('B', { from: '2026-12-01', to: '2028-01-01' }), usable('A'), usable('C', { from: '2028-02-01', to: '2030-01-01' })];
    const until = (day: string): string | undefined => coveredUntil(all, 'firma', noon(day))?.toISOString().slice(0, 10);
    expect(until('2026-06-01')).toBe('2028-01-01');
    expect(until('2028-01-15')).toBe('2028-01-01');
    expect(until('2028-02-15')).toBe('2030-01-01');
    expect(until('2025-01-01')).toBeUndefined();
    expect(coveredUntil([...all, clientKey('D')], 'client', noon('2026-06-01'))).toBeUndefined();
  });

  it('are enough for a connection without message security, and for PDND where each profile has its key', () => {
    expect(hasKeys({ settings: SIMULATOR, certificates: [] }, noon('2026-06-01'))).toBe(true);
    expect(hasKeys({ settings: { ...PDND, profiles: { C015: PROFILE } }, certificates: [clientKey(FIRST)] }, noon('2026-06-01'))).toBe(true);
    expect(hasKeys({ settings: { ...PDND, profiles: { C015: PROFILE } }, certificates: [] }, noon('2026-06-01'))).toBe(false);
  });
});
