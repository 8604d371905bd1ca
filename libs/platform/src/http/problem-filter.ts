import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log/index.js';
import { CORRELATION_HEADER } from './correlation.js';
import { failHttp } from './http.problems.js';
import { documentOf, problemOf } from './problem-document.js';
import type { Routes } from './routes.js';

/** Everything that a route throws, as RFC 9457. What nobody foresaw is logged once and told without detail. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly routes: Routes,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw thrown;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(request.is404 && thrown instanceof NotFoundException ? this.noRoute(request, reply) : thrown, request, reply, this.log);
  }

  /** 405 with `Allow` where the address exists for another method, 404 otherwise. */
  private noRoute(request: FastifyRequest, reply: FastifyReply): unknown {
    const allowed = this.routes.methodsAt(request.url);
    if (allowed.length === 0) return failHttp('non-trovato');
    void reply.header('Allow', allowed.join(', '));
    return failHttp('metodo-non-ammesso');
  }
}

export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const left = leftHalfway(thrown, request);
  const problem = left ? failHttp('richiesta-troppo-lenta') : problemOf(thrown, request.headers['if-match'] !== undefined);
  if (left) log.info({ event: 'http.left', correlationId: request.id, method: request.method, route: request.routeOptions.url });
  if (problem.status >= 500 && problem !== thrown) log.error({ event: 'http.failed', correlationId: request.id, code: problem.code, method: request.method, route: request.routeOptions.url, error: thrown });
  if (reply.sent) return;
  if (problem.retryAfter !== undefined) void reply.header('Retry-After', String(problem.retryAfter));
  if (problem.status === 401) void reply.header('WWW-Authenticate', 'Bearer');
  void reply
    .status(problem.status)
    .header(CORRELATION_HEADER, request.id)
    .header('Content-Type', 'application/problem+json; charset=utf-8')
    .header('Cache-Control', 'no-store')
    .send(JSON.stringify(documentOf(problem, request.id)));
}

/** Whoever sent half a body and left is no failure of ours, and nobody hears the answer. */
const leftHalfway = (thrown: unknown, { raw }: FastifyRequest): boolean => !raw.complete && (thrown as { readonly code?: unknown } | null)?.code === 'ECONNRESET';
