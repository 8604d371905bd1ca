import { AUDIENCES, issuerOf, JWT_BEARER } from '@geres/contracts';
import { Browser } from '@geres/identity/testing/browser';
import { calculateJwkThumbprint, SignJWT, type JWK } from 'jose';
import { createHash, createPrivateKey, createPublicKey, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Demo } from '../installation.js';

const CONSOLE = 'geres-console';

interface TokenAnswer {
  readonly access_token?: string;
  readonly error?: string;
}

const issuerFor = ({ baseUrl }: Pick<Demo, 'baseUrl'>): string => issuerOf(baseUrl, 'test');

async function tokenFor(demo: Demo, form: Readonly<Record<string, string>>): Promise<string> {
  const answer = (await (await fetch(`${issuerFor(demo)}/token`, { method: 'POST', body: new URLSearchParams(form) })).json()) as TokenAnswer;
  if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

async function assertion(demo: Demo, client: string, subject: string): Promise<string> {
  const key = createPrivateKey(await readFile(demo.applicazioni.find(({ clientId }) => clientId === client)!.chiave, 'utf8'));
  const kid = await calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as JWK);
  return new SignJWT({}).setProtectedHeader({ alg: key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256', kid }).setIssuer(client).setSubject(subject).setAudience(issuerFor(demo)).setIssuedAt().setExpirationTime('2 min').setJti(randomUUID()).sign(key);
}

/** A token for the gateway: the application vouches for the operator. */
export const operatorToken = async (demo: Demo, client: string, login: string): Promise<string> => tokenFor(demo, { grant_type: JWT_BEARER, client_id: client, assertion: await assertion(demo, client, login) });

/** A token for monitoring without a person behind it. */
export const reportingToken = async (demo: Demo, client = 'rendiconti-roma'): Promise<string> =>
  tokenFor(demo, {
    grant_type: 'client_credentials',
    client_id: client,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(demo, client, client),
    resource: AUDIENCES.monitoring,
  });

/** Signs in to the console as a person does; rejects where the password is wrong. */
export async function consoleToken(demo: Demo, login: string, resource: string, password = passwordOf(demo, login)): Promise<string> {
  const browser = new Browser();
  const verifier = randomBytes(32).toString('base64url');
  const redirect = `${demo.baseUrl}/console/accesso`;
  const asked = { client_id: CONSOLE, redirect_uri: redirect, response_type: 'code', scope: 'openid', state: 'stato', code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', resource };
  const page = await browser.go(`${issuerFor(demo)}/auth?${new URLSearchParams(asked).toString()}`, demo.baseUrl);
  const { url } = await browser.go(page.url, demo.baseUrl, { utente: login, password });
  const code = new URL(url).searchParams.get('code');
  if (code === null) throw new Error('no code: the sign-in did not succeed');
  return tokenFor(demo, { grant_type: 'authorization_code', client_id: CONSOLE, code, redirect_uri: redirect, code_verifier: verifier, resource });
}

export const passwordOf = ({ utenti }: Demo, login: string): string => utenti.find(({ username }) => username === login)!.password;
