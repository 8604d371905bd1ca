import { issuerOf } from '@geres/contracts';
import type { Terminal } from '../terminal.js';
import { keepAccess, keptAccess, type Access } from './kept.js';
import { refresh, signIn, signOut, type Issuer } from './sign-in.js';

/** For scripts: an access token for administration, in place of signing in. */
export const TOKEN_VARIABLE = 'GERES_TOKEN_AMMINISTRAZIONE';

const EXPIRING_MS = 15_000;

export interface Endpoint {
  readonly url: string;
  readonly environment: string;
  readonly signal: AbortSignal;
}

const issuerAt = ({ url, environment, signal }: Endpoint): Issuer => ({ issuer: issuerOf(url, environment), signal });

/** A token for administration: that of the environment, else that of the sign-in kept on this computer, else of a sign-in now. Errors: `Ended`. */
export async function adminToken(endpoint: Endpoint, terminal: Pick<Terminal, 'say'>): Promise<string> {
  const ready = process.env[TOKEN_VARIABLE];
  if (ready !== undefined && ready !== '') return ready;
  const at = issuerAt(endpoint);
  const kept = await keptAccess(at.issuer);
  if (kept && Date.parse(kept.expiresAt) > Date.now() + EXPIRING_MS) return kept.accessToken;
  const renewed = kept && (await refresh(at, kept.refreshToken));
  return (await entered(at, renewed ?? (await signIn(at, terminal)))).accessToken;
}

/** Signs in anew, in the place of whoever was. */
export async function enter(endpoint: Endpoint, terminal: Pick<Terminal, 'say'>): Promise<Access> {
  const at = issuerAt(endpoint);
  return entered(at, await signIn(at, terminal));
}

/** False where nobody had signed in. */
export async function leave(endpoint: Endpoint): Promise<boolean> {
  const at = issuerAt(endpoint);
  const kept = await keptAccess(at.issuer);
  if (!kept) return false;
  await signOut(at, kept);
  await keepAccess(at.issuer, undefined);
  return true;
}

async function entered({ issuer }: Issuer, access: Access): Promise<Access> {
  await keepAccess(issuer, access);
  return access;
}
