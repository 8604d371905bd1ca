import type { CollectionStore, Environment, EventStore } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { KeyStore } from '@geres/platform/keys';
import { issuerOf } from '@geres/contracts';
import type { OidcParts } from './oidc/plugin.js';
import { openProvider } from './oidc/provider.js';
import { Setup, type SetupRow } from './oidc/setup.js';
import type { AttemptsRow, SignInRow } from './oidc/sign-ins.js';
import { OidcSecrets } from './oidc/signing-keys.js';
import { openReadModels, type OpenReadModels } from './read-models/open.js';
import { Sessions } from './session/sessions.js';
import { Users } from './user/users.js';

export interface IdentityOptions {
  readonly store: EventStore;
  readonly collections: CollectionStore;
  /** Keys of the admin custody. */
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly incarnation: string;
  /** Address of the installation as its users see it: asked when first needed, since a free port is known late. */
  readonly publicUrl: () => string;
  readonly signal: AbortSignal;
  /** `what`: a projection, or `oidc`. */
  readonly onFailure?: (what: string, error: Error) => void;
}

/** The parts of identity at work in one process. */
export interface Identity {
  readonly store: EventStore;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly secrets: OidcSecrets;
  readonly readModels: OpenReadModels;
  readonly setup: Setup;
  /** The OpenID Provider, made when first asked for: for `oidcPlugin`, under `/oidc/{ambiente}`. */
  readonly oidc: () => Promise<OidcParts>;
}

/** Starts the read models. Wait for `readModels.caughtUp()` before relying on them. */
export function openIdentity(options: IdentityOptions): Identity {
  const { store, collections, keys, clock, environment } = options;
  const users = new Users(store, keys);
  const sessions = new Sessions(store);
  const secrets = new OidcSecrets(collections, keys, clock);
  const readModels = openReadModels(options);
  const { rows } = readModels;
  const setup = new Setup({ clock, environment, users, setups: collections.collection<SetupRow>({ name: 'setups' }), roleHolders: rows.roleHolders });
  const openOidc = async (): Promise<OidcParts> => {
    const publicUrl = options.publicUrl().replace(/\/$/, '');
    const settings = { environment, publicUrl, issuer: issuerOf(publicUrl, environment), clock };
    const opened = await openProvider({
      ...settings,
      store,
      collections,
      keys,
      users,
      sessions,
      secrets,
      onServerError: (error) => options.onFailure?.('oidc', error),
      assertions: collections.collection<{ application: string }>({ name: 'assertion-ids' }),
      attempts: collections.collection<AttemptsRow>({ name: 'sign-in-attempts' }),
      signIns: collections.collection<SignInRow>({ name: 'sign-ins' }),
      conventions: rows.conventions,
      openSessions: rows.sessions,
      seen: (position) => readModels.seen('sessions', position),
    });
    await readModels.caughtUp();
    return { ...settings, ...opened, users, ...(environment === 'produzione' ? { setup } : {}) };
  };
  return { store, users, sessions, secrets, readModels, setup, oidc: once(openOidc) };
}

/** One attempt for all who ask; after a failure the next one tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
