import { describe, expect, it } from 'vitest';
import { environmentOfCustody, type InstallationKeys } from './services.js';

const all: InstallationKeys = { keks: { archive: 'a', connector: 'c', certificates: 'z', admin: 'm' }, busKeys: { lookups: 'l', connections: 'n', settling: 's' } };

describe('the keys that a service may hold', () => {
  it.each([
    ['gateway', { GERES_BUS_KEY_LOOKUPS: 'l' }],
    ['admin', { GERES_BUS_KEY_CONNECTIONS: 'n', GERES_KEK_ADMIN: 'm' }],
    ['connector', { GERES_BUS_KEY_LOOKUPS: 'l', GERES_BUS_KEY_CONNECTIONS: 'n', GERES_BUS_KEY_SETTLING: 's', GERES_KEK_ARCHIVE: 'a', GERES_KEK_CONNECTOR: 'c', GERES_KEK_CERTIFICATES: 'z' }],
    ['monitoring', { GERES_BUS_KEY_SETTLING: 's', GERES_KEK_ARCHIVE: 'a' }],
  ] as const)('are for %s those of its custody and no other', (service, expected) => {
    expect(environmentOfCustody(service, all)).toEqual(expected);
  });
});
