import { beforeEach, describe, expect, it } from 'vitest';
import type { Adapter } from 'oidc-provider';
import { memoryWorld, type PortsOf } from '../testing/world.js';
import { oidcState } from './state.js';

describe('what the OpenID Provider remembers', () => {
  let world: PortsOf;
  let of: (model: string) => Adapter;

  beforeEach(() => {
    world = memoryWorld();
    of = oidcState(world, () => Promise.resolve(undefined));
  });

  it('is found again by id and uid, and is gone when its time is over', async () => {
    const sessions = of('Session');
    await sessions.upsert('s1', { uid: 'u1', accountId: 'anna' }, 60);
    expect(await sessions.find('s1')).toMatchObject({ accountId: 'anna' });
    expect(await sessions.findByUid('u1')).toMatchObject({ accountId: 'anna' });
    expect(await of('Interaction').findByUid('u1')).toBeUndefined();
    await sessions.upsert('s2', { uid: 'u2' }, -1);
    expect(await sessions.find('s2')).toBeUndefined();
  });

  it('lets one of two that consume the same code win', async () => {
    const codes = of('AuthorizationCode');
    await codes.upsert('c1', { grantId: 'g1' }, 60);
    const both = await Promise.allSettled([codes.consume('c1'), codes.consume('c1')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await codes.find('c1'))!.consumed).toEqual(expect.any(Number));
    await codes.upsert('c1', { grantId: 'g1' }, 60);
    expect((await codes.find('c1'))!.consumed).toEqual(expect.any(Number));
  });

  it('goes with its grant, and nothing else does', async () => {
    await of('RefreshToken').upsert('r1', { grantId: 'g1' }, 60);
    await of('AuthorizationCode').upsert('c1', { grantId: 'g1' }, 60);
    await of('RefreshToken').upsert('r2', { grantId: 'g2' }, 60);
    await of('RefreshToken').revokeByGrantId('g1');
    expect(await of('RefreshToken').find('r1')).toBeUndefined();
    expect(await of('AuthorizationCode').find('c1')).toBeUndefined();
    expect(await of('RefreshToken').find('r2')).toBeDefined();
  });

  it('takes the id of a client assertion once', async () => {
    const used = of('ReplayDetection');
    const both = await Promise.allSettled([used.upsert('jti', { iss: 'x' }, 60), used.upsert('jti', { iss: 'x' }, 60)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('keeps used assertions where nothing is lost', async () => {
    await of('ReplayDetection').upsert('jti', { iss: 'x' }, 60);
    await world.collections.collection({ name: 'oidc-state' }).clear();
    await expect(of('ReplayDetection').upsert('jti', { iss: 'x' }, 60)).rejects.toThrow();
  });

  it('never registers a client: applications are registered by events', async () => {
    await expect(of('Client').upsert('x', {}, 60)).rejects.toThrow(TypeError);
  });
});
