import type { FastifyInstance } from 'fastify';
import type { Vendors } from '../vendors.js';
import { fields, whole, WrongInput } from './input.js';

/** How far the simulator's clock is from the machine's: ANPR's and PDND's clocks are never quite the caller's. */
export interface Offset {
  ms: number;
}

const LONGEST_MS = 10 * 366 * 86_400_000;
const NEWEST = 100;

/** The clock that all vendors share, and why something was refused. */
export function clockApi(app: FastifyInstance, vendors: Vendors, offset: Offset): void {
  const told = (): { scartoMs: number; ora: string } => ({ scartoMs: offset.ms, ora: new Date(vendors.common.world.now()).toISOString() });
  app.get('/orologio', told);
  app.put('/orologio', ({ body }) => {
    const { scartoMs } = fields(body, ['scartoMs']);
    if (!whole(typeof scartoMs === 'number' ? Math.abs(scartoMs) : scartoMs, LONGEST_MS)) throw new WrongInput(`scartoMs deve essere un numero intero di millisecondi, al più ${String(LONGEST_MS)} in più o in meno`);
    offset.ms = Number(scartoMs);
    return told();
  });
  app.delete('/orologio', () => {
    offset.ms = 0;
    return told();
  });

  app.get('/diagnosi', () => vendors.all().flatMap(({ id, world }) => world.diagnostics.newest(NEWEST).map((diagnosis) => ({ fornitore: id, ...diagnosis }))));
}
