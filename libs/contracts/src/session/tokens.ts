import { z } from 'zod';
import { Role } from '../common/scalars.js';

/** One audience a service. URNs, so that they do not change with the address of the installation. */
export const AUDIENCES = { gateway: 'urn:geres:api', admin: 'urn:geres:amministrazione', monitoring: 'urn:geres:monitoraggio' } as const;
export type Audience = (typeof AUDIENCES)[keyof typeof AUDIENCES];

/** Claims of a GeRes access token (JWT, ES256, `typ` at+jwt). `sub` is the user id, or the client id where no person stands behind it. */
export const AccessClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string(),
  client_id: z.string(),
  /** Session; always there when a person stands behind the token. */
  sid: z.string().optional(),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().optional(),
  scope: z.string().optional(),
  ambiente: z.enum(['test', 'produzione']),
  /** Role chosen at sign-in to the console; absent in tokens for the gateway. */
  ruolo: Role.optional(),
  comune: z.string().optional(),
  ente: z.string().optional(),
});
export type AccessClaims = z.infer<typeof AccessClaims>;

/** `{publicUrl}/oidc/{ambiente}`: the environment is part of the issuer. */
export const issuerOf = (publicUrl: string, environment: string): string => `${publicUrl.replace(/\/$/, '')}/oidc/${environment}`;
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
