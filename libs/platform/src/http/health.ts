import { Controller, Get, HttpCode, Inject, Module, Req, Res, type DynamicModule } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/index.js';
import { METRICS } from '../tokens.js';
import { failHttp } from './http.problems.js';

/** One thing without which the service cannot work: its name and whether it is there now. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ready: () => boolean;
}

export interface HealthOptions {
  /** Who may read `/metrics`: this machine alone (default), or whoever reaches the port. */
  readonly metrics?: 'loopback' | 'network';
  /** What `/health/ready` tells beside: it never makes a service unfit, not even where it fails. */
  readonly details?: () => Readonly<Record<string, unknown>>;
}

const CHECKS = Symbol('ReadinessChecks');
const OPTIONS = Symbol('HealthOptions');
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** A proxy on this machine calls from loopback for everybody: what it forwards is not from here. */
const fromHere = ({ ip, socket, headers }: FastifyRequest): boolean =>
  LOOPBACK.test(socket.remoteAddress ?? '') && LOOPBACK.test(ip) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;

@ApiExcludeController()
@Controller()
class HealthApi {
  constructor(
    @Inject(CHECKS) private readonly checks: readonly ReadinessCheck[],
    @Inject(OPTIONS) private readonly options: HealthOptions,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  /** The process answers. */
  @Get('health/live')
  live(): object {
    return { stato: 'attivo' };
  }

  /** It can do its work: everything that it depends on is there. */
  @Get('health/ready')
  ready(): object {
    const missing = this.missing();
    if (missing.length === 0) return { stato: 'pronto', ...this.details() };
    throw failHttp('servizio-non-pronto', { mancano: missing });
  }

  /** AgID: a problem document that says whether the service works. */
  @Get('status')
  @HttpCode(200)
  status(@Res({ passthrough: true }) reply: FastifyReply): object {
    this.ready();
    void reply.header('Content-Type', 'application/problem+json; charset=utf-8');
    return { type: 'about:blank', title: 'Il servizio funziona', status: 200 };
  }

  /** For Prometheus. */
  @Get('metrics')
  async scrape(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (this.options.metrics !== 'network' && !fromHere(request)) throw failHttp('non-trovato');
    void reply.header('Content-Type', this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }

  private details(): Readonly<Record<string, unknown>> {
    try {
      return this.options.details?.() ?? {};
    } catch {
      return {};
    }
  }

  private missing(): readonly string[] {
    return this.checks.filter(({ ready }) => !succeeds(ready)).map(({ name }) => name);
  }
}

function succeeds(ready: () => boolean): boolean {
  try {
    return ready();
  } catch {
    return false;
  }
}

/** `/health/live`, `/health/ready`, `/status`, `/metrics`. The checks may be added to the list after this call. */
@Module({})
export class HealthModule {
  static forRoot(checks: readonly ReadinessCheck[], options: HealthOptions = {}): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthApi],
      providers: [
        { provide: CHECKS, useValue: checks },
        { provide: OPTIONS, useValue: options },
      ],
    };
  }
}
