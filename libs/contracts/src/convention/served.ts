import type { Channel, Mode, Service } from '../common/scalars.js';

/** Which channels can serve what, of those that the Comune may choose from. How each does it is the connector's. */
const SERVED: Readonly<Record<Service, Readonly<Record<Mode, readonly Channel[]>>>> = {
  generalita: { consultazione: ['ws', 'pdnd'], verifica: ['pdnd'] },
  residenza: { consultazione: ['ws', 'pdnd'], verifica: ['pdnd'] },
  'stato-famiglia': { consultazione: ['pdnd'], verifica: [] },
  cittadinanza: { consultazione: ['ws', 'pdnd'], verifica: [] },
  'esistenza-in-vita': { consultazione: ['ws', 'pdnd'], verifica: ['pdnd'] },
  'stato-civile': { consultazione: ['ws'], verifica: [] },
  'id-anpr': { consultazione: ['pdnd'], verifica: [] },
};

export const channelsOf = (service: Service, mode: Mode): readonly Channel[] => SERVED[service][mode];
