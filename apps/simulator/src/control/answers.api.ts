import type { FastifyInstance } from 'fastify';
import { MTOM } from '../soap/mtom.js';
import type { WorldOf } from './api.js';
import { fields, flag, oneOf } from './input.js';

/** In what form SOAP answers come: MTOM, elements that no schema has yet. */
export function answersApi(app: FastifyInstance, prefix: string, worldOf: WorldOf): void {
  app.get(`${prefix}/risposte`, (request) => worldOf(request).answers);
  app.put(`${prefix}/risposte`, (request) => {
    const { answers } = worldOf(request);
    const { mtom = answers.mtom, elementoIgnoto = answers.elementoIgnoto } = fields(request.body, ['mtom', 'elementoIgnoto']);
    return Object.assign(answers, { mtom: oneOf(mtom, 'mtom', MTOM), elementoIgnoto: flag(elementoIgnoto, 'elementoIgnoto') });
  });
}
