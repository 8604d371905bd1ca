import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { clientAssertion, dpopProof, integritySignature, trackingEvidence } from './claims.js';
import { accessTokenHash, digestHeader, hexDigest, payloadOf, signingInput, thumbprint, type RsaJwk } from './jws.js';
import { buildRichiestaE002 } from './request.js';

const CLIENT = '11111111-1111-4111-8111-111111111111';
const PURPOSE = '22222222-2222-4222-8222-222222222222';
const AUDIENCE = 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C020-servizioAccertamentoResidenza/v1';
const stamp = (seconds: number, jti: string) => ({ at: new Date((seconds + 5) * 1000), jti });
const who = { clientId: CLIENT, audience: AUDIENCE, purposeId: PURPOSE, userId: 'op-0042', userLocation: 'sportello-07', loa: 'LoA2' };
const DIGEST = 'SHA-256=3gqkOeu2AyzAEN0VvAIX9AcdXdUNPtMxMMKhTDaMuDE=';

/** The worked example of ANPR over PDND, with its hashes. */
describe('the worked example', () => {
  const body = buildRichiestaE002({
    casoUso: 'C020',
    idOperazione: '1795428000000001',
    criteri: { idANPR: 'ZZ00000ZZ' },
    dataRiferimento: '2026-11-23',
    oggi: '2026-11-23',
    motivo: 'PRATICA-0001-2026',
  });

  it('has the body to the byte', () => {
    expect(body.toString()).toBe(
      '{"idOperazioneClient":"1795428000000001","criteriRicerca":{"idANPR":"ZZ00000ZZ"},"datiRichiesta":{"dataRiferimentoRichiesta":"2026-11-23","motivoRichiesta":"PRATICA-0001-2026","casoUso":"C020"}}',
    );
    expect(body).toHaveLength(194);
  });

  it('has the Digest of its body, and another with one line feed more', () => {
    expect(digestHeader(body)).toBe(DIGEST);
    expect(digestHeader(Buffer.concat([body, Buffer.from('\n')]))).toBe('SHA-256=DLB2f2G1/GH9GaZgnTAaw9wkDZIdOoSCQGQsJldcnHU=');
    expect(digestHeader(new Uint8Array())).toBe('SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  });

  it('hashes a TrackingEvidence in hexadecimal and a token of DPoP in base64url', () => {
    expect(hexDigest('hhh.ppp.sss')).toBe('8b6fa13536ed90810eb5058e44e9974807aea8d6f54d4d38fa08dd6c30541269');
    expect(accessTokenHash('voucher.example.jws')).toBe('UR9QvNTCNZls0zdpXrMhZm9jFnrr1arqLQ1Ts2gERio');
  });

  it('has the TrackingEvidence, whole and as strings', () => {
    expect(trackingEvidence(who, stamp(1795428000, '33333333-3333-4333-8333-333333333333'), '4071936528104')).toEqual({
      iss: CLIENT,
      aud: AUDIENCE,
      iat: 1795428000,
      exp: 1795428600,
      jti: '33333333-3333-4333-8333-333333333333',
      purposeId: PURPOSE,
      userID: 'op-0042',
      userLocation: 'sportello-07',
      LoA: 'LoA2',
      dnonce: '4071936528104',
    });
  });

  it('has the client assertion, and no claim more than PDND takes in strict mode', () => {
    expect(clientAssertion({ ...who, assertionAudience: 'auth.uat.interop.pagopa.it/client-assertion' }, stamp(1795428000, '44444444-4444-4444-8444-444444444444'), 'hhh.ppp.sss')).toEqual({
      iss: CLIENT,
      sub: CLIENT,
      aud: 'auth.uat.interop.pagopa.it/client-assertion',
      jti: '44444444-4444-4444-8444-444444444444',
      iat: 1795428000,
      exp: 1795428120,
      purposeId: PURPOSE,
      digest: { alg: 'SHA256', value: '8b6fa13536ed90810eb5058e44e9974807aea8d6f54d4d38fa08dd6c30541269' },
    });
  });

  it('has the Agid-JWT-Signature over digest and media type', () => {
    expect(integritySignature(who, stamp(1795428030, '55555555-5555-4555-8555-555555555555'), DIGEST)).toEqual({
      iss: CLIENT,
      sub: CLIENT,
      aud: AUDIENCE,
      iat: 1795428030,
      exp: 1795428330,
      jti: '55555555-5555-4555-8555-555555555555',
      signed_headers: [{ digest: DIGEST }, { 'content-type': 'application/json' }],
    });
  });

  it('binds a DPoP proof to its token only where there is one', () => {
    const at = { at: new Date(1795428000_000), jti: 'j' };
    expect(dpopProof({ method: 'POST', url: 'https://auth.example/token.oauth2' }, at)).toEqual({ htm: 'POST', htu: 'https://auth.example/token.oauth2', iat: 1795428000, jti: 'j' });
    expect(dpopProof({ method: 'POST', url: 'https://anpr.example/' }, at, 'voucher.example.jws')).toHaveProperty('ath', 'UR9QvNTCNZls0zdpXrMhZm9jFnrr1arqLQ1Ts2gERio');
  });
});

describe('a compact JWS', () => {
  it('has the kid of its key as RFC 7638 says, as another implementation computes it', async () => {
    const jwk = (await exportJWK((await generateKeyPair('RS256', { extractable: true })).publicKey)) as unknown as RsaJwk;
    expect(thumbprint(jwk)).toBe(await calculateJwkThumbprint(jwk));
    expect(thumbprint(jwk)).toMatch(/^[\w-]{43}$/);
  });

  it('gives its payload back', () => {
    expect(payloadOf(`${signingInput({ alg: 'RS256' }, { nome: 'è' })}.c2ln`)).toEqual({ nome: 'è' });
  });

  it.each(['', 'a.b', 'a.b.c', 'a.!.c', 'a.W10.c', 'a.bnVsbA.c', 'a.MQ.c'])('is not %j', (token) => {
    expect(payloadOf(token)).toBeUndefined();
  });
});
