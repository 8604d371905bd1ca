import type { PdndSettings } from '@geres/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pdndServer, signer, type PdndServer } from '../../testing/pdnd-server.js';
import { pdndSettings } from '../../testing/pdnd-settings.js';
import { tryPdnd, type PdndTrial } from './try-pdnd.js';

const NOW = new Date('2026-11-23T09:00:00.500Z');

describe('a test of a connection over PDND', () => {
  let pdnd: PdndServer;
  beforeEach(async () => {
    pdnd = await pdndServer(NOW);
  });
  afterEach(() => pdnd.close());

  const trial = (settings: Partial<PdndSettings> = {}, changes: Partial<PdndTrial> = {}) =>
    tryPdnd({
      settings: pdndSettings({ origin: pdnd.origin, kid: signer.kid, settings }),
      service: 'C020',
      user: '01JUSER000SYNTHETIC0000042',
      signerOf: (kid) => Promise.resolve(kid === signer.kid ? signer : undefined),
      clock: () => NOW,
      ...changes,
    });

  it('succeeds with a voucher, and no e-service is called', async () => {
    expect(await trial()).toEqual({ succeeded: true, elapsedMs: expect.any(Number) as number });
    expect(pdnd.faults).toEqual([]);
    expect(pdnd.assertions).toHaveLength(1);
    expect(pdnd.calls).toHaveLength(0);
  });

  it('takes the first e-service that is configured where none is named, and knows when none is', async () => {
    expect(await trial({}, { service: undefined })).toMatchObject({ succeeded: true });
    expect(await trial({ profiles: {} }, { service: undefined })).toMatchObject({ succeeded: false, step: 'impostazioni' });
  });

  it('knows by itself that the key is not installed, or does not sign', async () => {
    expect(await trial({}, { signerOf: () => Promise.resolve(undefined) })).toMatchObject({ succeeded: false, step: 'kid' });
    expect(await trial({}, { signerOf: () => Promise.resolve({ ...signer, sign: () => Promise.reject(new Error('away')) }) })).toMatchObject({ succeeded: false, step: 'chiave' });
    expect(pdnd.assertions).toHaveLength(0);
  });

  it('knows by itself the audience of another environment, which PDND would refuse without a word', async () => {
    const settings = { tokenEndpoint: 'https://auth.uat.interop.pagopa.it/token.oauth2', assertionAudience: 'auth.interop.pagopa.it/client-assertion' };
    expect(await trial(settings)).toMatchObject({ succeeded: false, step: 'audience' });
  });

  it.each([
    ['the assertion is refused', () => void (pdnd.token = () => ({ status: 400, body: { errors: [{ code: '015-0008' }] } })), 'asserzione'],
    ['there are too many requests', () => void (pdnd.token = () => ({ status: 429, body: {} })), 'quota'],
    ['PDND has a fault of its own', () => void (pdnd.token = () => ({ status: 500, body: {} })), 'servizio'],
    ['the voucher is for another audience', () => void (pdnd.claims = { aud: 'altra' }), 'audience'],
    ['the voucher is for another purpose', () => void (pdnd.claims = { purposeId: 'altra' }), 'voucher'],
    ['the voucher is not signed by PDND', () => void (pdnd.forged = true), 'voucher'],
  ])('says where it ended when %s', async (_, disturb, step) => {
    disturb();
    expect(await trial()).toMatchObject({ succeeded: false, step });
  });

  it('says that nobody answers', async () => {
    const { origin } = pdnd;
    expect(await trial({ tokenEndpoint: 'http://127.0.0.1:1/token.oauth2', jwksUrl: `${origin}/.well-known/jwks.json` })).toMatchObject({ succeeded: false, step: 'rete', detail: 'pdnd ECONNREFUSED' });
  });
});
