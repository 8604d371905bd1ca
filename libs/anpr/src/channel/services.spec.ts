import { CHANNELS, channelsOf, MODES, SERVICES, type Channel, type Mode, type Service } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from './services.js';

/** Sections of table 16 by service, mode and channel; a dash where the channel does not serve it. */
const SERVED: Readonly<Record<`${Service} ${Mode}`, Readonly<Record<Channel, string>>>> = {
  'generalita consultazione': { ws: '2 27 28', pdnd: '2 28' },
  'generalita verifica': { ws: '-', pdnd: '2' },
  'residenza consultazione': { ws: '2 10 27 28', pdnd: '2 10 28' },
  'residenza verifica': { ws: '-', pdnd: '10' },
  'stato-famiglia consultazione': { ws: '-', pdnd: '2 21 28' },
  'stato-famiglia verifica': { ws: '-', pdnd: '-' },
  'cittadinanza consultazione': { ws: '2 6 27 28', pdnd: '2 6' },
  'cittadinanza verifica': { ws: '-', pdnd: '-' },
  'esistenza-in-vita consultazione': { ws: '2 27 28', pdnd: '2 28' },
  'esistenza-in-vita verifica': { ws: '-', pdnd: '28' },
  'stato-civile consultazione': { ws: '2 3 27 28', pdnd: '-' },
  'stato-civile verifica': { ws: '-', pdnd: '-' },
  'id-anpr consultazione': { ws: '-', pdnd: '' },
  'id-anpr verifica': { ws: '-', pdnd: '-' },
};
const each = SERVICES.flatMap((service) => MODES.flatMap((mode) => CHANNELS.map((channel) => [channel, service, mode] as const)));

describe('what a channel serves', () => {
  it.each(each)('over %s for %s in %s is what a convention may grant, and nothing else', (channel, service, mode) => {
    expect(sectionsOf(channel, service, mode) !== undefined).toBe(channelsOf(service, mode).includes(channel));
  });

  it.each(each)('over %s for %s in %s is asked in these sections, or not at all', (channel, service, mode) => {
    expect(sectionsOf(channel, service, mode)?.join(' ') ?? '-').toBe(SERVED[`${service} ${mode}`][channel]);
  });

  it.each(SERVICES)('for %s over ws is never everything, nor without what tells an active card from one that ended', (service) => {
    const sections = sectionsOf('ws', service, 'consultazione') ?? ['2', '27', '28'];
    expect(sections).toEqual(expect.arrayContaining(['2', '27', '28']));
    expect(sections).not.toContain('1');
  });
});
