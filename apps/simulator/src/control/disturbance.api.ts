import type { FastifyInstance } from 'fastify';
import { FAULTS, NO_DELAY, type Delay, type Fault } from '../disturbance.js';
import type { WorldOf } from './api.js';
import { fields, whole, WrongInput } from './input.js';

const LONGEST_DELAY_MS = 600_000;

/** How slow and how unreliable both channels are. */
export function disturbanceApi(app: FastifyInstance, prefix: string, worldOf: WorldOf): void {
  app.get(`${prefix}/ritardo`, (request) => worldOf(request).disturbance.delay);
  app.put(`${prefix}/ritardo`, (request) => (worldOf(request).disturbance.delay = delayFrom(request.body)));
  app.delete(`${prefix}/ritardo`, (request) => (worldOf(request).disturbance.delay = NO_DELAY));

  app.get(`${prefix}/guasti`, (request) => worldOf(request).disturbance.faults ?? { percentuale: 0 });
  app.put(`${prefix}/guasti`, (request) => (worldOf(request).disturbance.faults = faultsFrom(request.body)));
  app.delete(`${prefix}/guasti`, (request) => {
    worldOf(request).disturbance.faults = undefined;
    return { percentuale: 0 };
  });
}

export function delayFrom(body: unknown): Delay {
  const { minMs, maxMs } = fields(body, ['minMs', 'maxMs']);
  if (!whole(minMs, LONGEST_DELAY_MS) || !whole(maxMs, LONGEST_DELAY_MS)) throw new WrongInput(`minMs e maxMs devono essere numeri interi di millisecondi tra 0 e ${String(LONGEST_DELAY_MS)}`);
  if (minMs > maxMs) throw new WrongInput('minMs non può superare maxMs');
  return { minMs, maxMs };
}

export function faultsFrom(body: unknown): { percentuale: number; tipo: Fault } {
  const { percentuale, tipo } = fields(body, ['percentuale', 'tipo']);
  if (typeof percentuale !== 'number' || !(percentuale >= 0 && percentuale <= 100)) throw new WrongInput('percentuale deve essere un numero tra 0 e 100');
  const known = FAULTS.find((fault) => fault === tipo);
  if (known === undefined) throw new WrongInput(`tipo deve essere uno tra: ${FAULTS.join(', ')}`);
  return { percentuale, tipo: known };
}
