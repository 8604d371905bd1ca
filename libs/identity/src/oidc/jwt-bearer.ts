import { AUDIENCES, romeDay } from '@geres/contracts';
import { AlreadyThere, type Collection, type EventMeta, type EventStore, type Folded } from '@geres/kernel';
import { createHash, randomUUID } from 'node:crypto';
import { errors, type Client, type TokenEndpointGrantContext } from 'oidc-provider';
import type Provider from 'oidc-provider';
import { ulid } from 'ulid';
import type { RegisteredApplication } from '../application/application.domain.js';
import type { ConventionRow } from '../read-models/projections.js';
import { isOpen, type OpenedSession } from '../session/session.domain.js';
import type { Sessions } from '../session/sessions.js';
import { isDisabledIn, isLocked, type EnrolledUser } from '../user/user.domain.js';
import type { Users } from '../user/users.js';
import { AssertionRefused, CLOCK_TOLERANCE_S, readAssertion, type Assertion } from './assertion.js';
import { loadApplication } from './clients.js';
import type { OidcSettings } from './settings.js';

/** A session is used again for further tokens while it lasts longer than this. */
const REUSE_MS = 10 * 60_000;
/** Refusals of assertions that whoever sent them need not have signed: recorded up to so many a minute for one application, so that a stranger cannot fill the archive. */
const UNPROVEN_PER_MINUTE = 60;

export interface JwtBearerDeps extends OidcSettings {
  readonly store: EventStore;
  readonly users: Users;
  readonly sessions: Sessions;
  /** Ids of assertions that were used: durable, so that none is accepted twice after a power failure either. */
  readonly assertions: Collection<{ readonly application: string }>;
  readonly conventions: Collection<Folded<ConventionRow>>;
  readonly openSessions: Collection<Folded<OpenedSession>>;
  /** Resolves when the read models have seen what was appended. */
  readonly seen: (position: string | undefined) => Promise<void>;
}

type Context = TokenEndpointGrantContext<{ assertion?: string; resource?: string }>;

const NOT_ENABLED = 'L’operatore non è abilitato a questa applicazione.';

/** Grant of RFC 7523: the application vouches for its operator with a signed assertion. */
export class JwtBearer {
  private readonly opening = new Map<string, Promise<string>>();
  private unproven = { minute: 0, counts: new Map<string, number>() };

  constructor(private readonly deps: JwtBearerDeps) {}

  handler(provider: Provider): (ctx: Context) => Promise<void> {
    return async (ctx) => {
      const { client, params } = ctx.oidc;
      const { assertion, resource } = params;
      if (typeof assertion !== 'string' || assertion === '') throw new errors.CustomOIDCProviderError('invalid_request', 'Manca il parametro assertion.');
      if (resource !== undefined && resource !== AUDIENCES.gateway) throw new errors.CustomOIDCProviderError('invalid_target', `Con jwt-bearer si chiedono solo token per ${AUDIENCES.gateway}.`);
      const { user, session } = await this.recognise(client, assertion);
      ctx.body = await this.issue(provider, client, user, session);
    };
  }

