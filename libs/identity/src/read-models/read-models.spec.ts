import type { RoleAssignment, Sealed, Tag, UserEvent } from '@geres/contracts';
import { UnknownEvent } from '@geres/contracts';
import { collectionName, handle } from '@geres/kernel';
import { projecting } from '@geres/kernel/testing';
import { openSqliteCollections } from '@geres/platform/collections';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { convention } from '../convention/convention.domain.js';
import { demoConventionId, demoUserId, seedDemo } from '../demo/seed.js';
import { Sessions } from '../session/sessions.js';
import { openWorld, type World } from '../testing/world.js';
import { Users } from '../user/users.js';
import { openReadModels, type OpenReadModels } from './open.js';
import { readModels } from './projections.js';

const id = '01JD0000000000000000000006';
const top: RoleAssignment = { role: 'TOP', comune: 'H501' };
const admin: RoleAssignment = { role: 'ADMIN', comune: 'H501', ente: 'asl_roma1' };
const enrolled: UserEvent = { type: 'identity.user.enrolled', v: 1, data: { user: id, details: 's1.x' as Sealed, loginTag: 'c'.repeat(32) as Tag } };
const assigned = (assignment: RoleAssignment): UserEvent => ({ type: 'identity.user.role-assigned', v: 1, data: { user: id, assignment } });
const removed = (assignment: RoleAssignment): UserEvent => ({ type: 'identity.user.role-removed', v: 1, data: { user: id, assignment } });

describe('who holds which role, where', () => {
  const { projection } = readModels.roleHolders;
  const history = [enrolled, assigned(top), assigned(admin), removed(top)];

  it('is one row a role, while it is held', async () => {
    const rows = await (await projecting(projection).given(...history)).all();
    expect([...rows.values()]).toEqual([{ user: id, role: 'ADMIN', comune: 'H501', ente: 'asl_roma1' }]);
  });

  it('is the same after every event has come twice', async () => {
    const once = await projecting(projection).given(...history);
    const twice = await projecting(projection).redelivered(...history);
    expect(await twice.all()).toEqual(await once.all());
  });

  it('stops at an event that this release does not know', async () => {
    await expect(projecting(projection).given({ ...enrolled, v: 9 } as never)).rejects.toMatchObject({ cause: expect.any(UnknownEvent) as Error });
    await expect(projecting(readModels.users.projection).given({ ...enrolled, type: 'identity.user.renamed' } as never)).rejects.toMatchObject({ cause: expect.any(UnknownEvent) as Error });
  });
});

describe('the read models of identity', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  const dump = async ({ rows }: OpenReadModels): Promise<Readonly<Record<string, unknown>>> =>
    Object.fromEntries(await Promise.all(Object.entries(rows).map(async ([name, collection]) => [name, (await (collection as (typeof rows)['users']).find({ limit: 1000 })).rows] as const)));

  it('are the same when they are built again from the events alone', async () => {
    const { store, collections, signal, meta } = world;
    const before = openReadModels({ store, collections, signal, incarnation: 'prima' });
    await seedDemo({ ...world, environment: 'test', publicUrl: 'http://localhost', outFolder: join(world.folder, 'chiavi') });
    const users = new Users(store, world.keys);
    const user = demoUserId('operatore.esempio');
    await users.run({ type: 'disable', user, reason: 'prova', by: 'TOP', comune: 'H501' }, meta());
    await users.run({ type: 'remove-role', user, assignment: { role: 'AUTORIZZATO', comune: 'A944', ente: 'ente_esempio', application: 'verifiche-esempio' } }, meta());
    await users.run({ type: 'lock', user, reason: 'prova', until: '2099-01-01T00:00:00.000Z' }, meta());
    const sessions = new Sessions(store);
    const opening = { user, application: 'verifiche-esempio', method: 'jwt-bearer' } as const;
    await sessions.open({ session: '01JD0000000000000000000008', ...opening }, meta());
    await sessions.open({ session: '01JD0000000000000000000009', ...opening }, meta());
    await sessions.close('01JD0000000000000000000008', 'prova', meta());
    await sessions.refuse({ session: '01JD000000000000000000000A', method: 'password', reason: 'credenziali-errate' }, meta());
    const of = { convention: demoConventionId('F052', 'pl_f052'), comune: 'F052', ente: 'pl_f052' };
    const { position } = await handle(store, convention, `convention-${of.convention}`, { type: 'revoke', ...of, reason: 'prova' }, meta());
    await Promise.all([before.seen('conventions', position, 5000), before.seen('sessions', position, 5000), before.seen('users', position, 5000)]);

    const elsewhere = await openSqliteCollections({ file: join(world.folder, 'altrove.db'), durability: 'normal' });
    try {
      const after = openReadModels({ store, collections: elsewhere, signal, incarnation: 'dopo' });
      await after.caughtUp();
      const rebuilt = await dump(after);
      await expect.poll(() => dump(before), { timeout: 5000 }).toEqual(rebuilt);
      expect(rebuilt['users']).toHaveLength(16);
      expect(rebuilt['sessions']).toEqual([expect.objectContaining({ id: '01JD0000000000000000000009' })]);
      expect(rebuilt['conventions']).toContainEqual(expect.objectContaining({ id: of.convention, row: expect.objectContaining({ status: 'ended' }) as object }));
    } finally {
      await elsewhere.close();
    }
  });

  it('start again by themselves where they were built by another incarnation', async () => {
    const { store, collections } = world;
    await new Users(store, world.keys).enrol(id, { login: 'anna.prova', name: 'Anna', surname: 'Prova' }, world.meta(), { assignment: top });
    const rows = collections.collection<{ user: string }>({ name: collectionName(readModels.roleHolders.projection), indexes: readModels.roleHolders.indexes as never });
    await rows.commit(new Map([['intruso', { user: 'intruso' }]]), { position: '9'.repeat(16), incarnation: 'prima del ripristino' });
    const opened = openReadModels({ store, collections, signal: world.signal, incarnation: 'dopo il ripristino' });
    await opened.caughtUp();
    expect((await opened.rows.roleHolders.find({ limit: 10 })).rows.map(({ row }) => row.user)).toEqual([id]);
  });
});
