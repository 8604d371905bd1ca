import { describe, expect, it } from 'vitest';
import { explained, TEST_STEPS } from './explained.domain.js';
import { testConnStep, transportStep, voucherStep } from './failures.domain.js';

describe('what a transport says', () => {
  it.each([
    ['ECONNREFUSED', 'rete'],
    ['ENOTFOUND', 'rete'],
    ['UND_ERR_CONNECT_TIMEOUT', 'rete'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['oltre 10000 ms', 'tempo'],
    ['HTTP 500', undefined],
  ])('%s is of the step %s', (detail, step) => expect(transportStep(detail)).toBe(step));
});

describe('what PDND or its voucher says', () => {
  it.each([
    ['pdnd 400 015-0008', 'asserzione'],
    ['pdnd 400 007-9999', 'risposta'],
    ['pdnd 429', 'quota'],
    ['pdnd 500 015-0000', 'servizio'],
    ['pdnd 404', 'risposta'],
    ['pdnd senza voucher', 'risposta'],
    ['pdnd ECONNRESET', 'rete'],
    ['pdnd oltre 10000 ms', 'tempo'],
    ['voucher-audience', 'audience'],
    ['voucher-firma', 'voucher'],
    ['jwks-non-disponibile', 'rete'],
  ])('%s is of the step %s', (detail, step) => expect(voucherStep(detail)).toBe(step));
});

describe('where TestConn ended', () => {
  it.each([
    ['firma', 'chiave assente', 'chiave'],
    ['firma', 'certificato server scaduto', 'certificato'],
    ['rete', 'ECONNREFUSED', 'rete'],
    ['rete', 'tempo-scaduto', 'tempo'],
    ['rete', 'http 500', 'risposta'],
    ['tls', 'CERT_HAS_EXPIRED', 'tls'],
    ['fault', 'client-policy', 'firma'],
    ['fault', 'client-sede', 'impostazioni'],
    ['fault', 'server', 'servizio'],
    ['errore', 'EN493', 'rifiuto'],
    ['illeggibile', 'html', 'risposta'],
  ] as const)('%s %s is of the step %s', (step, code, mapped) => expect(testConnStep({ step, code })).toBe(mapped));
});

describe('a failed test', () => {
  it.each(TEST_STEPS)('at the step %s is explained, and says what to do', (step) => {
    const { spiegazione, rimedio } = explained('ws', { succeeded: false, step });
    expect(spiegazione).not.toBe('');
    expect(rimedio).toMatch(/\.$/);
  });

  it('at a step that another release knew is explained all the same', () => expect(explained('pdnd', { succeeded: false, step: 'altro' }).rimedio).toBeDefined());
});
