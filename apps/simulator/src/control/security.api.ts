import type { FastifyInstance } from 'fastify';
import { PROFILES, type Profile, type Security } from '../world.js';
import type { WorldOf } from './api.js';
import { fields, flag, oneOf, whole, WrongInput } from './input.js';

const LONGEST_TOLERANCE_MS = 3_600_000;

/** What is asked of the security of SOAP messages, and which operators ANPR knows. */
export function securityApi(app: FastifyInstance, prefix: string, worldOf: WorldOf): void {
  app.get(`${prefix}/sicurezza`, (request) => described(worldOf(request).security));
  app.put(`${prefix}/sicurezza`, (request) => {
    const { security } = worldOf(request);
    const { firma = security.firma, sha1 = security.sha1, tolleranzaMs = security.tolleranzaMs } = fields(request.body, ['firma', 'sha1', 'tolleranzaMs']);
    const wanted = { firma: oneOf(firma, 'firma', ['richiesta', 'accettata']), sha1: flag(sha1, 'sha1') };
    if (!whole(tolleranzaMs, LONGEST_TOLERANCE_MS)) throw new WrongInput(`tolleranzaMs deve essere un numero intero tra 0 e ${String(LONGEST_TOLERANCE_MS)}`);
    Object.assign(security, wanted, { tolleranzaMs });
    return described(security);
  });

  app.get(`${prefix}/operatori`, (request) => Object.fromEntries(worldOf(request).security.operators));
  app.put(`${prefix}/operatori`, (request) => {
    const { operators } = worldOf(request).security;
    const given = profiles(request.body);
    operators.clear();
    for (const [operator, profile] of given) operators.set(operator, profile);
    return Object.fromEntries(operators);
  });
}

function described({ firma, sha1, tolleranzaMs }: Security): Record<string, unknown> {
  return { firma, sha1, tolleranzaMs };
}

function profiles(body: unknown): [string, Profile][] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new WrongInput('serve un oggetto JSON: codice fiscale dell’operatore → profilo');
  return Object.entries(body).map(([operator, profile]) => {
    if (!/^[0-9A-Z]{11,16}$/.test(operator)) throw new WrongInput('ogni nome deve essere il codice fiscale di un operatore');
    return [operator, oneOf(profile, 'profilo', PROFILES)];
  });
}
