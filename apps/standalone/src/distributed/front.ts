import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';

/** Which ports serve a path; several of one service take turns. */
export interface Fronted {
  readonly gateways: readonly number[];
  readonly admin: number;
  readonly monitoring: number;
}

/** One origin for the services of this machine, as behind an ingress. */
export async function openFront({ gateways, admin, monitoring }: Fronted, listening: { readonly host: string; readonly port: number }): Promise<{ close(): Promise<void> }> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  let turn = 0;
  const next = (): string => `http://127.0.0.1:${gateways[turn++ % gateways.length]}`;
  const routes: Readonly<Record<string, () => string>> = {
    '/api': next,
    '/amministrazione': () => `http://127.0.0.1:${admin}`,
    '/oidc': () => `http://127.0.0.1:${admin}`,
    '/console': () => `http://127.0.0.1:${admin}`,
    '/monitoraggio': () => `http://127.0.0.1:${monitoring}`,
    '/health': next,
    '/status': next,
  };
  for (const [prefix, upstream] of Object.entries(routes)) {
    await app.register(httpProxy, {
      prefix,
      rewritePrefix: prefix,
      upstream: '',
      // Longer than the longest `Prefer: wait`.
      undici: { bodyTimeout: 120_000, headersTimeout: 120_000 },
      replyOptions: { getUpstream: upstream, rewriteRequestHeaders: ({ ip, headers: { host } }, headers) => ({ ...headers, ...(host === undefined ? {} : { host }), 'x-forwarded-for': ip, 'x-forwarded-proto': 'http' }) },
    });
  }
  await app.listen(listening);
  return { close: () => app.close() };
}
