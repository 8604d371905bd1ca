import type { UserDetails } from '@geres/contracts';
import { fold, whole, type EventStore } from '@geres/kernel';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { beforeEach, describe, expect, it } from 'vitest';
import { login, loginStream } from '../login/login.domain.js';
import { memoryWorld, openWorld } from '../testing/world.js';
import { Users } from './users.js';

const ANNA: UserDetails = { login: 'anna.sintetica', name: 'Annasintetica', surname: 'Cognomefinto', codiceFiscale: 'CGNNSN80A41H501X', email: 'anna@esempio.invalid' };

describe('the users of an installation', () => {
  let world: ReturnType<typeof memoryWorld>;
  let users: Users;

  beforeEach(() => {
    world = memoryWorld();
    users = new Users(world.store, world.keys);
  });

  const typesOf = async (id: string): Promise<readonly string[]> => (await whole(world.store.read(`user-${id}`))).events.map(({ type }) => type);
  const holderOf = async (name: string): Promise<string | undefined> => {
    const state = fold(login, (await whole(world.store.read(loginStream(await users.loginTag(name))))).events);
    return state.status === 'reserved' ? state.user : undefined;
  };
  const enrolled = async (details: UserDetails): Promise<string> => {
    const id = ulid();
    await users.enrol(id, details, world.meta());
    return id;
  };
  /** The users as a process has them that dies at an append. */
  const dyingAt = (dies: (append: Parameters<EventStore['append']>) => boolean): Users => {
    const { store } = world;
    const append: typeof store.append = (...args) => (dies(args) ? Promise.reject(new Error('the process dies here')) : store.append(...args));
    return new Users({ read: (...args) => store.read(...args), subscribe: (...args) => store.subscribe(...args), append }, world.keys);
  };
  const code = (refused: Promise<unknown>): Promise<string> =>
    refused.then(
      () => 'accepted',
      (error: { code?: string; name: string }) => error.code ?? error.name,
    );

  it('are found by their login, in whatever letters it is written', async () => {
    const id = await enrolled({ ...ANNA, login: ' Anna.Sintetica ' });
    expect((await users.byLogin('ANNA.SINTETICA'))!.id).toBe(id);
    expect(await users.byLogin('anna')).toBeUndefined();
    const { state } = (await users.byLogin('anna.sintetica'))!;
    expect(await users.details(id, state)).toEqual(ANNA);
  });

  it('have one login and one codice fiscale each, also when two are enrolled at once', async () => {
    const bruno = { ...ANNA, login: 'bruno.sintetico', codiceFiscale: 'BRNSNT80A01H501Y' };
    const sameLogin = await Promise.allSettled([users.enrol(ulid(), ANNA, world.meta()), users.enrol(ulid(), { ...bruno, login: ANNA.login }, world.meta())]);
    expect(sameLogin.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [winner] = sameLogin.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(winner!.events).toHaveLength(1);
    const taken = sameLogin[0]!.status === 'fulfilled' ? ANNA : bruno;
    expect(await code(enrolled({ ...ANNA, codiceFiscale: taken.codiceFiscale!, login: 'carla.sintetica' }))).toBe('codice-fiscale-in-uso');
  });

  it('may use the same login at once after an enrolment that was refused for its codice fiscale', async () => {
    await enrolled(ANNA);
    expect(await code(enrolled({ ...ANNA, login: 'bruno.sintetico' }))).toBe('codice-fiscale-in-uso');
    const { codiceFiscale: _, ...bruno } = { ...ANNA, login: 'bruno.sintetico' };
    expect((await users.byLogin('bruno.sintetico'))?.id).toBeUndefined();
    const id = await enrolled(bruno);
    expect((await users.byLogin('bruno.sintetico'))!.id).toBe(id);
  });

  it('are enrolled once by the same command, however often it comes', async () => {
    const id = ulid();
    const meta = world.meta();
    const first = { assignment: { role: 'TOP', comune: 'H501' } as const, password: { text: 'lunga-abbastanza', mustChange: true } };
    expect(await users.enrol(id, ANNA, meta, first)).toMatchObject({ already: false });
    const before = world.events.length;
    expect(await users.enrol(id, ANNA, meta, first)).toMatchObject({ already: true });
    expect(world.events).toHaveLength(before);
    expect(await typesOf(id)).toEqual(['identity.user.enrolled', 'identity.user.role-assigned', 'identity.user.credentials-set']);
  });

  it('write nothing when the first password or role is refused', async () => {
    expect(await code(users.enrol(ulid(), ANNA, world.meta(), { password: { text: 'corta', mustChange: true } }))).toBe('password-troppo-corta');
    expect(await code(users.enrol(ulid(), ANNA, world.meta(), { password: { text: 'xxAnna.Sinteticaxx', mustChange: true } }))).toBe('password-con-login');
    expect(await code(users.enrol(ulid(), ANNA, world.meta(), { assignment: { role: 'TOP' } }))).toBe('ruolo-non-coerente');
    expect(world.events).toEqual([]);
  });

  describe('an enrolment that stopped half way', () => {
    /** What a process leaves behind that dies between the reservation and `enrolled`. */
    const abandoned = async (): Promise<string> => {
      const id = ulid();
      await expect(dyingAt(([stream]) => stream.startsWith('user-')).enrol(id, ANNA, world.meta())).rejects.toThrow('the process dies here');
      expect(await holderOf(ANNA.login)).toBe(id);
      return id;
    };

    it('leaves a reservation that somebody else takes over after a minute', async () => {
      await abandoned();
      expect(await code(enrolled(ANNA))).toBe('nome-utente-in-uso');
      world.advance(61_000);
      const id = await enrolled(ANNA);
      expect((await users.byLogin(ANNA.login))!.id).toBe(id);
      expect(await holderOf(ANNA.login)).toBe(id);
    });

    it('is completed by the same command when it comes again', async () => {
      const id = ulid();
      const meta = world.meta();
      const { tag } = await reservedBy(id);
      await users.enrol(id, ANNA, meta);
      expect((await users.byLogin(ANNA.login))!.id).toBe(id);
      expect((await whole(world.store.read(loginStream(tag)))).events).toHaveLength(1);
    });

    it('is not taken over from who was enrolled, however long ago', async () => {
      await enrolled(ANNA);
      world.advance(365 * 24 * 3600_000);
      expect(await code(enrolled({ ...ANNA, codiceFiscale: 'BRNSNT80A01H501Y' }))).toBe('nome-utente-in-uso');
    });

    const reservedBy = async (id: string): Promise<{ tag: string }> => {
      const tag = await users.loginTag(ANNA.login);
      const { head } = await whole(world.store.read(loginStream(tag)));
      await world.store.append(loginStream(tag), head, [{ id: ulid(), type: 'identity.login.reserved', v: 1, data: { tag, user: id }, meta: world.meta() }]);
      return { tag };
    };
  });

  describe('changing a user', () => {
    it('moves the login: the new one works, the old one is free', async () => {
      const id = await enrolled(ANNA);
      await users.change(id, { ...ANNA, login: 'anna.nuova' }, world.meta());
      expect((await users.byLogin('anna.nuova'))!.id).toBe(id);
      expect(await users.byLogin(ANNA.login)).toBeUndefined();
      expect(await enrolled({ login: ANNA.login, name: 'Altra', surname: 'Persona' })).toBeDefined();
    });

    it('refuses a login or codice fiscale of somebody else', async () => {
      await enrolled(ANNA);
      const bruno = { login: 'bruno.sintetico', name: 'Bruno', surname: 'Sintetico' };
      const id = await enrolled(bruno);
      expect(await code(users.change(id, { ...bruno, login: ANNA.login }, world.meta()))).toBe('nome-utente-in-uso');
      expect(await code(users.change(id, { ...bruno, codiceFiscale: ANNA.codiceFiscale! }, world.meta()))).toBe('codice-fiscale-in-uso');
      expect((await users.byLogin('bruno.sintetico'))!.id).toBe(id);
    });

    it('writes nothing when nothing is different', async () => {
      const id = await enrolled(ANNA);
      expect((await users.change(id, ANNA, world.meta())).events).toEqual([]);
      expect(await typesOf(id)).toEqual(['identity.user.enrolled']);
    });

    it('refuses a version that is not the one seen, and leaves the login as it was', async () => {
      const id = await enrolled(ANNA);
      await expect(users.change(id, { ...ANNA, login: 'anna.nuova' }, world.meta(), { expected: 7 })).rejects.toMatchObject({ name: 'WrongVersion' });
      expect((await users.byLogin(ANNA.login))!.id).toBe(id);
      world.advance(61_000);
      expect(await enrolled({ login: 'anna.nuova', name: 'Altra', surname: 'Persona' })).toBeDefined();
    });

    it('that stopped before it released the old login, and comes again after a further change, releases nothing', async () => {
      const id = await enrolled(ANNA);
      const meta = world.meta();
      const dying = dyingAt(([, , [event]]) => event!.type === 'identity.login.released');
      await expect(dying.change(id, { ...ANNA, login: 'anna.nuova' }, meta)).rejects.toThrow('the process dies here');
      await users.change(id, ANNA, world.meta());
      await users.change(id, { ...ANNA, login: 'anna.nuova' }, meta);
      expect((await users.byLogin(ANNA.login))!.id).toBe(id);
      expect(await holderOf(ANNA.login)).toBe(id);
    });
  });

  describe('passwords', () => {
    it('are matched against the one that was set last', async () => {
      const id = await enrolled(ANNA);
      await users.setPassword(id, 'prima-password', true, world.meta());
      await users.setPassword(id, 'seconda-password', false, world.meta());
      const found = await users.byLogin(ANNA.login);
      expect(await users.passwordMatches(found, 'seconda-password')).toBe(true);
      expect(await users.passwordMatches(found, 'prima-password')).toBe(false);
      expect(found!.state.credentials!.mustChange).toBe(false);
    });

    it('match nobody without one, and nobody who is not there', async () => {
      await enrolled(ANNA);
      expect(await users.passwordMatches(await users.byLogin(ANNA.login), '')).toBe(false);
      expect(await users.passwordMatches(undefined, '')).toBe(false);
    });
  });

  it('leave nothing of a person in clear, neither in the events nor in any file of the folder', async () => {
    const installed = await openWorld();
    try {
      users = new Users(installed.store, installed.keys);
      const id = ulid();
      await users.enrol(id, ANNA, installed.meta());
      await users.setPassword(id, 'parola-segreta-di-anna', false, installed.meta());
      await users.change(id, { ...ANNA, login: 'anna.nuova' }, installed.meta());
      const written = JSON.stringify((await whole(installed.store.read(`user-${id}`))).events);
      const files = await readdir(installed.folder);
      const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(join(installed.folder, file))))).toString('latin1');
      expect(bytes).toContain('identity.user.enrolled');
      for (const secret of [ANNA.login, ANNA.name, ANNA.surname, ANNA.codiceFiscale!, ANNA.email!, 'anna.nuova', 'parola-segreta-di-anna', 'argon2']) {
        expect(written.toLowerCase()).not.toContain(secret.toLowerCase());
        expect(bytes.toLowerCase().includes(secret.toLowerCase())).toBe(false);
      }
    } finally {
      await installed.close();
    }
  });

  it('cannot be read any more once their key is destroyed', async () => {
    const id = await enrolled(ANNA);
    await world.keys.destroy(`user/${id}`);
    const state = await users.load(id);
    await expect(users.details(id, state as never)).rejects.toMatchObject({ name: 'KeyDestroyed' });
  });
});
