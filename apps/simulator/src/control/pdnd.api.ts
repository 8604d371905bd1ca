import type { FastifyInstance } from 'fastify';
import { calculateJwkThumbprint, exportJWK, importSPKI } from 'jose';
import { CASI_USO } from '../pdnd/catalogue.js';
import { DPOP } from '../pdnd/dpop.js';
import { KNOBS, STATES, type Knobs, type Registry } from '../pdnd/registry.js';
import type { Vendors } from '../vendors.js';
import type { World } from '../world.js';
import type { WorldOf } from './api.js';
import { fields, NotThere, oneOf, text, WrongInput } from './input.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CHOICES: Readonly<Partial<Record<keyof Knobs, readonly string[]>>> = { ricercaCodiceFiscale: ['avviso', 'ammessa', 'rifiutata'], regimeIdOperazione: ['nuovo', 'vecchio'], marcaAire: ['S', 'Y'], dpop: DPOP };

/** What a vendor would do in PDND's back office, and what a test changes in how PDND and ANPR behave. */
export function pdndControlApi(app: FastifyInstance, prefix: string, worldOf: WorldOf, vendors: Vendors): void {
  const elsewhere = (world: World, has: (other: Registry) => boolean): boolean => vendors.all().some((vendor) => vendor.world !== world && has(vendor.world.pdnd));
  app.get(`${prefix}/pdnd`, (request) => described(worldOf(request)));

  app.put(`${prefix}/pdnd/finalita`, (request, reply) => {
    const world = worldOf(request);
    const { pdnd } = world;
    const { purposeId, clientId, casoUso, finalita = 'attiva', richiesta = 'attiva', descrittore = 'attiva', dpop } = fields(request.body, ['purposeId', 'clientId', 'casoUso', 'finalita', 'richiesta', 'descrittore', 'dpop']);
    const purpose = {
      purposeId: text(purposeId, 'purposeId', UUID, 'un UUID in minuscolo'), clientId: text(clientId, 'clientId', UUID, 'un UUID in minuscolo'), casoUso: oneOf(casoUso, 'casoUso', CASI_USO),
      finalita: oneOf(finalita, 'finalita', STATES), richiesta: oneOf(richiesta, 'richiesta', STATES), descrittore: oneOf(descrittore, 'descrittore', STATES),
      ...(dpop === undefined ? {} : { dpop: oneOf(dpop, 'dpop', DPOP) }),
    };
    if (elsewhere(world, ({ clients, purposes }) => clients.has(purpose.clientId) || purposes.has(purpose.purposeId))) return reply.code(409).send({ errore: 'il client o la finalità è di un altro fornitore' });
    pdnd.clients.add(purpose.clientId);
    pdnd.purposes.set(purpose.purposeId, purpose);
    return purpose;
  });

  app.post(`${prefix}/pdnd/chiavi`, async (request, reply) => {
    const world = worldOf(request);
    const { pdnd } = world;
    const { clientId, chiave } = fields(request.body, ['clientId', 'chiave']);
    const owner = text(clientId, 'clientId', UUID, 'un UUID in minuscolo');
    const key = await importSPKI(text(chiave, 'chiave', /^-----BEGIN PUBLIC KEY-----/, 'una chiave pubblica RSA in PEM (SPKI); certificati e chiavi private sono rifiutati'), 'RS256', { extractable: true }).catch(() => undefined);
    const bits = (key?.algorithm as { readonly modulusLength?: number } | undefined)?.modulusLength ?? 0;
    if (!key || bits < 2048) throw new WrongInput('chiave deve essere una chiave pubblica RSA in PEM (SPKI) di almeno 2048 bit');
    const jwk = await exportJWK(key);
    const kid = await calculateJwkThumbprint(jwk);
    if (pdnd.keys.has(kid) || elsewhere(world, ({ keys, clients }) => keys.has(kid) || clients.has(owner))) return reply.code(409).send({ errore: 'la chiave è già registrata, o il client è di un altro fornitore' });
    pdnd.clients.add(owner);
    pdnd.keys.set(kid, { kid, jwk: { ...jwk, kid, use: 'sig', alg: 'RS256' }, key, clientId: owner, revokedAt: undefined });
    return reply.code(201).send({ kid, clientId: owner });
  });
  app.delete(`${prefix}/pdnd/chiavi/:kid`, (request, reply) => {
    const { pdnd, now } = worldOf(request);
    const key = pdnd.keys.get((request.params as { readonly kid: string }).kid);
    if (!key) throw new NotThere('Nessuna chiave con questo kid');
    key.revokedAt ??= now();
    return reply.code(204).send();
  });

  app.put(`${prefix}/pdnd/comportamento`, (request) => Object.assign(worldOf(request).pdnd.knobs, knobsFrom(request.body)));
  app.delete(`${prefix}/pdnd/comportamento`, (request) => Object.assign(worldOf(request).pdnd.knobs, KNOBS));
  app.delete(`${prefix}/pdnd/quote`, (request, reply) => {
    const { pdnd } = worldOf(request);
    pdnd.calls.clear();
    return reply.code(204).send();
  });
}

function described({ pdnd, ente, consumerId }: World): Record<string, unknown> {
  const { knobs, purposes, keys, calls } = pdnd;
  return { ente, consumerId, comportamento: knobs, finalita: [...purposes.values()], chiavi: [...keys.values()].map(({ kid, clientId, revokedAt }) => ({ kid, clientId, revocata: revokedAt !== undefined })), chiamate: Object.fromEntries(calls) };
}

/** Each knob is of the kind of its default. */
export function knobsFrom(body: unknown): Partial<Knobs> {
  const given = fields(body, Object.keys(KNOBS) as (keyof Knobs)[]) as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    const usual = KNOBS[name as keyof Knobs];
    const choices = CHOICES[name as keyof Knobs];
    if (choices) oneOf(value, name, choices);
    else if (typeof value !== typeof usual) throw new WrongInput(`${name} deve essere ${typeof usual === 'boolean' ? 'true o false' : 'un numero intero'}`);
    else if (typeof value === 'number' && (!Number.isInteger(value) || Math.abs(value) > 1_000_000_000 || (value < 0 && name !== 'scartoErogatoreSecondi'))) throw new WrongInput(`${name} deve essere un numero intero non negativo`);
  }
  return given as Partial<Knobs>;
}
