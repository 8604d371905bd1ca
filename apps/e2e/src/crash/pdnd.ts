import { createPublicKey, randomUUID } from 'node:crypto';
import { noDevice, openCustody } from '@geres/anpr/connector';
import { CASI_USO, SEGMENT, type CasoUso } from '@geres/anpr/protocol/pdnd';
import { PdndSettings, type ConnectionEvent } from '@geres/contracts';
import type { KeyStores } from '@geres/platform/keys';
import { ulid } from 'ulid';

export interface PdndPlace {
  /** Where the token endpoint and the e-services answer. */
  readonly relay: string;
  /** The control API of the simulator, which takes what a Comune does in the back office of PDND. */
  readonly control: (method: 'PUT' | 'POST', path: string, body: object) => Promise<unknown>;
}

const MODIPA = 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR';
const AMPLE = 1_000_000;

/** A connection of a Comune over PDND, its key made in custody as the product makes it, its client and purposes known to PDND: the events that say so. */
export async function pdndConnection(comune: string, keys: KeyStores, { relay, control }: PdndPlace): Promise<readonly ConnectionEvent[]> {
  const of = { comune, channel: 'pdnd' as const };
  const made = await openCustody({ secrets: keys.certificates, device: noDevice }).request(of, { certificate: ulid(), use: 'client', responsible: ulid(), subject: { commonName: comune } });
  if (made.kind !== 'ready') throw new Error('the key of a PDND client waits for nothing');
  const clientId = randomUUID();
  const { kid } = made.installed;
  await control('POST', 'pdnd/chiavi', { clientId, chiave: createPublicKey({ key: { ...made.publicKey }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) });
  const profiles: Partial<Record<CasoUso, object>> = {};
  for (const casoUso of CASI_USO) {
    const purposeId = randomUUID();
    await control('PUT', 'pdnd/finalita', { purposeId, clientId, casoUso });
    profiles[casoUso] = { url: `${relay}/govway/rest/in/MinInternoPortaANPR-PDND/${SEGMENT[casoUso]}/v1/anpr-service-e002`, audience: `${MODIPA}/${SEGMENT[casoUso]}/v1`, purposeId, kid, dailyQuota: AMPLE };
  }
  await control('PUT', 'pdnd/comportamento', { tokenAlSecondo: AMPLE, quotaGiornaliera: AMPLE });
  const settings = PdndSettings.parse({
    tokenEndpoint: `${relay}/token.oauth2`,
    assertionAudience: 'auth.uat.interop.pagopa.it/client-assertion',
    issuer: 'uat.interop.pagopa.it',
    jwksUrl: `${relay}/.well-known/jwks.json`,
    clientId,
    timeoutMs: 20_000,
    maxInFlight: 300,
    maxQueued: 1000,
    profiles,
  });
  return [
    { type: 'anpr.connection.configured', v: 1, data: { ...of, settings } },
    { type: 'anpr.connection.certificate-installed', v: 1, data: { ...of, ...made.installed } },
    { type: 'anpr.connection.activated', v: 1, data: of },
  ];
}
