import type { RoleAssignment } from '@geres/contracts';
import { Problem } from '@geres/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { isOfProduct } from '../application/application.domain.js';
import { audiencesOf } from './clients.js';
import { changePage, errorPage, loginPage, rolePage, type Step } from './pages.js';
import type { OidcSettings } from './settings.js';
import type { SignIns } from './sign-ins.js';
import type { Users } from '../user/users.js';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;
type Form = Readonly<Record<string, string>>;
type Asked = FastifyRequest<{ Params: { uid: string } }>;

export interface InteractionDeps extends OidcSettings {
  readonly provider: Provider;
  readonly signIns: SignIns;
  readonly users: Users;
  /** A role as a person reads it. */
  readonly roleName: (role: RoleAssignment) => Promise<string>;
}

const EXPIRED = 'La richiesta di accesso è scaduta.';

/** The pages of a sign-in: password, a new password where one must be set, the role where there are several. */
export function interactionRoutes(fastify: FastifyInstance, open: () => Promise<InteractionDeps>, limit: { readonly max: number }): void {
  const limited = { config: { rateLimit: { max: limit.max, timeWindow: 60_000 } } };

  const step =
    (act: (deps: InteractionDeps, interaction: Interaction, form: Form, request: Asked, reply: FastifyReply) => Promise<unknown>) =>
    async (request: Asked, reply: FastifyReply): Promise<unknown> => {
      const deps = await open();
      const { provider, environment } = deps;
      try {
        const interaction = await provider.interactionDetails(request.raw, reply.raw);
        if (interaction.uid !== request.params.uid) throw new errors.SessionNotFound('another interaction');
        return await act(deps, interaction, (request.body ?? {}) as Form, request, reply);
      } catch (error) {
        if (error instanceof errors.SessionNotFound) return reply.code(400).send(errorPage(environment, EXPIRED));
        throw error;
      }
    };

  fastify.get('/accesso/:uid', step((deps, interaction, _, request, reply) => show(deps, interaction, request, reply)));
  fastify.post('/accesso/:uid', limited, step(signIn));
  fastify.post('/accesso/:uid/password', limited, step(changePassword));
  fastify.post('/accesso/:uid/ruolo', step(chooseRole));
  fastify.post('/accesso/:uid/annulla', step(async ({ provider }, _, __, request, reply) => {
    const back = await provider.interactionResult(request.raw, reply.raw, { error: 'access_denied', error_description: 'Accesso annullato.' }, { mergeWithLastSubmission: false });
    return reply.redirect(back, 303);
  }));
}

const stepOf = ({ environment }: OidcSettings, uid: string, error?: string): Step => ({ environment, action: `/oidc/${environment}/accesso/${uid}`, error });
const clientIdOf = ({ params }: Interaction): string => String(params['client_id']);

async function show(deps: InteractionDeps, interaction: Interaction, request: Asked, reply: FastifyReply): Promise<unknown> {
  if (interaction.prompt.name === 'login') return reply.send(await loginStep(deps, interaction));
  const roles = await rolesOf(deps, interaction);
  if (roles.length === 0) return denied(deps, request, reply);
  if (!choosesRole(interaction)) return grant(deps, interaction, undefined, request, reply);
  if (roles.length === 1) return grant(deps, interaction, roles[0], request, reply);
  return reply.send(await roleStep(deps, interaction, roles));
}

async function loginStep(deps: InteractionDeps, interaction: Interaction, error?: string, login?: string): Promise<string> {
  const client = await deps.provider.Client.find(clientIdOf(interaction));
  return loginPage({ ...stepOf(deps, interaction.uid, error), client: client?.clientName ?? clientIdOf(interaction), login });
}

const roleStep = async (deps: InteractionDeps, interaction: Interaction, roles: Roles, error?: string): Promise<string> =>
  rolePage({ ...stepOf(deps, interaction.uid, error), roles: await Promise.all(roles.map(deps.roleName)) });

async function signIn(deps: InteractionDeps, interaction: Interaction, form: Form, request: Asked, reply: FastifyReply): Promise<unknown> {
  const { utente = '', password = '' } = form;
  const recognised = await deps.signIns.recognise(utente, password, clientIdOf(interaction));
  switch (recognised.outcome) {
    case 'refused':
      return reply.code(401).send(await loginStep(deps, interaction, recognised.text, utente));
    case 'must-change':
      return reply.send(changePage({ ...stepOf(deps, interaction.uid), login: utente }));
    case 'recognised':
      return signedIn(deps, interaction, recognised.user, request, reply);
    default:
      return recognised satisfies never;
  }
}