  private async issue(provider: Provider, client: Client, user: string, session: string): Promise<object> {
    const token = new provider.AccessToken({ accountId: user, client, sid: session, gty: 'jwt-bearer', grantId: '' });
    token.resourceServer = new provider.ResourceServer(AUDIENCES.gateway, { scope: '', audience: AUDIENCES.gateway, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } });
    const value = await token.save();
    return { access_token: value, expires_in: token.expiration, token_type: token.tokenType };
  }

  /** Every refusal is recorded before it is told; the session is durable before the token is signed. */
  private async recognise(client: Client, text: string): Promise<{ readonly user: string; readonly session: string }> {
    const { store, clock, issuer } = this.deps;
    const { clientId } = client;
    let proven: Assertion | undefined;
    let user: string | undefined;
    try {
      const application = await loadApplication(store, clientId);
      if (application?.status !== 'enabled') throw new AssertionRefused('applicazione-non-abilitata', 'L’applicazione non è abilitata.');
      proven = await readAssertion(text, { clientId, keys: application.keys, audiences: [issuer, `${issuer}/token`], now: clock() });
      await this.useOnce(clientId, proven);
      const found = await this.deps.users.byLogin(proven.login);
      if (!found) throw new AssertionRefused('utente-sconosciuto', NOT_ENABLED);
      user = found.id;
      await this.check(clientId, application, found.state);
      return { user, session: await this.sessionOf(user, clientId) };
    } catch (error) {
      if (!(error instanceof AssertionRefused)) throw error;
      await this.record(clientId, error.reason, user, proven);
      throw new errors.CustomOIDCProviderError('invalid_grant', error.message);
    }
  }

  private async useOnce(clientId: string, { jti, exp }: Assertion): Promise<void> {
    const id = createHash('sha256').update(`${clientId}/${jti}`).digest('base64url');
    try {
      await this.deps.assertions.insert(id, { application: clientId }, { expiresAt: new Date((exp + 2 * CLOCK_TOLERANCE_S) * 1000) });
    } catch (error) {
      if (error instanceof AlreadyThere) throw new AssertionRefused('asserzione-ripetuta', 'L’asserzione (jti) è già stata usata.');
      throw error;
    }
  }

  /** An AUTORIZZATO of the application's Ente, bound to it, in a Comune whose convention lets applications vouch. */
  private async check(clientId: string, { ente }: RegisteredApplication, user: EnrolledUser): Promise<void> {
    const now = this.deps.clock();
    if (user.disabled) throw new AssertionRefused('utente-disabilitato', NOT_ENABLED);
    if (isLocked(user, now)) throw new AssertionRefused('utente-bloccato', NOT_ENABLED);
    const comuni = user.roles
      .filter((held) => held.role === 'AUTORIZZATO' && held.ente === ente && held.application === clientId)
      .flatMap(({ comune }) => (comune === undefined || isDisabledIn(user, comune) ? [] : [comune]));
    if (comuni.length === 0) throw new AssertionRefused('operatore-non-legato', NOT_ENABLED);
    const today = romeDay(now);
    const { rows } = await this.deps.conventions.find({ equal: { ente }, limit: 1000 });
    const allowed = rows.some(
      ({ row: { status, terms, recertifyBy, applications, comune } }) =>
        status === 'approved' && terms.jwtBearer && terms.from <= today && today <= terms.to && today <= recertifyBy && applications.includes(clientId) && comuni.includes(comune),
    );
    if (!allowed) throw new AssertionRefused('jwt-bearer-non-ammesso', 'Nessuna convenzione attiva consente a questa applicazione di attestare gli operatori.');
  }

  /** The open session of this user and application, or a new one; those who ask together share it. */
  private async sessionOf(user: string, application: string): Promise<string> {
    const key = `${user}/${application}`;
    const shared = this.opening.get(key);
    if (shared) return shared;
    const mine = this.openOrReuse(user, application).finally(() => this.opening.delete(key));
    this.opening.set(key, mine);
    return mine;
  }

  private async openOrReuse(user: string, application: string): Promise<string> {
    const { sessions, openSessions, clock, seen } = this.deps;
    const now = clock();
    const enough = new Date(now.getTime() + REUSE_MS).toISOString();
    const { rows } = await openSessions.find({ equal: { user, application }, limit: 1000 });
    const candidates = rows.filter(({ row }) => row.method === 'jwt-bearer' && row.expiresAt > enough).sort((a, b) => (a.row.expiresAt < b.row.expiresAt ? 1 : -1));
    for (const { id } of candidates) if (isOpen(await sessions.load(id), now)) return id;
    const session = ulid(now.getTime());
    const { position } = await sessions.open({ session, user, application, method: 'jwt-bearer' }, this.meta(`user:${user}`, application, session));
    await seen(position);
    return session;
  }

  private async record(application: string, reason: string, user: string | undefined, proven: Assertion | undefined): Promise<void> {
    // One that was used before may come from whoever overheard it.
    const bySigner = proven !== undefined && reason !== 'asserzione-ripetuta';
    if (!bySigner && !this.mayRecordUnproven(application)) return;
    const session = ulid(this.deps.clock().getTime());
    const loginTag = proven && (await this.deps.users.loginTag(proven.login));
    const known = { ...(user === undefined ? {} : { user }), ...(loginTag === undefined ? {} : { loginTag }) };
    await this.deps.sessions.refuse({ session, method: 'jwt-bearer', application, reason, ...known }, this.meta(`application:${application}`, application, session));
  }

  private mayRecordUnproven(application: string): boolean {
    const minute = Math.floor(this.deps.clock().getTime() / 60_000);
    if (this.unproven.minute !== minute) this.unproven = { minute, counts: new Map() };
    const count = (this.unproven.counts.get(application) ?? 0) + 1;
    this.unproven.counts.set(application, count);
    return count <= UNPROVEN_PER_MINUTE;
  }

  private meta(actor: string, application: string, session: string): EventMeta {
    const id = randomUUID();
    const { clock, environment } = this.deps;
    return { actor, application, session, correlationId: id, causationId: id, recordedAt: clock().toISOString(), environment };
  }
}
