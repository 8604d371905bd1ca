import fastifyHelmet from '@fastify/helmet';
import fastifyRateLimit from '@fastify/rate-limit';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Log } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { refuseBelowHttp, refuseExpectations } from './below-http.js';
import { CORRELATION_HEADER, correlationOf } from './correlation.js';
import { Tagged } from './etag.js';
import { failHttp } from './http.problems.js';
import { ProblemFilter, sendProblem } from './problem-filter.js';
import { Routes } from './routes.js';
import { validationPipe } from './validation.js';

export interface HttpAppOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Bytes; default 64 KiB. */
  readonly bodyLimit?: number;
  /** Requests a minute from one address. */
  readonly rateLimit?: number;
  /** Addresses of the proxies whose `X-Forwarded-For` is believed; none by default. */
  readonly trustProxy?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
  /** Plain Fastify plugins, each registered in a scope of its own before the routes of Nest. */
  readonly plugins?: readonly ((fastify: FastifyInstance) => Promise<void>)[];
}

/** Milliseconds. */
export interface Timeouts {
  /** For the headers of a request to arrive. */
  readonly headers: number;
  /** For the whole of it to arrive. */
  readonly request: number;
  /** Of a connection on which nothing moves; longer than the longest wait for a lookup. */
  readonly connection: number;
  /** Between two requests of a connection. */
  readonly keepAlive: number;
}

const TIMEOUTS: Timeouts = { headers: 10_000, request: 30_000, connection: 120_000, keepAlive: 65_000 };
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_PARAM_LENGTH = 100;

/**
 * A Nest application on Fastify with everything that each service owes: limits, timeouts, helmet, correlation id, problem documents, request log, metrics.
 * CORS stays off. It is initialised, and listens when told to. Bodies are JSON and nothing else, except inside `plugins`.
 */
export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { log, metrics, plugins = [], rateLimit = 600_000 } = options;
  const adapter = adapterOf(options);
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  refuseExpectations(fastify.server);
  fastify.removeContentTypeParser('text/plain');
  observe(fastify, log, metrics);
  endConnectionsOnClose(adapter, fastify);
  const routes = new Routes().watch(fastify);
  await fastify.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] } },
  });
  await fastify.register(fastifyRateLimit, { max: rateLimit, timeWindow: 60_000, errorResponseBuilder: (_, { ttl }) => failHttp('troppe-richieste', {}, Math.ceil(ttl / 1000)) });
  // Addresses that are not there count too.
  adapter.setNotFoundHandler = (handler) => fastify.setNotFoundHandler({ preHandler: fastify.rateLimit() }, handler as (request: FastifyRequest, reply: FastifyReply) => void) as never;
  for (const plugin of plugins) await fastify.register(async (scope) => plugin(scope));
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: false, abortOnError: false, bodyParser: false });
  app.useGlobalFilters(new ProblemFilter(log, routes));
  app.useGlobalPipes(validationPipe());
  await app.init();
  return app;
}

function adapterOf({ log, bodyLimit = 65_536, trustProxy = [], timeouts: given = {} }: HttpAppOptions): FastifyAdapter {
  const timeouts = { ...TIMEOUTS, ...given };
  const adapter: FastifyAdapter = new FastifyAdapter({
    bodyLimit,
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    genReqId: (request: IncomingMessage) => correlationOf(request.headers[CORRELATION_HEADER]),
    requestTimeout: timeouts.request,
    connectionTimeout: timeouts.connection,
    keepAliveTimeout: timeouts.keepAlive,
    // Node itself would answer a request without Host, and Fastify one that comes while closing, without a problem document.
    http: { headersTimeout: timeouts.headers, maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false, connectionsCheckingInterval: Math.min(timeouts.headers, 5_000) },
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: 'idle',
    skipMiddie: true,
    clientErrorHandler: refuseBelowHttp,
    frameworkErrors: (error: unknown, request: unknown, reply: unknown) => sendProblem(error, request as FastifyRequest, reply as FastifyReply, log),
  } as unknown as FastifyServerOptions);
  // Nest keeps the message alone of what Fastify says; the filter wants the code.
  adapter.mapException = (error: unknown) => error;
  return adapter;
}

/** From the moment the application closes every reply ends its connection: one that was kept alive would keep the server open as long. */
function endConnectionsOnClose(adapter: FastifyAdapter, fastify: FastifyInstance): void {
  let closing = false;
  adapter.beforeClose = () => void (closing = true);
  fastify.addHook('onSend', (_, reply, payload, done) => {
    if (closing) void reply.header('Connection', 'close');
    done(null, payload);
  });
}

/** The route's pattern is logged and counted, never the URL. */
function observe(fastify: FastifyInstance, log: Log, metrics: Metrics): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header(CORRELATION_HEADER, request.id).header('Cache-Control', 'no-store');
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') done(failHttp('richiesta-non-valida', { errori: [{ campo: 'Host', messaggio: 'manca' }] }));
    else done();
  });
  fastify.addHook('preSerialization', (_, reply, payload, done) => {
    if (!(payload instanceof Tagged)) return done(null, payload);
    void reply.header('ETag', `"${payload.version}"`);
    done(null, payload.view);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const rotta = request.routeOptions.url ?? 'sconosciuta';
    metrics.httpRequests.inc({ metodo: request.method, rotta, stato: String(reply.statusCode) });
    metrics.httpSeconds.observe({ rotta }, reply.elapsedTime / 1000);
    log.info({ event: 'http.served', correlationId: request.id, method: request.method, route: rotta, status: reply.statusCode, ms: reply.elapsedTime });
    done();
  });
}
