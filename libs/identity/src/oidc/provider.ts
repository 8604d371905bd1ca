import { AUDIENCES, JWT_BEARER } from '@geres/contracts';
import type { CollectionStore } from '@geres/kernel';
import { CORRELATION_HEADER, correlationOf, documentOf, failHttp } from '@geres/platform/http';
import type { KeyStore } from '@geres/platform/keys';
import { Provider, errors, interactionPolicy, type AccessToken, type ClientCredentials, type Configuration, type JWKS, type KoaContextWithOIDC } from 'oidc-provider';
import { CONSOLE_CLIENT } from '../application/application.domain.js';
import { SESSION_MS } from '../session/sessions.js';
import { ASSERTION_MAX_S, CLOCK_TOLERANCE_S } from './assertion.js';
import { audiencesOf, cliClient, clientOf, consoleClient, loadApplication } from './clients.js';
import { JwtBearer, type JwtBearerDeps } from './jwt-bearer.js';
import { speakItalian, toldOf } from './oauth-errors.js';
import { errorPage, loggedOutPage, logoutPage } from './pages.js';
import { SignIns, type SignInDeps } from './sign-ins.js';
import type { OidcSecrets } from './signing-keys.js';
import { oidcState } from './state.js';

/** Longest life of an access token, in seconds. */
export const ACCESS_TOKEN_S = 300;
const SESSION_S = SESSION_MS / 1000;
/** A person has so long to fill in the pages. */
const INTERACTION_S = 15 * 60;

export interface ProviderDeps extends JwtBearerDeps, SignInDeps {
  readonly collections: CollectionStore;
  /** Where nothing is lost, not even by a power failure: the ids of client assertions that were used. */
  readonly durable: CollectionStore;
  readonly keys: KeyStore;
  readonly secrets: OidcSecrets;
  /** Told what went wrong inside the provider. */
  readonly onServerError: (error: Error) => void;
}

export interface OpenIdProvider {
  readonly provider: Provider;
  readonly signIns: SignIns;
}

const { Check, base } = interactionPolicy;

/** The OpenID Provider of the installation, on its own events and keys. */
export async function openProvider(deps: ProviderDeps): Promise<OpenIdProvider> {
  const signIns = new SignIns(deps);
  const jwks = { keys: [...(await deps.secrets.signing())] } as JWKS;
  const provider = new Provider(deps.issuer, configuration(deps, signIns, jwks, await deps.secrets.cookieKey()));
  provider.proxy = true; // the mount tells it the public address, and nobody else can
  provider.registerGrantType(JWT_BEARER, new JwtBearer(deps).handler(provider), ['assertion', 'resource']);
  speakItalian(provider);
  closeEnded(provider, signIns);
  provider.silent = true;
  provider.on('server_error', (_, error) => deps.onServerError(error));
  provider.use(notFound);
  return { provider, signIns };
}

function configuration(deps: ProviderDeps, signIns: SignIns, jwks: JWKS, cookieKey: string): Configuration {
  const { collections, durable, keys, clock, environment, publicUrl, issuer, store } = deps;
  const secure = publicUrl.startsWith('https:');
  return {
    adapter: oidcState({ collections, durable, keys, clock }, async (id) => {
      const application = await loadApplication(store, id);
      return application && clientOf(id, application);
    }),
    clients: [consoleClient(publicUrl), cliClient],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientAuthMethods: ['none', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'ES256'], idTokenSigningAlgValues: ['ES256'] },
    assertJwtClientAuthClaimsAndHeader: (_, { exp }) => {
      if (typeof exp !== 'number' || exp > clock().getTime() / 1000 + ASSERTION_MAX_S + CLOCK_TOLERANCE_S) throw new errors.InvalidClientAuth({ detail: 'the assertion lasts too long' });
    },
    clockTolerance: CLOCK_TOLERANCE_S,
    clientBasedCORS: () => false,
    cookies: { keys: [cookieKey], long: { httpOnly: true, sameSite: 'lax', secure, signed: true }, short: { httpOnly: true, sameSite: 'lax', secure, signed: true } },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => void (ctx.body = logoutPage(environment, form)),
        postLogoutSuccessSource: (ctx) => void (ctx.body = loggedOutPage(environment)),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, client, oneOf) => (oneOf ? oneOf[0]! : [...audiencesOf(client)]),
        useGrantedResource: () => true,
        getResourceServerInfo(_, resource, client) {
          if (!audiencesOf(client).includes(resource as never)) throw new errors.InvalidTarget();
          return { scope: '', audience: resource, accessTokenTTL: ACCESS_TOKEN_S, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
        },
      },
    },
    claims: { openid: ['sub'] },
    extraTokenClaims: (_, token) => claimsOf(deps, signIns, token),
    async findAccount(_, sub, token) {
      if (token && 'grantId' in token && token.grantId && !(await signIns.current(token.grantId))) return undefined;
      return { accountId: sub, claims: () => ({ sub }) };
    },
    loadExistingGrant: async (ctx) => {
      const { oidc } = ctx;
      const granted = oidc.result?.consent?.grantId;
      if (granted !== undefined) return oidc.provider.Grant.find(granted);
      const held = oidc.session?.grantIdFor(oidc.client!.clientId);
      return held !== undefined && !oidc.result?.login && (await signIns.current(held)) ? oidc.provider.Grant.find(held) : undefined;
    },
    expiresWithSession: () => false,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    interactions: { policy: policy(signIns), url: (_, { uid }) => `${issuer}/accesso/${uid}` },
    jwks,
    pkce: { required: () => true },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(environment, toldOf(out.error));
    },
    responseTypes: ['code'],
    scopes: ['openid'],
    ttl: {
      AccessToken: ACCESS_TOKEN_S,
      ClientCredentials: ACCESS_TOKEN_S,
      AuthorizationCode: 60,
      IdToken: ACCESS_TOKEN_S,
      Interaction: INTERACTION_S,
      Session: SESSION_S,
      Grant: SESSION_S,
      // Rotation renews the token, never its end: ten hours in all.
      RefreshToken: (ctx) => ctx?.oidc.entities.RotatedRefreshToken?.remainingTTL ?? SESSION_S,
    },
  };
}

