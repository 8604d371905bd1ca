import type { FastifyInstance } from 'fastify';
import { FAULTS, NO_DELAY, type Delay, type Fault } from '../disturbance.js';
import type { Card } from '../people/card.js';
import type { Stored, World } from '../soap/service.js';
import type { Operation } from '../operations.js';

const PAGE = 1_000;
const LARGEST_PAGE = 10_000;
const LONGEST_DELAY_MS = 600_000;

/** A setting or a parameter that makes no sense; the message is for the person who sent it. */
class WrongInput extends Error {
  override readonly name = 'WrongInput';
}

/** How tests steer the simulator and count what reached it. Criteria of search are not kept, so they cannot be read here. */
export function controlApi(app: FastifyInstance, world: World): void {
  const { people, disturbance, operations } = world;

  app.setErrorHandler((error: Error & { readonly statusCode?: number }, _request, reply) => {
    if (error instanceof WrongInput) return reply.code(400).send({ errore: error.message });
    const status = error.statusCode ?? 500;
    return reply.code(status).send({ errore: status < 500 ? `Richiesta non valida: ${error.message}` : 'Errore interno del simulatore' });
  });

  app.get('/salute', () => ({ stato: 'attivo', persone: people.named.length + people.ordinary.length, seme: people.seed }));

  app.get('/persone', ({ query }) => {
    const { limite = 0 } = numbers(query, { limite: people.ordinary.length });
    return [...people.named.filter(({ caso }) => caso !== undefined), ...people.ordinary.slice(0, limite)].map(described);
  });

  app.get('/ritardo', () => disturbance.delay);
  app.put('/ritardo', ({ body }) => (disturbance.delay = delayFrom(body)));
  app.delete('/ritardo', () => (disturbance.delay = NO_DELAY));

  app.get('/guasti', () => disturbance.faults ?? { percentuale: 0 });
  app.put('/guasti', ({ body }) => (disturbance.faults = faultsFrom(body)));
  app.delete('/guasti', () => {
    disturbance.faults = undefined;
    return { percentuale: 0 };
  });

  app.get('/registro', ({ query }) => {
    const { da = 0, limite = PAGE } = numbers(query, { da: Number.MAX_SAFE_INTEGER, limite: LARGEST_PAGE });
    const page = operations.page(da, limite);
    const { received, replays, forgotten, outcomes } = operations.totals;
    return { ricevute: received, repliche: replays, dimenticate: forgotten, esiti: outcomes, operazioni: page.map(registered), prossimo: page.at(-1)?.sequence ?? da };
  });
  app.delete('/registro', () => {
    operations.clear();
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

function delayFrom(body: unknown): Delay {
  const { minMs, maxMs } = fields(body, ['minMs', 'maxMs']);
  if (!whole(minMs, LONGEST_DELAY_MS) || !whole(maxMs, LONGEST_DELAY_MS)) throw new WrongInput(`minMs e maxMs devono essere numeri interi di millisecondi tra 0 e ${String(LONGEST_DELAY_MS)}`);
  if (minMs > maxMs) throw new WrongInput('minMs non può superare maxMs');
  return { minMs, maxMs };
}

function faultsFrom(body: unknown): { percentuale: number; tipo: Fault } {
  const { percentuale, tipo } = fields(body, ['percentuale', 'tipo']);
  if (typeof percentuale !== 'number' || !(percentuale >= 0 && percentuale <= 100)) throw new WrongInput('percentuale deve essere un numero tra 0 e 100');
  const known = FAULTS.find((fault) => fault === tipo);
  if (known === undefined) throw new WrongInput(`tipo deve essere uno tra: ${FAULTS.join(', ')}`);
  return { percentuale, tipo: known };
}

function fields<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new WrongInput(`serve un oggetto JSON con i campi: ${names.join(', ')}`);
  const unknown = Object.keys(body).find((name) => !names.some((expected) => expected === name));
  if (unknown !== undefined) throw new WrongInput(`campo sconosciuto: ${unknown.slice(0, 60)}; i campi sono: ${names.join(', ')}`);
  return body as Record<Name, unknown>;
}

function numbers<Name extends string>(query: unknown, largest: Readonly<Record<Name, number>>): Partial<Record<Name, number>> {
  const given = fields(query, Object.keys(largest) as Name[]);
  const read: Partial<Record<Name, number>> = {};
  for (const name of Object.keys(given) as Name[]) {
    const text = given[name];
    const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (!whole(value, largest[name])) throw new WrongInput(`${name} deve essere un numero intero tra 0 e ${String(largest[name])}`);
    read[name] = value;
  }
  return read;
}

function whole(value: unknown, largest: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= largest;
}
