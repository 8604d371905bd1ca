import type { CollectionStore, Environment, EventStore } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { KeyStore } from '@geres/platform/keys';
import { issuerOf } from '@geres/contracts';
import { Attempts, type AttemptsRow } from './oidc/attempts.js';
import type { OidcParts } from './oidc/plugin.js';
import { openProvider } from './oidc/provider.js';
import { roleName } from './oidc/role-names.js';
import { Setup, type SetupRow } from './oidc/setup.js';
import type { SignInRow } from './oidc/sign-ins.js';
import { OidcSecrets } from './oidc/signing-keys.js';
import { openReadModels, type OpenReadModels } from './read-models/open.js';
import { Sessions } from './session/sessions.js';
import { Users } from './user/users.js';

export interface IdentityOptions {
  readonly store: EventStore;
  readonly collections: CollectionStore;
  /** Where nothing is lost, not even by a power failure, and nothing is dropped by a restore: keys of the OpenID Provider, assertions that were used. */
  readonly durable: CollectionStore;
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
  readonly attempts: Attempts;
  readonly secrets: OidcSecrets;
  readonly readModels: OpenReadModels;
  readonly setup: Setup;
  /** The OpenID Provider, made when first asked for and anew when its signing keys have turned over: for `oidcPlugin`, under `/oidc/{ambiente}`. */
  readonly oidc: () => Promise<OidcParts>;
}

/** Starts the read models. Wait for `readModels.caughtUp()` before relying on them. */
export function openIdentity(options: IdentityOptions): Identity {
  const { store, collections, durable, keys, clock, environment } = options;
  const users = new Users(store, keys);
  const sessions = new Sessions(store);
  const secrets = new OidcSecrets(durable, keys, clock);
  const attempts = new Attempts(collections.collection<AttemptsRow>({ name: 'sign-in-attempts' }), clock);
  const readModels = openReadModels(options);
  const { rows } = readModels;
  const setup = new Setup({ clock, environment, users, setups: durable.collection<SetupRow>({ name: 'setups' }), roleHolders: rows.roleHolders, caughtUp: () => readModels.caughtUp() });
  const openOidc = async (): Promise<OidcParts> => {
    const publicUrl = options.publicUrl().replace(/\/$/, '');
    const settings = { environment, publicUrl, issuer: issuerOf(publicUrl, environment), clock };
    const opened = await openProvider({
      ...settings,
      store,
      collections,
      durable,
      keys,
      users,
      sessions,
      secrets,
      attempts,
      onServerError: (error) => options.onFailure?.('oidc', error),
      assertions: durable.collection<{ application: string }>({ name: 'assertion-ids' }),
      signIns: collections.collection<SignInRow>({ name: 'sign-ins' }),
      conventions: rows.conventions,
      openSessions: rows.sessions,
      seen: (position) => readModels.seen('sessions', position),
    });
    await readModels.caughtUp();
    return { ...settings, ...opened, users, roleName: (role) => roleName(rows, role), ...(environment === 'produzione' ? { setup } : {}) };
  };
  return { store, users, sessions, attempts, secrets, readModels, setup, oidc: renewed(openOidc, secrets, clock) };
}

/** How often a provider that is open asks whether its keys are still those that sign. */
const KEYS_CHECKED_MS = 600_000;

/** One attempt for all who ask, after a failure the next one tries again; opened anew where other keys sign or are published. */
function renewed<T>(open: () => Promise<T>, secrets: OidcSecrets, clock: Clock): () => Promise<T> {
  let opened: Promise<{ readonly made: T; readonly kids: string }> | undefined;
  let checkAt = 0;
  const kidsOf = async (): Promise<string> => (await secrets.signing()).map(({ kid }) => kid).join();
  const make = async (): Promise<{ readonly made: T; readonly kids: string }> => {
    const kids = await kidsOf();
    return { made: await open(), kids };
  };
  return async () => {
    const now = clock().getTime();
    if (opened && now >= checkAt) {
      checkAt = now + KEYS_CHECKED_MS;
      const { kids } = await opened;
      if ((await kidsOf()) !== kids) opened = undefined;
    }
    if (!opened) {
      checkAt = now + KEYS_CHECKED_MS;
      opened = make().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
    }
    return (await opened).made;
  };
}