/** Claims of ours in an access token: see `AccessClaims` in contracts. */
async function claimsOf({ environment, store }: ProviderDeps, signIns: SignIns, token: AccessToken | ClientCredentials): Promise<Record<string, string | undefined>> {
  const common = { ambiente: environment };
  if (token.kind === 'ClientCredentials') {
    const application = await loadApplication(store, token.clientId!);
    return { ...common, comune: application?.comune, ente: application?.ente };
  }
  if (token.gty === 'jwt-bearer') return { ...common, sid: token.sid };
  const signIn = await signIns.current(token.grantId);
  if (!signIn) throw new errors.InvalidGrant({ detail: 'the session is closed' });
  const { session, role } = signIn;
  return { ...common, sid: session, ...(role === undefined || token.aud === AUDIENCES.gateway ? {} : { ruolo: role.role, comune: role.comune, ente: role.ente }) };
}

/** The password is asked for at every sign-in, except at the console while its session is open. Consent is never asked: applications are admitted by the Comune. */
function policy(signIns: SignIns): interactionPolicy.DefaultPolicy {
  const prompts = base();
  prompts.get('consent')!.checks.remove('native_client_prompt');
  prompts.get('login')!.checks.add(new Check('nuovo-accesso', 'sign-in is required', (ctx) => needsPassword(ctx, signIns)));
  return prompts;
}

async function needsPassword({ oidc }: KoaContextWithOIDC, signIns: SignIns): Promise<boolean> {
  if (oidc.result?.login) return false;
  if (oidc.client?.clientId !== CONSOLE_CLIENT) return true;
  const grantId = oidc.session?.grantIdFor(CONSOLE_CLIENT);
  return grantId === undefined || (await signIns.current(grantId)) === undefined;
}

/** An address that is not the provider's: the problem that every service answers with. */
const notFound: Parameters<Provider['use']>[0] = async (ctx, next) => {
  await next();
  if (ctx.status !== 404 || ctx.body != null) return;
  ctx.status = 404;
  ctx.type = 'application/problem+json; charset=utf-8';
  ctx.body = JSON.stringify(documentOf(failHttp('non-trovato'), correlationOf(ctx.get(CORRELATION_HEADER))));
};

/**
 * Signing out, and a grant that is revoked (a code or refresh token that comes twice, a token given back), end the session before the answer leaves.
 * The provider keeps the grants of clients that hold refresh tokens at a sign-out; ours end with the session.
 */
function closeEnded(provider: Provider, signIns: SignIns): void {
  const ended = new WeakMap<object, Map<string, string>>();
  const end = (ctx: KoaContextWithOIDC, grantId: string | undefined, reason: string): void => {
    if (grantId !== undefined) ended.set(ctx.req, (ended.get(ctx.req) ?? new Map<string, string>()).set(grantId, reason));
  };
  provider.on('grant.revoked', (ctx, grantId) => end(ctx, grantId, 'revoca'));
  provider.on('end_session.success', (ctx) => {
    if (ctx.oidc.params?.['logout']) for (const { grantId } of Object.values(ctx.oidc.session?.authorizations ?? {})) end(ctx, grantId, 'uscita');
  });
  provider.use(async (ctx, next) => {
    await next();
    await Promise.all([...(ended.get(ctx.req) ?? [])].map(([grantId, reason]) => signIns.close(grantId, reason)));
  });
}
