import type { FastifyInstance } from 'fastify';
import { COMMON, type Vendors } from '../vendors.js';
import type { Offset } from './clock.api.js';
import { delayFrom, faultsFrom } from './disturbance.api.js';
import { fields, flag, NotThere, text, whole, WrongInput } from './input.js';
import { knobsFrom } from './pdnd.api.js';

const LONGEST_MS = 10 * 366 * 86_400_000;

/** `POST /__sim/control` (pdnd.md §17.2): the commonest commands about PDND in one body. All of it is checked before any of it is done. */
export function simApi(app: FastifyInstance, vendors: Vendors, offset: Offset): void {
  app.post('/control', async ({ body }) => {
    const { fornitore = COMMON, scartoMs, comportamento, azzeraQuote = false, ruotaChiavi = false, revoca, ritardo, guasti } = fields(body, ['fornitore', 'scartoMs', 'comportamento', 'azzeraQuote', 'ruotaChiavi', 'revoca', 'ritardo', 'guasti']);
    const vendor = vendors.get(text(fornitore, 'fornitore', /^[a-z0-9-]{1,40}$/, 'il nome di un fornitore'));
    if (!vendor) throw new NotThere('Il simulatore non conosce questo fornitore');
    const { pdnd, issuer, disturbance, now } = vendor.world;
    const knobs = comportamento === undefined ? {} : knobsFrom(comportamento);
    if (scartoMs !== undefined && !whole(typeof scartoMs === 'number' ? Math.abs(scartoMs) : scartoMs, LONGEST_MS)) throw new WrongInput(`scartoMs deve essere un numero intero di millisecondi, al più ${String(LONGEST_MS)} in più o in meno`);
    const key = revoca === undefined ? undefined : pdnd.keys.get(text(revoca, 'revoca', /^[A-Za-z0-9_-]{43}$/, 'il kid di una chiave'));
    if (revoca !== undefined && !key) throw new NotThere('Nessuna chiave con questo kid');
    const delay = ritardo === undefined ? disturbance.delay : delayFrom(ritardo);
    const faults = guasti === undefined ? disturbance.faults : faultsFrom(guasti);
    const rotating = flag(ruotaChiavi, 'ruotaChiavi');
    if (flag(azzeraQuote, 'azzeraQuote')) pdnd.calls.clear();
    Object.assign(pdnd.knobs, knobs);
    Object.assign(disturbance, { delay, faults });
    if (scartoMs !== undefined) offset.ms = Number(scartoMs);
    if (key) key.revokedAt ??= now();
    if (rotating) await issuer.rotate();
    return { fornitore: vendor.id, scartoMs: offset.ms, comportamento: pdnd.knobs };
  });

  app.get('/diagnostics/:id', ({ params }) => {
    const diagnosis = vendors.diagnosis((params as { readonly id: string }).id);
    if (!diagnosis) throw new NotThere('Nessuna diagnosi con questo identificativo');
    return diagnosis;
  });
}
