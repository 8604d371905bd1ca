import type { ReadinessCheck } from '@geres/platform/http';
import type { Live, RunningProjection } from '@geres/platform/projections';
import { READY_MS } from '@geres/platform/service';

export interface Dependencies {
  readonly rights: Pick<Live<unknown>, 'fresh'>;
  readonly grants: Pick<Live<unknown>, 'fresh'>;
  readonly identity: readonly Pick<RunningProjection, 'asOf' | 'failure'>[];
  readonly monitoring: readonly Pick<RunningProjection, 'failure'>[];
}

/**
 * What a process with every service depends on. Rights and grants, followed from the store, show that the store answers. Monitoring may be behind, and says so in
 * its answers: only a projection that has stopped makes it unfit.
 */
export const readiness = ({ rights, grants, identity, monitoring }: Dependencies): readonly ReadinessCheck[] => [
  { name: 'diritti', ready: () => rights.fresh(READY_MS) },
  { name: 'abilitazioni', ready: () => grants.fresh(READY_MS) },
  { name: 'amministrazione', ready: () => identity.every(({ asOf, failure }) => asOf !== undefined && failure === undefined) },
  { name: 'monitoraggio', ready: () => monitoring.every(({ failure }) => failure === undefined) },
];
