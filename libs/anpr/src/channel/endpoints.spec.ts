import { describe, expect, it } from 'vitest';
import { describeWithProtocol, protocol } from '../testing/anpr-schema.js';
import { endpointOf } from './endpoints.js';

const AT_3002 = 'https://wstest.anpr.interno.it/ANPR3000ServiziConsultazione/AnprService3000';

describe('the address of another service', () => {
  it.each([
    ['on the same host', AT_3002, 'https://wstest.anpr.interno.it/ANPRTestConn/TestConn'],
    ['behind the same gateway', 'https://gw.example:8443/anpr/v1/ANPR3000ServiziConsultazione/AnprService3000/?x=1#y', 'https://gw.example:8443/anpr/v1/ANPRTestConn/TestConn'],
    ['at the root, where 3002 is at an address of its own', 'http://127.0.0.1:8090/altro', 'http://127.0.0.1:8090/ANPRTestConn/TestConn'],
  ])('is %s as that of 3002', (_, endpoint, expected) => {
    expect(endpointOf('TestConn', endpoint)).toBe(expected);
  });
});

describeWithProtocol('the written protocol', () => {
  it('has the same paths', () => {
    for (const service of ['3000', '7000', 'TestConn'] as const) expect(protocol()).toContain(`\`${new URL(endpointOf(service, AT_3002)).pathname}\``);
  });
});
