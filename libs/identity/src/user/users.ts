import { canonical, fold, handle, Problem, whole, type EventMeta, type EventStore, type Handled, type HandleOptions } from '@geres/kernel';
import { UserDetails, type LoginEvent, type RoleAssignment, type Sealed, type Tag, type UserEvent } from '@geres/contracts';
import type { KeyStore } from '@geres/platform/keys';
import { login, loginStream, type LoginKind } from '../login/login.domain.js';
import { profile, profileStream } from '../profile/profile.domain.js';
import { stepOf } from '../steps.js';
import { checkPassword, hashPassword, passwordMatches } from './password.js';
import { checkShape, user, userStream, type EnrolledUser, type User, type UserCommand } from './user.domain.js';
import { failUser } from './user.problems.js';

export interface FoundUser {
  readonly id: string;
  readonly state: EnrolledUser;
}

/** What a user starts with. `mustChange`: the password was given by somebody else. */
export interface First {
  readonly assignment?: RoleAssignment;
  readonly password?: { readonly text: string; readonly mustChange: boolean };
}

/** A reservation younger than this may belong to an enrolment that is under way. */
const RESERVATION_MS = 60_000;

export const normalisedLogin = (login: string): string => login.normalize('NFC').trim().toLowerCase();

/** Commands on users: what is said about a person is sealed here, what must be unique is reserved here. The rules are in `user.domain`. */
export class Users {
  constructor(
    private readonly store: EventStore,
    private readonly keys: KeyStore,
  ) {}

  /**
   * Reserves login and codice fiscale, then enrols, with a first role and password where given, in one append. Repeated with the same `meta` it changes
   * nothing. What was reserved for an enrolment that is refused is free again at once.
   */
  async enrol(id: string, details: UserDetails, meta: EventMeta, { assignment, password }: First = {}): Promise<Handled<UserEvent>> {
    const clear = { ...details, login: normalisedLogin(details.login) };
    if (assignment) checkShape(assignment);
    if (password) checkPassword(password.text, clear.login);
    if ((await this.load(id)).status === 'absent') {
      await this.reserveFor(id, clear, meta).catch(async (error: unknown) => {
        if (error instanceof Problem) await this.releaseFor(id, clear, meta);
        throw error;
      });
    }
    const first = {
      ...(assignment ? { assignment } : {}),
      ...(password ? { credentials: { hash: await this.sealedHash(id, password.text), mustChange: password.mustChange } } : {}),
    };
    return this.run({ type: 'enrol', user: id, loginTag: await this.tag('login', clear.login), details: await this.seal(id, clear), ...first }, meta);
  }

  /** Another login or codice fiscale is reserved before, the old one released after. What a refused change reserved is taken over like an abandoned enrolment. */
  async change(id: string, details: UserDetails, meta: EventMeta, options: HandleOptions = {}): Promise<Handled<UserEvent>> {
    const clear = { ...details, login: normalisedLogin(details.login) };
    const before = await this.enrolled(id);
    const old = await this.details(id, before);
    await this.reserveFor(id, clear, meta);
    const same = canonical(old) === canonical(clear) ? { sameAs: before.details } : {};
    const handled = await this.run({ type: 'change', user: id, loginTag: await this.tag('login', clear.login), details: await this.seal(id, clear), ...same }, meta, options);
    // A repetition that comes after further changes must not release what they reserved.
    if (handled.already) return handled;
    if (old.login !== clear.login) await this.release('login', old.login, id, meta);
    if (old.codiceFiscale !== undefined && old.codiceFiscale !== clear.codiceFiscale) await this.release('cf', old.codiceFiscale, id, meta);
    return handled;
  }

  async setPassword(id: string, password: string, mustChange: boolean, meta: EventMeta, options: HandleOptions = {}): Promise<Handled<UserEvent>> {
    const { login: name } = await this.details(id, await this.enrolled(id));
    checkPassword(password, name);
    return this.run({ type: 'set-credentials', user: id, hash: await this.sealedHash(id, password), mustChange }, meta, options);
  }

  async assignProfile(id: string, of: { readonly profile: string; readonly comune: string; readonly ente: string }, meta: EventMeta, options: HandleOptions = {}): Promise<Handled<UserEvent>> {
    const state = fold(profile, (await whole(this.store.read(profileStream(of.profile)))).events);
    const there = state.status === 'defined' ? { comune: state.comune, ente: state.ente } : undefined;
    return this.run({ type: 'assign-profile', user: id, ...of, of: there }, meta, options);
  }

