import { CASI_USO, PdndSettings, type CasoUso, type PdndProfile } from '@geres/contracts';
import { SEGMENT } from '../protocol/pdnd/index.js';

export const CLIENT = '11111111-1111-4111-8111-111111111111';
export const ISSUER = 'uat.interop.example';
export const ASSERTION_AUDIENCE = 'auth.uat.interop.example/client-assertion';
export const audienceOf = (casoUso: CasoUso): string => `https://anpr.example/govway/rest/in/MinInternoPortaANPR/${SEGMENT[casoUso]}/v1`;
export const purposeOf = (casoUso: CasoUso): string => `22222222-2222-4222-8222-222222222${casoUso.slice(1)}`;

interface Reaching {
  /** Where PDND and the e-services are. */
  readonly origin?: string;
  readonly kid?: string;
  readonly profile?: Partial<PdndProfile>;
  readonly settings?: Partial<PdndSettings>;
}

/** A connection over PDND with every e-service; by itself it leads nowhere. */
export const pdndSettings = ({ origin = 'http://127.0.0.1:1', kid = 'k'.repeat(43), profile = {}, settings = {} }: Reaching = {}): PdndSettings =>
  PdndSettings.parse({
    tokenEndpoint: `${origin}/token.oauth2`,
    assertionAudience: ASSERTION_AUDIENCE,
    issuer: ISSUER,
    jwksUrl: `${origin}/.well-known/jwks.json`,
    clientId: CLIENT,
    timeoutMs: 20_000,
    maxInFlight: 20,
    maxQueued: 20,
    profiles: Object.fromEntries(
      CASI_USO.map((code) => [code, { url: `${origin}/govway/rest/in/MinInternoPortaANPR-PDND/${SEGMENT[code]}/v1/anpr-service-e002`, audience: audienceOf(code), purposeId: purposeOf(code), kid, dailyQuota: 100, ...profile }]),
    ),
    ...settings,
  });
