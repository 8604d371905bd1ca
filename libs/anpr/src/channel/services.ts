import type { Channel, Mode, Service } from '@geres/contracts';
import { servedBy } from '../protocol/pdnd/index.js';

/**
 * What one question to service 3002 answers, by the sections (table 16 of ANPR) that it asks for: never more than the service needs. 27 and 28 tell an active
 * card from one of somebody cancelled or deceased. What is not here ANPR does not serve over `ws` within these limits: a family is searched by its own number,
 * and comes with every section of every member (no sections may be asked of it); an idANPR is in no section, and may come with the whole card alone; and
 * nothing that was declared is verified.
 */
const WS: Partial<Record<Service, readonly string[]>> = {
  generalita: ['2', '27', '28'],
  residenza: ['2', '10', '27', '28'],
  cittadinanza: ['2', '6', '27', '28'],
  'stato-civile': ['2', '3', '27', '28'],
  'esistenza-in-vita': ['2', '27', '28'],
};

/** The sections to ask for; `undefined` where the channel does not serve it. */
export function sectionsOf(channel: Channel, service: Service, mode: Mode): readonly string[] | undefined {
  if (channel === 'pdnd') return servedBy(service, mode)?.sections;
  return mode === 'consultazione' ? WS[service] : undefined;
}
