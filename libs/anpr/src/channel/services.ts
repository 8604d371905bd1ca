import type { Channel, Mode, Service } from '@geres/contracts';

/**
 * What a channel can serve, and the sections (table 16 of ANPR) that it asks for: never more than the service needs. 27 and 28 tell an active card from
 * one of somebody cancelled or deceased.
 */
const SECTIONS: Readonly<Record<Channel, Partial<Record<Service, Partial<Record<Mode, readonly string[]>>>>>> = {
  ws: {
    generalita: { consultazione: ['2', '27', '28'] },
    residenza: { consultazione: ['2', '10', '27', '28'] },
  },
  pdnd: {},
};

/** The sections to ask for; `undefined` where the channel does not serve it. */
export const sectionsOf = (channel: Channel, service: Service, mode: Mode): readonly string[] | undefined => SECTIONS[channel][service]?.[mode];
