import { issuerOf, type Audience } from '@geres/contracts';
import type { CollectionStore, EventStore } from '@geres/kernel';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import type { Clock, Installation } from '../installation.js';
import type { Log } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { follow, type Live, type SnapshotRow } from '../projections/index.js';
import { CLOCK, COLLECTIONS, EVENT_STORE, INSTALLATION, LOG, METRICS, STOPPING } from '../tokens.js';
import { accessTokenGuard } from './access-token.strategy.js';
import { AccessGuard } from './guard.js';
import { remoteJwks } from './jwks.js';
import { applyRight, dumpRights, loadRights, noRights, RIGHTS_PREFIXES, type RightsState } from './rights.js';

/** `Live<RightsState>`: one in a process. */
export const RIGHTS = Symbol('Rights');
/** Address of the installation as tokens name it: `() => string`, since a free port is known late. */
export const PUBLIC_URL = Symbol('PublicUrl');
/** Optional: address where this process reaches the issuer's keys, `() => string`, where the public one is not reachable from inside. Default `{issuer}/jwks`. */
export const JWKS_URL = Symbol('JwksUrl');

/** The rights, for every service of a process. */
@Global()
@Module({
  providers: [
    {
      provide: RIGHTS,
      inject: [EVENT_STORE, COLLECTIONS, INSTALLATION, STOPPING, { token: LOG, optional: true }, { token: METRICS, optional: true }],
      useFactory: async (store: EventStore, collections: CollectionStore, { incarnation }: Installation, signal: AbortSignal, log?: Log, metrics?: Metrics): Promise<Live<RightsState>> => {
        const rights = await follow<RightsState>({
          name: 'rights',
          store,
          prefixes: RIGHTS_PREFIXES,
          initial: noRights,
          apply: applyRight,
          signal,
          snapshots: { collection: collections.collection<SnapshotRow>({ name: 'rights-snapshots' }), incarnation, version: 2, dump: dumpRights, load: loadRights },
          onFailure: (error) => log?.error({ event: 'auth.rights-stopped', error }),
        });
        metrics?.observeLag('rights', () => rights.lag());
        return rights;
      },
    },
  ],
  exports: [RIGHTS],
})
export class RightsModule {}

/** The paths of each service: a guard of one audience looks after its own. */
const PATHS: Readonly<Record<Audience, string>> = { 'urn:geres:api': '/api/v1', 'urn:geres:amministrazione': '/amministrazione/v1', 'urn:geres:monitoraggio': '/monitoraggio/v1' };

const made = new Map<string, DynamicModule>();

/** Guards every route of one service, once, whichever features serve it. `rights: 'identify'` checks the token alone, where whoever decides also records the refusal; default `enforce`. */
@Module({})
export class AuthModule {
  static forAudience(audience: Audience, { rights: mode = 'enforce' }: { readonly rights?: 'enforce' | 'identify' } = {}): DynamicModule {
    const name = `${audience} ${mode}`;
    // Nest knows the same module by its reference: asked for twice, it guards once.
    const known = made.get(name) ?? AuthModule.guarding(audience, mode);
    made.set(name, known);
    return known;
  }

  private static guarding(audience: Audience, mode: 'enforce' | 'identify'): DynamicModule {
    return {
      module: AuthModule,
      providers: [
        {
          provide: APP_GUARD,
          inject: [RIGHTS, INSTALLATION, PUBLIC_URL, CLOCK, Reflector, { token: JWKS_URL, optional: true }],
          useFactory: (rights: Live<RightsState>, installation: Installation, publicUrl: () => string, clock: Clock, reflector: Reflector, jwksUrl?: () => string): AccessGuard => {
            const { environment } = installation;
            const jwks = remoteJwks(jwksUrl ?? (() => `${issuerOf(publicUrl(), environment)}/jwks`));
            const tokens = () => accessTokenGuard({ audience, publicUrl: publicUrl(), environment, jwks, clock });
            return new AccessGuard({ path: PATHS[audience], tokens, rights, installation, clock, reflector, mode });
          },
        },
      ],
    };
  }
}
