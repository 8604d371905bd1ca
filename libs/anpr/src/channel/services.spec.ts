import { CHANNELS, MODES, SERVICES } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from './services.js';

describe('what a channel serves', () => {
  it('is, over ws, generalità and residenza to be consulted, and nothing else yet', () => {
    const served = CHANNELS.flatMap((channel) => SERVICES.flatMap((service) => MODES.flatMap((mode) => (sectionsOf(channel, service, mode) ? [`${channel} ${service} ${mode}`] : []))));
    expect(served).toEqual(['ws generalita consultazione', 'ws residenza consultazione']);
  });

  it('asks for where somebody lives only when that is the service', () => {
    expect(sectionsOf('ws', 'generalita', 'consultazione')).not.toContain('10');
    expect(sectionsOf('ws', 'residenza', 'consultazione')).toContain('10');
  });

  it('always asks what tells an active card from a cancelled one, and never for everything', () => {
    for (const service of ['generalita', 'residenza'] as const) {
      expect(sectionsOf('ws', service, 'consultazione')).toEqual(expect.arrayContaining(['2', '27', '28']));
      expect(sectionsOf('ws', service, 'consultazione')).not.toContain('1');
    }
  });
});
