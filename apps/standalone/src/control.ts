import type { EventStore } from '@geres/kernel';
import { CodiceCatastale, Motivazione } from '@geres/contracts';
import { exportAndRecord, monthHeld, shredAndRecord, tailArchive, UnshreddableMonth, verifyAndRecord, type ArchiveKeeper } from '@geres/monitoring';
import type { Clock } from '@geres/platform';
import { controlPath, UnusableBackup, type Embedded } from '@geres/platform/embedded';
import { publicTransportKey, sealSecrets, UnusableTransportKey } from '@geres/platform/keys';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

export interface ControlServer {
  close(): Promise<void>;
}

export interface Controlled {
  readonly embedded: Pick<Embedded, 'store' | 'keys' | 'installation' | 'backupTo'>;
  readonly clock: Clock;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Whoever asked has gone. */
  readonly signal: AbortSignal;
}

const MAX_BODY = 16 * 1024;
const BackupAsked = z.strictObject({ cartella: z.string().min(1) });
const ExportAsked = z.strictObject({ per: z.string().optional() });
const MonthAsked = z.strictObject({ comune: CodiceCatastale, mese: z.string().regex(/^\d{4}(?:0[1-9]|1[0-2])$/) });
const ShredAsked = z.strictObject({ ...MonthAsked.shape, ...Motivazione.shape });

/**
 * Backup, verification, tail and export of the archive, and the end of a month's secret, while the installation works, over HTTP on a socket that its owner alone can open. Verification and tail
 * answer with JSON lines, of which the last of a verification is `{ esito }` or `{ errore }`; an export is the file itself.
 */
export async function openControl(folder: string, { embedded, clock }: Controlled): Promise<ControlServer> {
  const { store, installation } = embedded;
  const keeper: ArchiveKeeper = { store, installation, clock, actor: 'system:controllo' };
  const routes: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
    'POST /backup': (asked) => backup(embedded, asked),
    'POST /archive/verify': (asked) => verify(keeper, asked),
    'GET /archive/tail': (asked) => tail(store, asked),
    'POST /archive/export': (asked) => exported(keeper, embedded, asked),
    'GET /archive/month': (asked) => month(embedded, asked),
    'POST /archive/shred': (asked) => shred(keeper, embedded, asked),
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://control');
    const going = new AbortController();
    response.on('close', () => going.abort());
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route) return void response.writeHead(404).end();
    route({ request, response, url, signal: going.signal }).catch((error: unknown) => refuse(response, error));
  });
  server.requestTimeout = 0;
  await listen(server, controlPath(folder), resolve(folder));
  return {
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** The data folder is locked: a socket that is there is that of a process that has died. */
async function listen(server: ReturnType<typeof createServer>, path: string, folder: string): Promise<void> {
  const windows = process.platform === 'win32';
  if (!windows && dirname(path) !== folder) await ownFolder(dirname(path));
  if (!windows) await rm(path, { force: true });
  await new Promise<void>((listening, reject) => server.once('error', reject).listen(path, listening));
  if (!windows) await chmod(path, 0o600);
}

/** In a temporary folder that everybody writes, a name may have been taken by somebody else. */
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(folder);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) throw new Error(`la cartella ${folder} non è di questo utente soltanto`);
}

async function backup({ backupTo }: Controlled['embedded'], { request, response }: Asked): Promise<void> {
  const { cartella } = BackupAsked.parse(await json(request));
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(await backupTo(cartella)));
}

async function verify(keeper: ArchiveKeeper, { response, signal }: Asked): Promise<void> {
  response.setHeader('Content-Type', 'application/x-ndjson');
  try {
    const found = await verifyAndRecord(keeper, ({ events }) => {
      signal.throwIfAborted();
      response.write(`${JSON.stringify({ eventi: events })}\n`);
    });
    response.end(`${JSON.stringify({ esito: found })}\n`);
  } catch (error) {
    response.end(`${JSON.stringify({ errore: (error as Error).message })}\n`);
  }
}

async function tail(store: EventStore, { response, url, signal }: Asked): Promise<void> {
  const last = Number(url.searchParams.get('ultimi') ?? 20);
  response.setHeader('Content-Type', 'application/x-ndjson').flushHeaders();
  for await (const line of tailArchive(store, { signal, last, follow: url.searchParams.get('segui') === '1' })) {
    if (!response.write(`${JSON.stringify(line)}\n`)) await new Promise((drained) => response.once('drain', drained).once('close', drained));
  }
  response.end();
}

async function exported(keeper: ArchiveKeeper, { keys }: Controlled['embedded'], { request, response }: Asked): Promise<void> {
  const { per } = ExportAsked.parse(await json(request));
  const to = per === undefined ? undefined : await publicTransportKey(per);
  response.setHeader('Content-Type', 'application/x-ndjson');
  await exportAndRecord(keeper, response, to ? { secrets: { recipient: to.id, bundles: sealSecrets(keys, to) } } : {});
  response.end();
}

async function month({ store, keys }: Controlled['embedded'], { response, url }: Asked): Promise<void> {
  const { comune, mese } = MonthAsked.parse(Object.fromEntries(url.searchParams));
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(await monthHeld(store, keys.archive, { comune, month: mese })));
}

async function shred(keeper: ArchiveKeeper, { keys }: Controlled['embedded'], { request, response }: Asked): Promise<void> {
  const { comune, mese, motivo } = ShredAsked.parse(await json(request));
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(await shredAndRecord(keeper, keys.archive, { comune, month: mese }, motivo)));
}

async function json(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new SyntaxError('la richiesta è troppo lunga');
  }
  return JSON.parse(text || '{}');
}

/** Once a part of the answer has gone, only its end can say that it is not whole. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const known = [UnshreddableMonth, UnusableBackup, UnusableTransportKey, SyntaxError, z.ZodError].some((kind) => error instanceof kind);
  response.writeHead(known ? 409 : 500, { 'Content-Type': 'application/json' }).end(JSON.stringify({ errore: (error as Error).message }));
}
