import { checkStandalone, loadConfig, standaloneSettings } from '@geres/platform/config';
import { createLog } from '@geres/platform/log';
import { SignJWT, type JWTPayload } from 'jose';
import { createPrivateKey, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlPath } from '@geres/platform/embedded';
import type { Demo } from '../facts.js';
import { startGeres, type Started } from '../geres.js';

/** A folder of its own for one spec; what was started in it is stopped with it. */
export interface Place {
  readonly folder: string;
  readonly data: string;
  /** Starts the whole product in this process, on free ports. */
  start(env?: Readonly<Record<string, string>>): Promise<Started>;
  /** Steps said by all starts so far. */
  readonly steps: string[];
  clear(): Promise<void>;
}

export async function newPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-standalone-'));
  const data = join(folder, 'data');
  const running = new Set<Started>();
  const steps: string[] = [];
  return {
    folder,
    data,
    steps,
    async start(env = {}) {
      const config = checkStandalone(loadConfig(standaloneSettings, { env: { GERES_DATA: data, GERES_PORT: '0', GERES_SIMULATOR_PORT: '0', ...env } }));
      const started = await startGeres({ config, onProgress: (step) => void steps.push(step), onSimulatorEnd: () => void steps.push('simulatore terminato'), log: createLog({ level: 'silent' }) });
      running.add(started);
      return started;
    },
    async clear() {
      for (const one of running) await one.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An assertion of a demo application (RFC 7523), for an operator or for itself. */
export async function assertionOf({ applicazioni, baseUrl }: Demo, client: string, subject: string, more: JWTPayload = {}): Promise<string> {
  const key = createPrivateKey(await readFile(applicazioni.find(({ clientId }) => clientId === client)!.chiave));
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: client, sub: subject, aud: `${baseUrl}/oidc/test`, iat: now, exp: now + 120, jti: randomUUID(), ...more }).setProtectedHeader({ alg: key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256' }).sign(key);
}

export async function tokenFrom({ baseUrl }: Demo, form: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${baseUrl}/oidc/test/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token } = (await response.json()) as { readonly access_token?: string };
  if (token === undefined) throw new Error(`no token: HTTP ${response.status}`);
  return token;
}

/** One request to the control socket of a running installation. */
export function control(folder: string, method: string, path: string, body?: object): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: controlPath(folder), method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text })).on('error', reject);
    });
    asking.once('error', reject).end(body ? JSON.stringify(body) : undefined);
  });
}
