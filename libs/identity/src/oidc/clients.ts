import { ApplicationId, AUDIENCES, JWT_BEARER, type Audience } from '@geres/contracts';
import { fold, whole, type EventStore } from '@geres/kernel';
import type { AdapterPayload, ClientMetadata } from 'oidc-provider';
import { application, applicationStream, CLI_CLIENT, CONSOLE_CLIENT, isOfProduct, type RegisteredApplication } from '../application/application.domain.js';

/** The application as its events tell it now: a key that was removed a moment ago is not accepted any more. */
export async function loadApplication(store: EventStore, id: string): Promise<RegisteredApplication | undefined> {
  if (!ApplicationId.safeParse(id).success) return undefined;
  const state = fold(application, (await whole(store.read(applicationStream(id)))).events);
  return state.status === 'absent' ? undefined : state;
}

const isLoopback = (uri: string): boolean => uri.startsWith('http://');

/**
 * `jwt-bearer` alone and code flow: no client authentication (the assertion is the proof; PKCE protects the code). Reporting tools: `private_key_jwt`.
 * A disabled application is no client at all.
 */
export function clientOf(id: string, { status, name, grants, redirectUris, keys }: RegisteredApplication): AdapterPayload | undefined {
  if (status === 'disabled') return undefined;
  const code = grants.includes('authorization-code');
  const reporting = grants.includes('client-credentials');
  // Without a key a client of `private_key_jwt` cannot prove itself, and the provider refuses its registration.
  if (reporting && keys.length === 0) return undefined;
  return {
    client_id: id,
    client_name: name,
    application_type: redirectUris.some(isLoopback) ? 'native' : 'web',
    grant_types: [
      ...(grants.includes('jwt-bearer') ? [JWT_BEARER] : []),
      ...(reporting ? ['client_credentials'] : []),
      ...(code ? ['authorization_code', 'refresh_token'] : []),
    ],
    response_types: code ? ['code'] : [],
    redirect_uris: code ? [...redirectUris] : [],
    token_endpoint_auth_method: reporting ? 'private_key_jwt' : 'none',
    ...(reporting ? { jwks: { keys: keys.map((key) => ({ ...key, use: 'sig' })) } } : {}),
  };
}

/** The web console, at the same origin. */
export const consoleClient = (publicUrl: string): ClientMetadata => ({
  client_id: CONSOLE_CLIENT,
  client_name: 'Console di GeRes',
  application_type: 'web',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [`${publicUrl}/console/accesso`],
  post_logout_redirect_uris: [`${publicUrl}/console/`],
  token_endpoint_auth_method: 'none',
});

/** The command line (RFC 8252): the browser comes back to a port of the same computer, whichever is free. */
export const cliClient: ClientMetadata = {
  client_id: CLI_CLIENT,
  client_name: 'Riga di comando di GeRes',
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/accesso'],
  token_endpoint_auth_method: 'none',
};

/** What a client may ask tokens for: the first is the default. */
export function audiencesOf(client: { readonly clientId: string; readonly grantTypes?: readonly string[] | undefined }): readonly Audience[] {
  if (isOfProduct(client.clientId)) return [AUDIENCES.admin, AUDIENCES.monitoring];
  return client.grantTypes?.includes('client_credentials') ? [AUDIENCES.monitoring] : [AUDIENCES.gateway];
}
