import { describe, expect, it } from 'vitest';
import { readiness, type Dependencies } from './readiness.js';

const well: Dependencies = { rights: { fresh: () => true }, grants: { fresh: () => true }, identity: [{ asOf: new Date(), failure: undefined }], monitoring: [{ failure: undefined }] };
const missing = (changed: Partial<Dependencies>): readonly string[] => readiness({ ...well, ...changed }).filter(({ ready }) => !ready()).map(({ name }) => name);

describe('a process with every service is ready', () => {
  it('when all that it depends on is there', () => {
    expect(missing({})).toEqual([]);
  });

  it.each([
    ['rights cannot be shown to be fresh', { rights: { fresh: () => false } }, 'diritti'],
    ['grants cannot be shown to be fresh', { grants: { fresh: () => false } }, 'abilitazioni'],
    ['a read model of identity has not caught up yet', { identity: [{ asOf: undefined, failure: undefined }] }, 'amministrazione'],
    ['a projection of monitoring has stopped', { monitoring: [{ failure: undefined }, { failure: new Error('unknown event') }] }, 'monitoraggio'],
  ] as const)('but not when %s', (_, changed, name) => {
    expect(missing(changed)).toEqual([name]);
  });
});
