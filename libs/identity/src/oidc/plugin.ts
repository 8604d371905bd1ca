import rateLimit from '@fastify/rate-limit';
import { Problem, type Environment } from '@geres/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type Provider from 'oidc-provider';
import { interactionRoutes, type InteractionDeps } from './interactions.js';
import { errorPage, setupDonePage, setupPage, STYLE } from './pages.js';
import type { Setup } from './setup.js';

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
  'referrer-policy': 'no-referrer',
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
    let callback: ReturnType<Provider['callback']> | undefined;
    mount.all('/*', async (request: FastifyRequest, reply: FastifyReply) => {
      const { provider, publicUrl } = await oidc();
      const { host, protocol } = new URL(publicUrl);
      const { raw: req } = request;
      const headers = reply.getHeaders();
      reply.hijack();
      Object.assign(req, { originalUrl: req.url, url: req.url!.slice(`/oidc/${environment}`.length) || '/' });
      Object.assign(req.headers, { 'x-forwarded-proto': protocol.slice(0, -1), 'x-forwarded-host': host, 'x-forwarded-for': request.ip });
      for (const [name, value] of Object.entries({ ...headers, ...SECURITY })) if (value !== undefined) reply.raw.setHeader(name, value);
      await (callback ??= provider.callback())(req, reply.raw);
    });
  });
}

function mountPages(pages: FastifyInstance, options: OidcPluginOptions, passwords: number): void {
  const { environment, oidc } = options;
  pages.removeAllContentTypeParsers();
  pages.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT }, (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))));
  pages.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY).type('text/html; charset=utf-8');
    // With the cookie bound to the page (SameSite) this keeps other sites from posting in the person's name.
    const { origin: from, 'sec-fetch-site': site } = request.headers;
    const { publicUrl } = await oidc();
    if (request.method === 'POST' && ((from !== undefined && from !== new URL(publicUrl).origin) || (site !== undefined && site !== 'same-origin'))) {
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
  if (environment === 'produzione') setupRoutes(pages, options, passwords);
}

function setupRoutes(pages: FastifyInstance, { environment, oidc }: OidcPluginOptions, max: number): void {
  const action = `/oidc/${environment}/primo-avvio`;
  const closed = (reply: FastifyReply): unknown => reply.code(404).send(errorPage(environment, 'Il primo avvio è già stato fatto.'));
  pages.get('/primo-avvio', async (_, reply) => ((await (await oidc()).setup?.isOpen()) ? reply.send(setupPage({ environment, action })) : closed(reply)));
  pages.post('/primo-avvio', { config: { rateLimit: { max, timeWindow: 60_000 } } }, async (request, reply) => {
    const { setup } = await oidc();
    if (!(await setup?.isOpen()) || !setup) return closed(reply);
    const form = (request.body ?? {}) as Readonly<Record<string, string>>;
    const { codice: code = '', utente: login = '', nome: name = '', cognome: surname = '', password = '', ripetuta = '' } = form;
    const again = (error: string): unknown => reply.code(422).send(setupPage({ environment, action, error, values: { utente: login, nome: name, cognome: surname } }));
    if ([login, name, surname].some((text) => text.trim() === '')) return again('Nome, cognome e nome utente sono obbligatori.');
    if (password !== ripetuta) return again('Le due password sono diverse.');
    try {
      if (!(await setup.complete({ code, login, name, surname, password }))) return again('Il codice di primo avvio non è corretto.');
    } catch (error) {
      if (error instanceof Problem) return again(error.detail);
      throw error;
    }
    return reply.send(setupDonePage(environment));
  });
}
