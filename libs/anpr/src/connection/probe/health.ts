import type { INestApplicationContext } from '@nestjs/common';
import { Daily } from './daily.js';
import { Probes } from './probes.js';

/** So many unreachable Comuni are named; the metric has them all. */
const NAMED = 20;

/** What `/health/ready` of a connector tells of its connections. It makes nothing unfit: ANPR that is away is not a fault of this process. */
export function connectionsInHealth(app: INestApplicationContext): Readonly<Record<string, unknown>> {
  const { standings } = app.get(Probes);
  const unreachable = standings.filter(({ reachable }) => !reachable);
  const { supported } = app.get(Daily);
  return {
    anpr: {
      connessioniProvate: standings.length,
      nonRaggiungibili: unreachable.slice(0, NAMED).map(({ comune, step, since }) => ({ comune, ...(step === undefined ? {} : { passo: step }), da: since.toISOString() })),
      ...(supported ? { protocollo: supported } : {}),
    },
  };
}
