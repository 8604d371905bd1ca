import type { FastifyInstance } from 'fastify';
import { isDate } from '../soap/schema-3002.js';
import { VERSIONS, type Version } from '../soap/versions.js';
import type { WorldOf } from './api.js';
import { fields, text, WrongInput } from './input.js';

const MOST = 10;

/** The protocol versions that ANPR supports and until when: what 7003 lists, and which `codDestinatario` passes. */
export function versionsApi(app: FastifyInstance, prefix: string, worldOf: WorldOf): void {
  app.get(`${prefix}/versioni`, (request) => worldOf(request).versions);
  app.put(`${prefix}/versioni`, (request) => (worldOf(request).versions = versionsFrom(request.body)));
  app.delete(`${prefix}/versioni`, (request) => (worldOf(request).versions = VERSIONS));
}

function versionsFrom(body: unknown): readonly Version[] {
  if (!Array.isArray(body) || body.length === 0 || body.length > MOST) throw new WrongInput(`serve un elenco di versioni, da 1 a ${String(MOST)}`);
  const versions = body.map((one): Version => {
    const { codDestinatario, versione, inizio, fine } = fields(one, ['codDestinatario', 'versione', 'inizio', 'fine']);
    return {
      codDestinatario: text(codDestinatario, 'codDestinatario', /^[0-9A-Za-z]{1,6}$/, 'di 1-6 lettere o cifre, come ANPR05'), versione: text(versione, 'versione', /^\d{1,4}\.\d{1,4}\.\d{1,4}$/, 'come 9.2.7'),
      inizio: day(inizio, 'inizio'), ...(fine === undefined ? {} : { fine: day(fine, 'fine') }),
    };
  });
  if (new Set(versions.map(({ codDestinatario }) => codDestinatario)).size < versions.length) throw new WrongInput('codDestinatario non può ripetersi');
  return versions;
}

function day(value: unknown, name: string): string {
  const given = text(value, name, /^\d{4}-\d\d-\d\d$/, 'una data come 2026-12-31');
  if (!isDate(given)) throw new WrongInput(`${name} deve essere un giorno del calendario`);
  return given;
}
