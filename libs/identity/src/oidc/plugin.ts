import rateLimit from '@fastify/rate-limit';
import type { Environment } from '@geres/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type Provider from 'oidc-provider';
import { interactionRoutes, type InteractionDeps } from './interactions.js';
import { errorPage, STYLE } from './pages.js';
import type { Setup } from './setup.js';
import { setupRoutes } from './setup-routes.js';

export interface OidcParts extends InteractionDeps {
  /** Present where the first GESTORE may still have to be created. */
  readonly setup?: Setup;
}

export interface OidcPluginOptions {
  readonly environment: Environment;
  readonly oidc: () => Promise<OidcParts>;
  /** Requests a minute from one address: to the provider, and to pages that take a password. */
  readonly limits?: { readonly requests: number; readonly passwords: number };
}

/** A form of a few fields. */
const FORM_LIMIT = 16 * 1024;
/** No `form-action`: after a sign-in the browser is sent to the application, and browsers apply it to that too. */
const SECURITY: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';style-src 'self';script-src;base-uri 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // With `no-referrer` browsers would send the pages' own forms with `Origin: null`.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/**
 * The OpenID Provider and its pages, to be registered under `/oidc/{ambiente}`. Encapsulated: its body parsers and headers are its own.
 * The provider reads the request's stream itself, and takes the public address as the one it is called by.
 */
export async function oidcPlugin(fastify: FastifyInstance, options: OidcPluginOptions): Promise<void> {
  const { environment, oidc, limits = { requests: 600_000, passwords: 60 } } = options;
  await fastify.register(rateLimit, {
    max: limits.requests,
    timeWindow: 60_000,
    errorResponseBuilder: (_, { ttl }) => Object.assign(new Error('too many requests'), { statusCode: 429, retryAfter: Math.ceil(ttl / 1000) }),
  });
  await fastify.register(async (pages) => mountPages(pages, options, limits.passwords));
  await fastify.register(async (mount) => {
    mount.removeAllContentTypeParsers();
    mount.addContentTypeParser('*', (_, __, done) => done(null));
    const callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();
    mount.all('/*', async (request: FastifyRequest, reply: FastifyReply) => {
      const { provider, publicUrl } = await oidc();
      const { host, protocol } = new URL(publicUrl);
      const { raw: req } = request;
      const headers = reply.getHeaders();
      reply.hijack();
      Object.assign(req, { originalUrl: req.url, url: req.url!.slice(`/oidc/${environment}`.length) || '/' });
      Object.assign(req.headers, { 'x-forwarded-proto': protocol.slice(0, -1), 'x-forwarded-host': host, 'x-forwarded-for': request.ip });
      for (const [name, value] of Object.entries({ ...headers, ...SECURITY })) if (value !== undefined) reply.raw.setHeader(name, value);
      const callback = callbacks.get(provider) ?? provider.callback();
      callbacks.set(provider, callback);
      await callback(req, reply.raw);
    });
  });
}

function mountPages(pages: FastifyInstance, options: OidcPluginOptions, passwords: number): void {
  const { environment, oidc } = options;
  pages.removeAllContentTypeParsers();
  pages.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT }, (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))));
  pages.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY).type('text/html; charset=utf-8');
    if (request.method === 'POST' && isForeign(request.headers, (await oidc()).publicUrl)) {
      await reply.code(403).send(errorPage(environment, 'La richiesta non viene da questa pagina.'));
    }
  });
  pages.setErrorHandler((error: Error & { statusCode?: number; retryAfter?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: { name: error.name, message: error.message, stack: error.stack } }, 'sign-in page failed');
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
    const text = status === 429 ? 'Troppe richieste: riprova fra un minuto.' : status < 500 ? 'La richiesta non è valida.' : 'Errore interno: riprova più tardi.';
    return reply.code(status).headers(SECURITY).type('text/html; charset=utf-8').send(errorPage(environment, text));
  });
  pages.get('/stile.css', (_, reply) => reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=3600').send(STYLE));
  interactionRoutes(pages, oidc, { max: passwords });
  if (environment === 'produzione') setupRoutes(pages, environment, async () => (await oidc()).setup, { max: passwords });
}

/** With the cookie bound to the page (SameSite) this keeps other sites from posting in the person's name. Over plain http browsers say `Origin` alone. */
function isForeign({ origin, 'sec-fetch-site': site }: FastifyRequest['headers'], publicUrl: string): boolean {
  return (origin !== undefined && origin !== new URL(publicUrl).origin) || (site !== undefined && site !== 'same-origin');
}
