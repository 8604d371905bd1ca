import type { EventStore } from '@geres/kernel';
import { exportArchive, tailArchive, verifyArchive } from '@geres/monitoring';
import { UnusableBackup, type Embedded } from '@geres/platform/embedded';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

/** Where the command line reaches a running installation: a socket that only its owner can open. */
export const controlPath = (folder: string): string =>
  process.platform === 'win32' ? `\\\\.\\pipe\\geres-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}` : join(folder, 'control.sock');

export interface ControlServer {
  close(): Promise<void>;
}

type Installed = Pick<Embedded, 'store' | 'installation' | 'backupTo'>;
type Route = (request: IncomingMessage, response: ServerResponse, url: URL, signal: AbortSignal) => Promise<void>;

const MAX_BODY = 16 * 1024;

/** Backup, verification, tail and export of the archive while the installation works. Long answers are JSON lines. */
export async function openControl(folder: string, installed: Installed): Promise<ControlServer> {
  const { store } = installed;
  const routes: Readonly<Record<string, Route>> = {
    'POST /backup': (request, response) => backup(installed, request, response),
    'GET /archive/verify': (_, response) => verify(store, response),
    'GET /archive/tail': (_, response, url, signal) => tail(store, response, url, signal),
    'GET /archive/export': async (_, response) => void (await exportArchive(store, response, { environment: installed.installation.environment })),
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://control');
    const ending = new AbortController();
    response.on('close', () => ending.abort());
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route) return void response.writeHead(404).end();
    route(request, response, url, ending.signal).catch((error: unknown) => refuse(response, error));
  });
  const path = controlPath(folder);
  if (process.platform !== 'win32') await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  if (process.platform !== 'win32') await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function backup({ backupTo }: Installed, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { cartella } = (await json(request)) as { readonly cartella?: unknown };
  if (typeof cartella !== 'string' || cartella === '') throw new UnusableBackup('manca la cartella in cui scrivere il backup');
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(await backupTo(cartella)));
}

async function verify(store: EventStore, response: ServerResponse): Promise<void> {
  response.setHeader('Content-Type', 'application/x-ndjson');
  const result = await verifyArchive(store, ({ events }) => void response.write(`${JSON.stringify({ eventi: events })}\n`));
  response.end(`${JSON.stringify({ esito: result })}\n`);
}

async function tail(store: EventStore, response: ServerResponse, url: URL, signal: AbortSignal): Promise<void> {
  response.setHeader('Content-Type', 'application/x-ndjson');
  for await (const line of tailArchive(store, { signal, follow: url.searchParams.get('segui') === '1' })) {
    if (!response.write(`${JSON.stringify(line)}\n`)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}

async function json(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new UnusableBackup('la richiesta è troppo lunga');
  }
  return JSON.parse(text || '{}');
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const known = error instanceof UnusableBackup || error instanceof SyntaxError;
  response.writeHead(known ? 409 : 500, { 'Content-Type': 'application/json' }).end(JSON.stringify({ errore: (error as Error).message }));
}
