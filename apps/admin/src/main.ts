import 'reflect-metadata';
import { AnprAdminModule } from '@geres/anpr';
import { IdentityAdminModule, oidcPlugin, openIdentity } from '@geres/identity';
import { adminSettings } from '@geres/platform/config';
import { runProcess } from '@geres/platform/service';

await runProcess({
  service: 'admin',
  settings: adminSettings,
  holds: ({ connections, admin }) => ({ busKeys: { connections }, keks: { admin } }),
  // Without Kafka people still sign in; connections alone wait for it.
  needs: ['mongodb'],
  serve: ({ engines: { store, collections, durable, keys, installation }, clock, log, metrics, publicUrl, stopping }) => {
    const { environment, incarnation } = installation;
    const identity = openIdentity({
      store,
      collections,
      durable,
      keys: keys.admin!,
      clock,
      environment,
      incarnation,
      publicUrl: () => publicUrl,
      signal: stopping,
      onFailure: (name, error) => log.error({ event: 'projection.failed', name, error }),
    });
    for (const { name, lag } of identity.readModels.running) metrics.observeLag(name, lag);
    return {
      modules: [IdentityAdminModule.forRoot(identity), AnprAdminModule.forRoot()],
      plugins: [async (fastify) => void (await fastify.register((scope) => oidcPlugin(scope, { environment, oidc: identity.oidc }), { prefix: `/oidc/${environment}` }))],
      checks: () => [{ name: 'amministrazione', ready: () => identity.readModels.running.every(({ asOf, failure }) => asOf !== undefined && failure === undefined) }],
      caughtUp: () => identity.readModels.caughtUp(),
    };
  },
});