async function changePassword(deps: InteractionDeps, interaction: Interaction, form: Form, request: Asked, reply: FastifyReply): Promise<unknown> {
  const { utente = '', password = '', nuova = '', ripetuta = '' } = form;
  const again = (error: string, status: number): unknown => reply.code(status).send(changePage({ ...stepOf(deps, interaction.uid, error), login: utente }));
  if (nuova !== ripetuta) return again('Le due password nuove sono diverse.', 422);
  if (nuova === password) return again('La nuova password è uguale a quella attuale.', 422);
  const recognised = await deps.signIns.recognise(utente, password, clientIdOf(interaction));
  if (recognised.outcome === 'refused') return again(recognised.text, 401);
  const id = randomUUID();
  const meta = { actor: `user:${recognised.user}`, correlationId: id, causationId: id, recordedAt: deps.clock().toISOString(), environment: deps.environment };
  try {
    await deps.users.setPassword(recognised.user, nuova, false, meta);
  } catch (error) {
    if (error instanceof Problem) return again(error.detail, 422);
    throw error;
  }
  return signedIn(deps, interaction, recognised.user, request, reply);
}

/** Whoever was signed in before in this browser, as somebody else, is signed out first. */
async function signedIn(deps: InteractionDeps, interaction: Interaction, user: string, request: Asked, reply: FastifyReply): Promise<unknown> {
  const { provider, signIns } = deps;
  const back = await provider.interactionResult(request.raw, reply.raw, { login: { accountId: user, remember: false } }, { mergeWithLastSubmission: false });
  const { session: before } = interaction;
  if (before?.uid !== undefined && before.accountId !== user) {
    const session = await provider.Session.findByUid(before.uid);
    if (session) {
      const grants = Object.values(session.authorizations ?? {}).flatMap(({ grantId }) => (grantId === undefined ? [] : [grantId]));
      await Promise.all(grants.map((grantId) => signIns.close(grantId, 'altro-utente')));
      Object.assign(session, { accountId: undefined, authorizations: undefined });
      await session.persist();
    }
  }
  return reply.redirect(back, 303);
}

async function chooseRole(deps: InteractionDeps, interaction: Interaction, form: Form, request: Asked, reply: FastifyReply): Promise<unknown> {
  const roles = await rolesOf(deps, interaction);
  if (!choosesRole(interaction)) return show(deps, interaction, request, reply);
  const role = /^\d{1,3}$/.test(form['ruolo'] ?? '') ? roles[Number(form['ruolo'])] : undefined;
  if (!role) return reply.code(422).send(await roleStep(deps, interaction, roles, 'Scegli un ruolo.'));
  return grant(deps, interaction, role, request, reply);
}

type Roles = Awaited<ReturnType<SignIns['rolesFor']>>;

async function rolesOf({ users, signIns }: InteractionDeps, interaction: Interaction): Promise<Roles> {
  const user = interaction.session?.accountId;
  const state = user === undefined ? undefined : await users.load(user);
  return state?.status === 'enrolled' && !state.disabled ? signIns.rolesFor(state, clientIdOf(interaction)) : [];
}

/** Nowhere else does the role matter: for a lookup the application fixes the Ente and the address the Comune. */
const choosesRole = (interaction: Interaction): boolean => isOfProduct(clientIdOf(interaction));

/** Opens the session and grants what was asked. */
async function grant(deps: InteractionDeps, interaction: Interaction, role: Roles[number] | undefined, request: Asked, reply: FastifyReply): Promise<unknown> {
  const { provider, signIns } = deps;
  const user = interaction.session!.accountId;
  const clientId = clientIdOf(interaction);
  const granted = new provider.Grant({ accountId: user, clientId });
  granted.addOIDCScope('openid');
  for (const audience of audiencesOf({ clientId })) granted.addResourceScope(audience, '');
  const grantId = await granted.save();
  await signIns.open(user, clientId, role, grantId);
  return reply.redirect(await provider.interactionResult(request.raw, reply.raw, { consent: { grantId } }), 303);
}

async function denied({ provider }: InteractionDeps, request: Asked, reply: FastifyReply): Promise<unknown> {
  const result = { error: 'access_denied', error_description: 'L’accesso non è consentito.' };
  return reply.redirect(await provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission: false }), 303);
}