  run(command: UserCommand, meta: EventMeta, options: HandleOptions = {}): Promise<Handled<UserEvent>> {
    return handle(this.store, user, userStream(command.user), command, meta, options);
  }

  async load(id: string): Promise<User> {
    return fold(user, (await whole(this.store.read(userStream(id)))).events);
  }

  /** Whose login it is now, decided on the streams: never on a read model. */
  async byLogin(name: string): Promise<FoundUser | undefined> {
    const tag = await this.loginTag(name);
    const state = fold(login, (await whole(this.store.read(loginStream(tag)))).events);
    if (state.status === 'free') return undefined;
    const found = await this.load(state.user);
    return found.status === 'enrolled' && found.loginTag === tag ? { id: state.user, state: found } : undefined;
  }

  loginTag(name: string): Promise<Tag> {
    return this.tag('login', normalisedLogin(name));
  }

  async details(id: string, { details }: Pick<EnrolledUser, 'details'>): Promise<UserDetails> {
    const box = await this.keys.box(`user/${id}`);
    return UserDetails.parse(box.open(details, `user/${id}/details`));
  }

  /** Takes the same time whether the user is there, has a password, or not. */
  async passwordMatches(found: FoundUser | undefined, password: string): Promise<boolean> {
    const sealed = found?.state.credentials?.hash;
    if (!found || sealed === undefined) return passwordMatches(password, undefined);
    const box = await this.keys.box(`user/${found.id}`);
    const { hash } = box.open(sealed, `user/${found.id}/credentials`) as { hash: string };
    return passwordMatches(password, hash);
  }

  private async enrolled(id: string): Promise<EnrolledUser> {
    const state = await this.load(id);
    if (state.status === 'absent') throw failUser('utente-assente', { utente: id });
    return state;
  }

  private async seal(id: string, details: UserDetails): Promise<EnrolledUser['details']> {
    return (await this.keys.box(`user/${id}`)).seal(details, `user/${id}/details`);
  }

  private async sealedHash(id: string, password: string): Promise<Sealed> {
    return (await this.keys.box(`user/${id}`)).seal({ hash: await hashPassword(password) }, `user/${id}/credentials`);
  }

  private async tag(kind: LoginKind, value: string): Promise<Tag> {
    return (await this.keys.box('login-tags')).tag(kind, value);
  }

  private async reserveFor(id: string, details: UserDetails, meta: EventMeta): Promise<void> {
    await this.reserve('login', details.login, id, meta);
    if (details.codiceFiscale !== undefined) await this.reserve('cf', details.codiceFiscale, id, meta);
  }

  private async releaseFor(id: string, details: UserDetails, meta: EventMeta): Promise<void> {
    await this.release('login', details.login, id, meta);
    if (details.codiceFiscale !== undefined) await this.release('cf', details.codiceFiscale, id, meta);
  }

  private async reserve(kind: LoginKind, value: string, id: string, meta: EventMeta): Promise<void> {
    const tag = await this.tag(kind, value);
    const { events, head } = await whole(this.store.read(loginStream(tag)));
    const last = events.at(-1);
    const holder = fold(login, events);
    const old = last !== undefined && Date.parse(last.meta.recordedAt) + RESERVATION_MS < Date.parse(meta.recordedAt);
    const abandonedBy = holder.status === 'reserved' && holder.user !== id && old && !(await this.uses(holder.user, kind, value)) ? holder.user : undefined;
    const command = { type: 'reserve' as const, kind, tag, user: id, ...(abandonedBy === undefined ? {} : { abandonedBy }) };
    // What is reserved already is so by its state, not by the id of the command: one that was released in the meantime must be reserved anew.
    await handle(this.store, login, loginStream(tag), command, stepOf(meta, `reserve/${tag}/${head.version}`));
  }

  private async uses(id: string, kind: LoginKind, value: string): Promise<boolean> {
    const state = await this.load(id);
    if (state.status === 'absent') return false;
    const { login: name, codiceFiscale } = await this.details(id, state);
    return (kind === 'login' ? name : codiceFiscale) === value;
  }

  private async release(kind: LoginKind, value: string, id: string, meta: EventMeta): Promise<Handled<LoginEvent>> {
    const tag = await this.tag(kind, value);
    return handle(this.store, login, loginStream(tag), { type: 'release', tag, user: id }, stepOf(meta, `release/${tag}`));
  }
}
