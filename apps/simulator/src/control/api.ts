import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Card } from '../people/card.js';
import type { Operation } from '../operations.js';
import type { Stored } from '../soap/stored.js';
import { COMMON, type Vendors } from '../vendors.js';
import type { World } from '../world.js';
import { answersApi } from './answers.api.js';
import { certificatesApi } from './certificates.api.js';
import { clockApi, type Offset } from './clock.api.js';
import { disturbanceApi } from './disturbance.api.js';
import { NotThere, numbers, WrongInput } from './input.js';
import { pdndControlApi } from './pdnd.api.js';
import { securityApi } from './security.api.js';
import { vendorsApi } from './vendors.api.js';
import { versionsApi } from './versions.api.js';

const PAGE = 1_000;
const LARGEST_PAGE = 10_000;

/** Which vendor a request is about: the one named in its path, or the one that all share. */
export type WorldOf = (request: FastifyRequest) => World;

/** How tests steer the simulator and count what reached it. The same paths steer the vendor that all share and, under `/fornitori/{id}`, one vendor alone. */
export function controlApi(app: FastifyInstance, vendors: Vendors, offset: Offset): void {
  app.setErrorHandler(told);
  clockApi(app, vendors, offset);
  certificatesApi(app, vendors.common.world);
  vendorsApi(app, vendors);
  const worldOf: WorldOf = ({ params }) => {
    const { fornitore = COMMON } = params as { readonly fornitore?: string };
    const vendor = vendors.get(fornitore);
    if (!vendor) throw new NotThere(`Il simulatore non conosce il fornitore ${fornitore.slice(0, 40)}`);
    return vendor.world;
  };
  for (const prefix of ['', '/fornitori/:fornitore']) {
    peopleApi(app, prefix, worldOf);
    disturbanceApi(app, prefix, worldOf);
    registerApi(app, prefix, worldOf);
    securityApi(app, prefix, worldOf);
    answersApi(app, prefix, worldOf);
    versionsApi(app, prefix, worldOf);
    pdndControlApi(app, prefix, worldOf, vendors);
  }
}

/** What is said to whoever steers wrongly. */
export function told(error: Error & { readonly statusCode?: number }, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof WrongInput) return reply.code(400).send({ errore: error.message });
  if (error instanceof NotThere) return reply.code(404).send({ errore: error.message });
  const status = error.statusCode ?? 500;
  return reply.code(status).send({ errore: status < 500 ? `Richiesta non valida: ${error.message}` : 'Errore interno del simulatore' });
}

function peopleApi(app: FastifyInstance, prefix: string, worldOf: WorldOf): void {
  app.get(`${prefix}/salute`, (request) => {
    const { people } = worldOf(request);
    return { stato: 'attivo', persone: people.named.length + people.ordinary.length, seme: people.seed };
  });

  app.get(`${prefix}/persone`, (request) => {
    const { people } = worldOf(request);
    const { limite = 0 } = numbers(request.query, { limite: people.ordinary.length });
    return [...people.named.filter(({ caso }) => caso !== undefined), ...people.ordinary.slice(0, limite)].map(described);
  });
}

/** Criteria of search are not kept, so they cannot be read here. */
function registerApi(app: FastifyInstance, prefix: string, worldOf: WorldOf): void {
  app.get(`${prefix}/registro`, (request) => {
    const { operations } = worldOf(request);
    const { da = 0, limite = PAGE } = numbers(request.query, { da: Number.MAX_SAFE_INTEGER, limite: LARGEST_PAGE });
    const page = operations.page(da, limite);
    const { received, replays, forgotten, outcomes } = operations.totals;
    return { ricevute: received, repliche: replays, dimenticate: forgotten, esiti: outcomes, operazioni: page.map(registered), prossimo: page.at(-1)?.sequence ?? da };
  });
  app.delete(`${prefix}/registro`, (request) => {
    worldOf(request).operations.clear();
    return { ricevute: 0 };
  });
}

function registered(operation: Operation<Stored>): Record<string, unknown> {
  const { sequence, idOperazioneComune, codMittente, operazione, receivedAt, times, outcome, replayed, differing } = operation;
  return { numero: sequence, idOperazioneComune, codMittente, operazione, ricevutaAlle: new Date(receivedAt).toISOString(), volte: times, esito: outcome, replay: replayed, domandeDiverse: differing };
}

function described({ codiceFiscale, idANPR, cognome, nome, sesso, dataNascita, luogoNascita, competente, caso }: Card): Record<string, unknown> {
  const luogo =
    'comune' in luogoNascita
      ? comune(luogoNascita.comune)
      : { codiceStato: luogoNascita.estero.stato.codiceStato, stato: luogoNascita.estero.stato.nome, localita: luogoNascita.estero.localita };
  return { codiceFiscale, idANPR, cognome, nome, sesso, dataNascita, luogoNascita: luogo, comune: comune(competente), caso };
}

function comune({ codiceIstat, codiceCatastale, nome }: Card['competente']): Record<string, string> {
  return { codiceIstat, codiceCatastale, nome };
}
