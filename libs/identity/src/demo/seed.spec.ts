import { AUDIENCES, issuerOf } from '@geres/contracts';
import { whole } from '@geres/kernel';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OidcSecrets } from '../oidc/signing-keys.js';
import { isOpen } from '../session/session.domain.js';
import { Sessions } from '../session/sessions.js';
import { openWorld, type World } from '../testing/world.js';
import { Users } from '../user/users.js';
import { seedDemo, type DemoOptions } from './seed.js';
import { demoToken } from './token.js';

const publicUrl = 'http://127.0.0.1:8080';

describe('the demo of an installation of environment test', () => {
  let world: World;
  let options: DemoOptions;

  beforeAll(async () => {
    world = await openWorld();
    options = { ...world, environment: 'test', publicUrl, outFolder: join(world.folder, 'chiavi') };
  });
  afterAll(() => world.close());

  it('registers the same facts once, however often it starts', async () => {
    const first = await seedDemo(options);
    const { events } = await world.store.stats();
    const second = await seedDemo(options);
    expect(second).toEqual(first);
    expect((await world.store.stats()).events).toBe(events);
    expect(first.comuni).toContainEqual({ codiceCatastale: 'H501', codiceIstat: '058091', nome: 'Roma' });
    expect(new Set(first.utenti.map(({ ruolo }) => ruolo))).toEqual(new Set(['GESTORE', 'TOP', 'ADMIN', 'AUTORIZZATO']));
  });

  it('gives every user a password that works, another one in another installation', async () => {
    const { utenti } = await seedDemo(options);
    const users = new Users(world.store, world.keys);
    const found = await users.byLogin('Operatore.ROMA');
    const { password } = utenti.find(({ username }) => username === 'operatore.roma')!;
    expect(await users.passwordMatches(found, password)).toBe(true);
    expect(await users.passwordMatches(found, `${password}x`)).toBe(false);
    const elsewhere = await openWorld();
    const others = await seedDemo({ ...elsewhere, environment: 'test', publicUrl, outFolder: join(elsewhere.folder, 'chiavi') });
    await elsewhere.close();
    expect(others.utenti.map((user) => user.password)).not.toContain(password);
  });

  it('writes private keys that only their owner reads', async () => {
    const { applicazioni } = await seedDemo(options);
    for (const { chiave } of applicazioni) expect((await stat(chiave)).mode & 0o777).toBe(0o600);
  });

  it('keeps names, logins and passwords out of the events', async () => {
    const { utenti } = await seedDemo(options);
    const { events } = await whole(world.store.read(`user-${(await new Users(world.store, world.keys).byLogin('operatore.roma'))!.id}`));
    const written = JSON.stringify(events);
    expect(written).not.toMatch(/operatore|uno"/i);
    expect(written).not.toContain(utenti.find(({ username }) => username === 'operatore.roma')!.password);
  });

  it('hands out a ready token that lasts one day, with an open session behind it', async () => {
    await seedDemo(options);
    const token = await demoToken(options);
    const keys = await new OidcSecrets(world.durable, world.keys, world.clock).signing();
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys: keys.map(({ d: _, ...key }) => key) as never }), {
      issuer: issuerOf(publicUrl, 'test'),
      audience: AUDIENCES.gateway,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    expect(protectedHeader.kid).toBe(keys[0]!.kid);
    expect(payload).toMatchObject({ client_id: 'tributi-roma', ambiente: 'test' });
    expect(payload.exp! - payload.iat!).toBe(24 * 3600);
    expect(isOpen(await new Sessions(world.store).load(payload['sid'] as string), world.clock())).toBe(true);
  });
});
