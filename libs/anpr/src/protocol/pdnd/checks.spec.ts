import { describe, expect, it } from 'vitest';
import { integritySignature, trackingEvidence } from './claims.js';
import { digestHeader, hexDigest, modiHeader, signingInput } from './jws.js';
import { departureFault } from './preflight.js';
import { voucherFault } from './voucher.js';

const NOW = new Date('2026-11-23T09:00:00.000Z');
const S = Math.floor(NOW.getTime() / 1000);
const AUDIENCE = 'https://anpr.example/C020/v1';
const who = { clientId: 'client', audience: AUDIENCE, purposeId: 'purpose', userId: 'op', userLocation: 'posto', loa: 'LoA2' };
const token = (claims: object): string => `${signingInput(modiHeader('k'), claims)}.c2ln`;
const stamp = { at: NOW, jti: 'j' };

const tracked = trackingEvidence(who, stamp, '4071936528104');
const evidence = token(tracked);
const granted = { iss: 'interop', aud: AUDIENCE, client_id: 'client', purposeId: 'purpose', eserviceId: 'e', iat: S, nbf: S, exp: S + 600, digest: { alg: 'SHA256', value: hexDigest(evidence) } };

describe('a voucher', () => {
  const fault = (changes: object, expected: object = {}) =>
    voucherFault(token({ ...granted, ...changes }), { issuer: 'interop', audience: AUDIENCE, clientId: 'client', purposeId: 'purpose', eserviceId: 'e', evidence, now: NOW, ...expected });

  it('is good when it says all that was asked', () => {
    expect(fault({})).toBeUndefined();
  });

  it('may be for several audiences, in one string, and have its digest in capital letters', () => {
    expect(fault({ aud: `https://other.example,${AUDIENCE}` })).toBeUndefined();
    expect(fault({ digest: { alg: 'SHA256', value: hexDigest(evidence).toUpperCase() } })).toBeUndefined();
  });

  it.each([
    ['voucher-emittente', { iss: 'uat.interop' }],
    ['voucher-audience', { aud: `${AUDIENCE}/anpr-service-e002` }],
    ['voucher-client', { client_id: 'another' }],
    ['voucher-finalita', { purposeId: 'another' }],
    ['voucher-e-service', { eserviceId: 'another' }],
    ['voucher-senza-digest', { digest: undefined }],
    ['voucher-digest', { digest: { alg: 'SHA256', value: hexDigest(`${evidence}x`) } }],
    ['voucher-nel-futuro', { nbf: S + 60 }],
    ['voucher-nel-futuro', { iat: S + 60 }],
    ['voucher-in-scadenza', { exp: S + 59 }],
    ['voucher-in-scadenza', { exp: undefined }],
  ])('is refused for %s', (said, changes) => {
    expect(fault(changes)).toBe(said);
  });

  it('is refused where it is not bound to the key of the DPoP proof', () => {
    expect(fault({ cnf: { jkt: 'another' } }, { jkt: 'thumbprint' })).toBe('voucher-dpop');
    expect(fault({ cnf: { jkt: 'thumbprint' } }, { jkt: 'thumbprint' })).toBeUndefined();
  });

  it('is refused where it is no JWT', () => {
    expect(voucherFault('opaque', { issuer: 'interop', audience: AUDIENCE, clientId: 'client', purposeId: 'purpose', evidence, now: NOW })).toBe('voucher-non-jwt');
  });
});

describe('a call that is about to leave', () => {
  const body = Buffer.from('{"a":1}');
  const digest = digestHeader(body);
  const signed = integritySignature(who, stamp, digest);
  const good = { voucher: token(granted), evidence, signature: token(signed), digest, body, now: NOW };
  /** Another evidence, with the voucher that goes with it. */
  const tracking = (changes: object) => {
    const other = token({ ...tracked, ...changes });
    return { evidence: other, voucher: token({ ...granted, digest: { alg: 'SHA256', value: hexDigest(other) } }) };
  };

  it('may leave', () => {
    expect(departureFault(good)).toBeUndefined();
  });

  it.each([
    ['digest-del-corpo', { body: Buffer.from('{"a":1}\n') }],
    ['voucher-non-jwt', { voucher: 'x' }],
    ['firma-non-jwt', { signature: 'x' }],
    ['evidenza-non-jwt', { evidence: 'x' }],
    ['firma-audience', { signature: token({ ...signed, aud: AUDIENCE.replace('anpr', 'altro') }) }],
    ['firma-nel-futuro', { signature: token({ ...signed, iat: S + 6 }) }],
    ['firma-vecchia', { signature: token({ ...signed, iat: S - 601 }) }],
    ['firma-scaduta', { signature: token({ ...signed, exp: S }) }],
    ['firma-intestazioni', { signature: token({ ...signed, signed_headers: [{ digest }, { 'content-type': 'application/json; charset=utf-8' }] }) }],
    ['firma-intestazioni', { signature: token({ ...signed, signed_headers: [{ 'content-type': 'application/json' }] }) }],
    ['evidenza-audience', tracking({ aud: 'https://altro.example' })],
    ['evidenza-vecchia', tracking({ iat: S - 601 })],
    ['evidenza-scaduta', tracking({ exp: S - 1 })],
    ['evidenza-utente', tracking({ userID: 42 })],
    ['evidenza-postazione', tracking({ userLocation: '' })],
    ['evidenza-finalita', tracking({ purposeId: 'another' })],
    ['evidenza-finalita', tracking({ purposeId: undefined })],
    ['evidenza-non-legata', { evidence: token({ ...tracked, jti: 'made again' }) }],
  ])('stays here for %s', (said, changes) => {
    expect(departureFault({ ...good, ...changes })).toBe(said);
  });
});
