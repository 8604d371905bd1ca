import { AUDIENCES } from '@geres/contracts';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { refused } from '../outcome.js';
import { jsonOf, reach } from '../reach.js';
import type { Terminal } from '../terminal.js';
import type { Access } from './kept.js';

const CLIENT = 'geres-cli';
/** Somebody has this long to type a login and a password. */
const PATIENCE_MS = 10 * 60_000;
const Granted = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });
const Refused = z.object({ error: z.string(), error_description: z.string().optional() });

export interface Issuer {
  /** `iss` of its tokens, and the address of its endpoints. */
  readonly issuer: string;
  readonly signal: AbortSignal;
}

/** Code and PKCE with the browser of this computer, which comes back to a port of it (RFC 8252). The address to open is told on standard error. Errors: `Ended`. */
export async function signIn({ issuer, signal }: Issuer, terminal: Pick<Terminal, 'say'>): Promise<Access> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const returning = await listen(state, signal);
  try {
    const asked = {
      client_id: CLIENT,
      redirect_uri: returning.address,
      response_type: 'code',
      scope: 'openid',
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      resource: AUDIENCES.admin,
    };
    terminal.say(`Per entrare, aprire nel browser di questa macchina:\n${issuer}/auth?${new URLSearchParams(asked).toString()}`);
    const code = await returning.code;
    return await granted({ issuer, signal }, { grant_type: 'authorization_code', code, redirect_uri: returning.address, code_verifier: verifier });
  } finally {
    returning.close();
  }
}

/** A new access token for a refresh token, which turns over; `undefined` when the session is over. Errors: `Ended`. */
export const refresh = (issuer: Issuer, refreshToken: string): Promise<Access | undefined> =>
  granted(issuer, { grant_type: 'refresh_token', refresh_token: refreshToken }).catch((error: unknown) => {
    if (error instanceof SessionOver) return undefined;
    throw error;
  });

/** Ends the session. */
export async function signOut({ issuer, signal }: Issuer, { refreshToken }: Access): Promise<void> {
  await reach(`${issuer}/token/revocation`, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, token: refreshToken, token_type_hint: 'refresh_token' }), signal });
}

class SessionOver extends Error {}

async function granted({ issuer, signal }: Issuer, form: Readonly<Record<string, string>>): Promise<Access> {
  const response = await reach(`${issuer}/token`, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, resource: AUDIENCES.admin, ...form }), signal });
  const body = await jsonOf(response);
  const { data } = Granted.safeParse(body);
  if (response.ok && data) return { accessToken: data.access_token, refreshToken: data.refresh_token, expiresAt: new Date(Date.now() + data.expires_in * 1000).toISOString() };
  const told = Refused.safeParse(body).data;
  if (form['grant_type'] === 'refresh_token' && told?.error === 'invalid_grant') throw new SessionOver();
  throw refused(`accesso rifiutato: ${told ? `${told.error_description ?? ''} (${told.error})`.trim() : `HTTP ${response.status}`}`);
}

interface Returning {
  readonly address: string;
  readonly code: Promise<string>;
  close(): void;
}

/** Waits on a free port for the browser to come back. */
async function listen(state: string, signal: AbortSignal): Promise<Returning> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { code, error, state: told } = Object.fromEntries(url.searchParams);
    if (url.pathname !== '/accesso' || told !== state) return page(response, 404, 'Questo indirizzo non è quello dell’accesso in corso.');
    if (code === undefined) {
      page(response, 200, 'L’accesso non è riuscito: si può chiudere questa pagina.');
      return reject(refused(`accesso non riuscito (${error ?? 'senza motivo'})`));
    }
    page(response, 200, 'Accesso riuscito: si può chiudere questa pagina e tornare al terminale.');
    resolve(code);
  });
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(0, '127.0.0.1', listening));
  const late = setTimeout(() => reject(refused('nessuno è entrato in tempo')), PATIENCE_MS);
  const stop = (): void => reject(new DOMException('interrotto', 'AbortError'));
  signal.addEventListener('abort', stop, { once: true });
  promise.catch(() => undefined);
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/accesso`,
    code: promise,
    close() {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      server.close();
      server.closeIdleConnections();
    },
  };
}

function page(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'", connection: 'close' });
  response.end(`<!DOCTYPE html><html lang="it"><meta charset="utf-8"><title>GeRes</title><p>${text}</p></html>`);
}
