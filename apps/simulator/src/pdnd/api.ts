import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { decodeJwt } from 'jose';
import type { Vendors } from '../vendors.js';
import type { Common, World } from '../world.js';
import { ANPR, casoUsoOf, GOVWAY } from './catalogue.js';
import { call, type GatewayReply } from './gateway.js';
import { problem, type Title } from './problems.js';
import { token } from './token.js';

/** PDND's authorization server and the e-services of ANPR, at the paths of the real ones. */
export function pdndApi(app: FastifyInstance, vendors: Vendors, { issuer, later }: Common): void {
  const worldOf = (clientId: string): World => (vendors.all().find(({ world }) => world.pdnd.clients.has(clientId)) ?? vendors.common).world;
  const purposeOf = (purposeId: string) => vendors.all().map(({ world }) => world.pdnd.purposes.get(purposeId)).find((purpose) => purpose !== undefined);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => { done(null, body); });
  app.setErrorHandler((error: Error & { readonly statusCode?: number }, _request, reply) => edge(reply, error.statusCode === 413 ? 'RequestSizeExceeded' : 'APIUnavailable'));

  app.post('/token.oauth2', async ({ headers, body }, reply) => {
    const form = /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '') && Buffer.isBuffer(body) ? Object.fromEntries(new URLSearchParams(body.toString('utf8'))) : {};
    const { status, headers: more = {}, body: answer } = await token({ form, proof: joined(headers['dpop']), url: `http://${headers.host ?? ''}/token.oauth2` }, worldOf);
    return reply.code(status).headers(more).send(answer);
  });
  app.get('/.well-known/jwks.json', async () => ({ keys: await issuer.jwks() }));
  app.get('/keys/:kid', ({ params }, reply) => {
    const { kid } = params as { readonly kid: string };
    const key = vendors.all().map(({ world }) => world.pdnd.keys.get(kid)).find((one) => one !== undefined);
    return key && key.revokedAt === undefined ? { clientId: key.clientId, jwk: key.jwk } : reply.code(404).send({ type: 'about:blank', status: 404, title: 'Key not found', detail: `Key ${kid.slice(0, 60)} not found` });
  });

  app.get(`${GOVWAY}/:service/v1/status`, (_request, reply) => edge(reply, 'InteroperabilityInvalidRequest'));
  app.post(`${GOVWAY}/:service/v1/anpr-service-e002`, async (request, reply) => {
    const casoUso = casoUsoOf((request.params as { readonly service: string }).service);
    if (!casoUso) return edge(reply, 'UnknownAPI');
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, joined(value)]));
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const reached = await call({ casoUso, headers, body, urls: [`${ANPR}${request.url}`, `http://${headers['host'] ?? ''}${request.url}`] }, worldOf, purposeOf, clientOf(headers['authorization']));
    if (reached.delayMs === 0) give(reply, reached);
    else later(reached.delayMs, () => { give(reply, reached); });
    return reply;
  });
  app.all(`${GOVWAY}/:service/*`, (request, reply) => edge(reply, casoUsoOf((request.params as { readonly service: string }).service) ? 'UndefinedOperation' : 'UnknownAPI'));
  app.all('/govway/*', (_request, reply) => edge(reply, 'NotFound'));
}

/** A header as one text: what came twice is told apart by its comma. */
function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function edge(reply: FastifyReply, title: Title): FastifyReply {
  const { status, body } = problem(title, randomUUID());
  return reply.code(status).header('content-type', 'application/problem+json').send(Buffer.from(body));
}

/** Whose call it claims to be: only to find the vendor whose answer, good or bad, it gets. */
function clientOf(authorization: string | undefined): string {
  try {
    const claimed = decodeJwt((authorization ?? '').replace(/^\w+ /, ''))['client_id'];
    return typeof claimed === 'string' ? claimed : '';
  } catch {
    return '';
  }
}

function give(reply: FastifyReply, { answer }: GatewayReply): void {
  if (typeof answer === 'string') {
    reply.hijack();
    if (answer === 'drop') reply.raw.destroy();
    return;
  }
  void reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body));
}
