import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SEGMENT } from '@geres/anpr/protocol/pdnd';
import { PdndSettings, type WsSettings } from '@geres/contracts';

export const ISSUER = 'banco.example';
export const AUDIENCE = `https://banco.example/rest/in/MinInternoPortaANPR/${SEGMENT.C020}/v1`;

export interface Delay {
  readonly minMs: number;
  readonly maxMs: number;
}

/** ANPR and PDND that check nothing, in a process of their own. */
export interface Responder {
  readonly url: string;
  delay(delay: Delay): Promise<void>;
  /** How many questions it was asked, of each kind. */
  asked(): Promise<{ readonly firmate: number; readonly nonFirmate: number; readonly pdnd: number; readonly voucher: number }>;
  close(): Promise<void>;
}

export function startResponder(): Promise<Responder> {
  const child = fork(fileURLToPath(new URL('./responder.child.js', import.meta.url)), [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the responder ended with ${code}`)));
    child.once('message', ({ url }: { readonly url: string }) => {
      const control = async (init: RequestInit = {}): Promise<Awaited<ReturnType<Responder['asked']>>> => (await (await fetch(`${url}/controllo`, init)).json()) as Awaited<ReturnType<Responder['asked']>>;
      resolve({
        url,
        delay: async (delay) => void (await control({ method: 'PUT', body: JSON.stringify(delay) })),
        asked: () => control(),
        close: () =>
          new Promise((ended) => {
            child.once('exit', () => ended());
            child.disconnect();
          }),
      });
    });
  });
}

const CAPACITY = { timeoutMs: 20_000, maxInFlight: 300, maxQueued: 1000 };

/** A connection over `ws` to whoever is at `origin`. */
export const wsAt = (origin: string, senderCode: string, security: WsSettings['security']): WsSettings => ({ endpoint: `${origin}/ANPR3000ServiziConsultazione/AnprService3000`, senderCode, security, ...CAPACITY });

/** A connection over `pdnd` to the responder: residences, asked for by codice fiscale in one call. */
export const pdndAt = (origin: string, kid: string): PdndSettings =>
  PdndSettings.parse({
    tokenEndpoint: `${origin}/token.oauth2`,
    assertionAudience: `${ISSUER}/client-assertion`,
    issuer: ISSUER,
    jwksUrl: `${origin}/.well-known/jwks.json`,
    clientId: '11111111-1111-4111-8111-111111111111',
    searchBy: 'codiceFiscale',
    ...CAPACITY,
    profiles: { C020: { url: `${origin}/rest/in/${SEGMENT.C020}/v1/anpr-service-e002`, audience: AUDIENCE, purposeId: '22222222-2222-4222-8222-222222222222', kid, dailyQuota: 10_000_000 } },
  });
