import type { RoleAssignment } from '@geres/contracts';
import type { Collection, EventMeta, EventStore } from '@geres/kernel';
import { createHash, randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import { isOfProduct } from '../application/application.domain.js';
import { isOpen } from '../session/session.domain.js';
import { SESSION_MS, type Sessions } from '../session/sessions.js';
import { isDisabledIn, isLocked, type EnrolledUser } from '../user/user.domain.js';
import type { FoundUser, Users } from '../user/users.js';
import { LOCK_MS, MAX_FAILURES, type Attempts } from './attempts.js';
import { loadApplication } from './clients.js';
import type { OidcSettings } from './settings.js';

/** The GeRes session behind a grant of the provider. */
export interface SignInRow {
  readonly session: string;
  readonly user: string;
  readonly application: string;
  /** Chosen at the console; an application has the operator's roles for its Ente, whichever they are. */
  readonly role?: RoleAssignment;
}

export interface SignInDeps extends OidcSettings {
  readonly store: EventStore;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly attempts: Attempts;
  readonly signIns: Collection<SignInRow>;
}

export type Recognised =
  | { readonly outcome: 'recognised' | 'must-change'; readonly user: string }
  /** `text` is for the person, the same for a login that does not exist. */
  | { readonly outcome: 'refused'; readonly text: string };

const WRONG = 'Nome utente o password non corretti.';
const TOO_MANY = 'Troppi tentativi: riprova fra 15 minuti.';
const NO_ACCESS = 'L’accesso non è consentito: rivolgiti a chi amministra gli utenti.';

const grantKey = (grantId: string): string => createHash('sha256').update(grantId).digest('base64url');

/** People who sign in with login and password: attempts are counted before the password is looked at, every outcome is an event. */
export class SignIns {
  constructor(private readonly deps: SignInDeps) {}

  async recognise(login: string, password: string, application: string): Promise<Recognised> {
    const { users, clock } = this.deps;
    const loginTag = await users.loginTag(login);
    const found = await users.byLogin(login);
    const refuse = async (reason: string, text: string): Promise<Recognised> => {
      const session = ulid(clock().getTime());
      const known = { loginTag, application, ...(found ? { user: found.id } : {}) };
      await this.deps.sessions.refuse({ session, method: 'password', reason, ...known }, this.meta(`application:${application}`, application, session));
      return { outcome: 'refused', text };
    };
    const failures = await this.deps.attempts.take(loginTag);
    if (failures > MAX_FAILURES) return refuse('troppi-tentativi', TOO_MANY);
    const matches = await users.passwordMatches(found, password);
    if (!found || !matches) {
      // Whoever has no password cannot lose it: a stranger who knows the login must not stop an operator that an application vouches for.
      if (failures === MAX_FAILURES && found?.state.credentials) await this.lock(found);
      return refuse('credenziali-errate', WRONG);
    }
    if (found.state.disabled) return refuse('utente-disabilitato', NO_ACCESS);
    if (isLocked(found.state, clock())) return refuse('utente-bloccato', NO_ACCESS);
    if ((await this.rolesFor(found.state, application)).length === 0) return refuse('nessun-ruolo', NO_ACCESS);
    await this.deps.attempts.forget(loginTag);
    return { outcome: found.state.credentials?.mustChange ? 'must-change' : 'recognised', user: found.id };
  }

  /** The roles that a user may take at this client: administrators at the console and the command line, the Ente's AUTORIZZATI at its applications. */
  async rolesFor(user: EnrolledUser, application: string): Promise<readonly RoleAssignment[]> {
    const held = user.roles.filter(({ comune }) => comune === undefined || !isDisabledIn(user, comune));
    if (isOfProduct(application)) return held.filter(({ role }) => role !== 'AUTORIZZATO');
    const software = await loadApplication(this.deps.store, application);
    return software ? held.filter(({ role, ente }) => role === 'AUTORIZZATO' && ente === software.ente) : [];
  }

  /** Opens the session of a sign-in, durable, and binds it to the provider's grant. `role`: the one chosen at the console. */
  async open(user: string, application: string, role: RoleAssignment | undefined, grantId: string): Promise<string> {
    const session = ulid(this.deps.clock().getTime());
    const chosen = role === undefined ? {} : { role };
    const { expiresAt } = await this.deps.sessions.open({ session, user, application, method: 'password', lastsMs: SESSION_MS, ...chosen }, this.meta(`user:${user}`, application, session));
    await this.deps.signIns.insert(grantKey(grantId), { session, user, application, ...chosen }, { expiresAt });
    return session;
  }

  /** The sign-in behind a grant while it holds: session open, user enabled and in the same role. */
  async current(grantId: string): Promise<SignInRow | undefined> {
    const row = await this.deps.signIns.get(grantKey(grantId));
    if (!row) return undefined;
    const now = this.deps.clock();
    const [session, state] = await Promise.all([this.deps.sessions.load(row.session), this.deps.users.load(row.user)]);
    if (!isOpen(session, now) || state.status === 'absent' || state.disabled || isLocked(state, now)) return undefined;
    const roles = await this.rolesFor(state, row.application);
    const { role } = row;
    const holds = role ? roles.some((held) => held.role === role.role && held.comune === role.comune && held.ente === role.ente) : roles.length > 0;
    return holds ? row : undefined;
  }

  async close(grantId: string, reason: string): Promise<void> {
    const row = await this.deps.signIns.get(grantKey(grantId));
    if (!row) return;
    await this.deps.sessions.close(row.session, reason, this.meta(`user:${row.user}`, row.application, row.session));
    await this.deps.signIns.remove(grantKey(grantId));
  }

  private async lock({ id }: FoundUser): Promise<void> {
    const until = new Date(this.deps.clock().getTime() + LOCK_MS).toISOString();
    await this.deps.users.run({ type: 'lock', user: id, reason: `${MAX_FAILURES} tentativi di accesso non riusciti`, until }, this.meta('system:identity'));
  }

  private meta(actor: string, application?: string, session?: string): EventMeta {
    const id = randomUUID();
    const { clock, environment } = this.deps;
    return {
      actor,
      correlationId: id,
      causationId: id,
      recordedAt: clock().toISOString(),
      environment,
      ...(application === undefined ? {} : { application }),
      ...(session === undefined ? {} : { session }),
    };
  }
}
