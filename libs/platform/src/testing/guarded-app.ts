import { AUDIENCES } from '@geres/contracts';
import { isCaughtUp, NO_STREAM, type DomainEvent, type EventStore } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import { Controller, Get, Global, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { AuthModule, CallerOf, JWKS_URL, PUBLIC_URL, RIGHTS, Roles, RightsModule, type Caller, type RightsState } from '../auth/index.js';
import { createHttpApp, HealthModule } from '../http/index.js';
import type { Clock } from '../installation.js';
import { createLog } from '../log/index.js';
import { createMetrics } from '../metrics/index.js';
import type { Live } from '../projections/index.js';
import { CLOCK, COLLECTIONS, EVENT_STORE, INSTALLATION, LOG, METRICS, STOPPING } from '../tokens.js';
import { openIssuer, type Claims, type Issuer } from './issuer.js';

/** Checks the token alone, as the gateway does. */
@Controller('api/v1/prova')
class IdentifiedApi {
  @Get()
  who(@CallerOf() caller: Caller): object {
    return { user: caller.user, application: caller.application, session: caller.session, role: caller.role };
  }

  @Get('top')
  @Roles('TOP')
  top(): object {
    return {};
  }
}

/** Enforces rights, as administration does. */
@Controller('amministrazione/v1/prova')
@Roles('TOP', 'ADMIN')
class EnforcedApi {
  @Get()
  both(): object {
    return {};
  }

  @Get('top')
  @Roles('TOP')
  top(): object {
    return {};
  }
}

/** Enforces standing alone: no role is named. */
@Controller('monitoraggio/v1/prova')
class StandingApi {
  @Get()
  any(): object {
    return {};
  }
}

@Module({ imports: [AuthModule.forAudience(AUDIENCES.gateway, { rights: 'identify' })], controllers: [IdentifiedApi] })
class IdentifyModule {}
@Module({ imports: [AuthModule.forAudience(AUDIENCES.admin)], controllers: [EnforcedApi] })
class EnforceModule {}
@Module({ imports: [AuthModule.forAudience(AUDIENCES.monitoring)], controllers: [StandingApi] })
class StandingModule {}

export interface GuardedApp {
  readonly issuer: Issuer;
  readonly rights: Live<RightsState>;
  /** Milliseconds by which the clock of the service is ahead. */
  ahead: number;
  /** Records what happened, and waits until the guards know. */
  happens(...events: readonly DomainEvent[]): Promise<void>;
  /** Records it; the guards are not waited for. */
  append(event: DomainEvent): Promise<string>;
  /** The store says nothing more, until it is let go. */
  stall(): () => void;
  get(path: string, authorization?: string): Promise<{ readonly status: number; readonly code: string | undefined; readonly body: Record<string, unknown>; readonly headers: Headers }>;
  /** With a token of the audience of the path. */
  as(path: string, claims?: Claims): ReturnType<GuardedApp['get']>;
  close(): Promise<void>;
}

const AUDIENCE_OF: Readonly<Record<string, string>> = { api: AUDIENCES.gateway, amministrazione: AUDIENCES.admin, monitoraggio: AUDIENCES.monitoring };

/** Three services in one process behind their guards, on HTTP, with an issuer and the rights of an empty archive. */
export async function openGuardedApp({ jwksUrl }: { readonly jwksUrl?: string } = {}): Promise<GuardedApp> {
  const issuer = await openIssuer();
  const { store, stall } = stallable(memoryEventStore());
  const stopping = new AbortController();
  const state = { ahead: 0 };
  const clock: Clock = () => new Date(Date.now() + state.ahead);
  const log = createLog({ level: 'silent' });
  const metrics = createMetrics();
  const values: readonly (readonly [symbol, unknown])[] = [
    [EVENT_STORE, store],
    [COLLECTIONS, memoryCollections()],
    [INSTALLATION, { id: 'spec', incarnation: 'spec', environment: 'test' }],
    [CLOCK, clock],
    [LOG, log],
    [METRICS, metrics],
    [STOPPING, stopping.signal],
    [PUBLIC_URL, () => issuer.publicUrl],
    [JWKS_URL, () => jwksUrl ?? issuer.jwksUrl],
  ];
  const providers = values.map(([provide, useValue]) => ({ provide, useValue }));

  @Global()
  @Module({ providers, exports: providers.map(({ provide }) => provide) })
  class Ports {}
  @Module({ imports: [Ports, RightsModule, IdentifyModule, EnforceModule, StandingModule, HealthModule.forRoot([])] })
  class Root {}

  const app: NestFastifyApplication = await createHttpApp(Root, { log, metrics });
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const rights = app.get<Live<RightsState>>(RIGHTS);
  await rights.caughtUp();

  const append = async (event: DomainEvent): Promise<string> => {
    const id = randomUUID();
    const meta = { actor: 'system:spec', correlationId: id, causationId: id, recordedAt: clock().toISOString(), environment: 'test' as const };
    return (await store.append(`user-${id}`, NO_STREAM, [{ ...event, id, meta }])).position;
  };
  const get: GuardedApp['get'] = async (path, authorization) => {
    const response = await fetch(`${url}${path}`, authorization === undefined ? {} : { headers: { authorization } });
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, code: (body['type'] as string | undefined)?.replace('urn:geres:problema:', ''), body, headers: response.headers };
  };
  return Object.assign(state, {
    issuer,
    rights,
    append,
    stall,
    get,
    async happens(...events: readonly DomainEvent[]) {
      for (const event of events) await rights.reached(await append(event));
    },
    as: async (path: string, claims: Claims = {}) => get(path, `Bearer ${await issuer.token({ aud: AUDIENCE_OF[path.split('/')[1]!], ...claims })}`),
    async close() {
      stopping.abort();
      await app.close();
      await issuer.close();
    },
  });
}

function stallable(inner: EventStore): { readonly store: EventStore; readonly stall: () => () => void } {
  let stalled: Promise<void> | undefined;
  const store: EventStore = {
    read: (...given) => inner.read(...given),
    append: (...given) => inner.append(...given),
    async *subscribe(from, options) {
      for await (const item of inner.subscribe(from, options)) {
        if (stalled) {
          await stalled;
          // What it would have said before is not said now: it was not shown while nobody heard it.
          if (isCaughtUp(item)) continue;
        }
        yield item;
      }
    },
  };
  return {
    store,
    stall() {
      const { promise, resolve } = Promise.withResolvers<void>();
      stalled = promise;
      return () => {
        stalled = undefined;
        resolve();
      };
    },
  };
}
