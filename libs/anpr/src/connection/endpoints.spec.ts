import { describe, expect, it } from 'vitest';
import { CASI_USO, PdndSettings, type CasoUso } from '@geres/contracts';
import { CLIENT, purposeOf, signer } from '../testing/pdnd-server.js';
import { belongsTo } from './endpoints.domain.js';

describe('settings', () => {
  const profile = (changes: object) => ({ profiles: { C020: { url: 'https://modipa.anpr.interno.it/x/anpr-service-e002', audience: 'https://modipa.anpr.interno.it/x/v1', purposeId: purposeOf('C020'), kid: signer.kid, dailyQuota: 1, ...changes } } });
  const base = { tokenEndpoint: 'https://auth.interop.pagopa.it/token.oauth2', assertionAudience: 'auth.interop.pagopa.it/client-assertion', issuer: 'interop.pagopa.it', jwksUrl: 'https://interop.pagopa.it/.well-known/jwks.json', clientId: CLIENT, timeoutMs: 20_000, maxInFlight: 4, maxQueued: 4 };

  it.each([
    ['a dash of the catalogue', { url: 'https://modipa.anpr.interno.it/C001–servizioNotifica/v1/anpr-service-e002' }],
    ['an address without its operation', { url: 'https://modipa.anpr.interno.it/x/v1' }],
    ['the address in the place of the audience', { audience: 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/x/v1' }],
    ['the operation in the audience', { audience: 'https://modipa.anpr.interno.it/x/v1/anpr-service-e002' }],
    ['a kid that is no thumbprint', { kid: 'short' }],
    ['a purpose that is no UUID', { purposeId: 'P-1' }],
  ])('are refused with %s', (_, changes) => {
    expect(PdndSettings.safeParse({ ...base, ...profile({}) }).success).toBe(true);
    expect(PdndSettings.safeParse({ ...base, ...profile(changes) }).success).toBe(false);
  });

  it.each(CASI_USO)('may name %s', (code: CasoUso) => {
    expect(PdndSettings.parse({ ...base, profiles: { [code]: profile({}).profiles.C020 } }).profiles[code]).toMatchObject({ dpop: false, regime: 'nuovo' });
  });

  it.each([
    ['of PDND and ANPR are for produzione', {}, 'produzione', true],
    ['of PDND and ANPR are not for test', {}, 'test', false],
    ['of this machine are for test', { tokenEndpoint: 'http://127.0.0.1:1/token.oauth2', jwksUrl: 'http://localhost:1/jwks', profiles: {} }, 'test', true],
    ['of this machine are not for produzione', { tokenEndpoint: 'http://127.0.0.1:1/token.oauth2' }, 'produzione', false],
    ['without TLS are not', { jwksUrl: 'http://interop.pagopa.it/.well-known/jwks.json' }, 'produzione', false],
    ['with a password in them are not', { jwksUrl: 'https://a:b@interop.pagopa.it/.well-known/jwks.json' }, 'produzione', false],
    ['of somebody else are not', { profiles: { C020: { ...profile({}).profiles.C020, url: 'https://anpr.example/anpr-service-e002' } } }, 'produzione', false],
  ] as const)('whose addresses %s', (_, changes, environment, belongs) => {
    expect(belongsTo(PdndSettings.parse({ ...base, ...profile({}), ...changes }), environment)).toBe(belongs);
  });
});
