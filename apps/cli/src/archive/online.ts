import type { MonthHeld, TailLine, Verification } from '@geres/monitoring/archive';
import type { BackupManifest } from '@geres/platform/embedded';
import { lstat } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { refused, unreachable } from '../outcome.js';
import type { ReachedArchive } from './reached.js';

const STOPPED = 'GeRes si è fermato prima di finire';

/** Whether an installation answers on its control socket. A socket in a folder of somebody else is not believed. */
export async function answersAt(socket: string): Promise<boolean> {
  if (process.platform !== 'win32') {
    const folder = await lstat(dirname(socket)).catch(() => undefined);
    if (!folder || (folder.uid !== process.getuid?.() && process.getuid?.() !== 0)) return false;
  }
  return new Promise((answers) => {
    const trying = connect(socket)
      .once('connect', () => {
        trying.destroy();
        answers(true);
      })
      .once('error', () => answers(false));
  });
}

/** The archive of a running installation. */
export function openOnline(socket: string, signal: AbortSignal): ReachedArchive {
  const ask = (method: string, path: string, body?: object): Promise<IncomingMessage> => asked(socket, signal, method, path, body);
  return {
    running: true,
    async *tail({ last, follow }) {
      const query = new URLSearchParams({ ultimi: String(last), ...(follow ? { segui: '1' } : {}) });
      for await (const line of linesOf(await ask('GET', `/archive/tail?${query.toString()}`), signal)) yield line as TailLine;
    },
    async verify(onProgress) {
      for await (const line of linesOf(await ask('POST', '/archive/verify', {}), signal)) {
        const { eventi, esito, errore } = line as { readonly eventi?: number; readonly esito?: Verification; readonly errore?: string };
        if (errore !== undefined) throw refused(`la verifica non è arrivata in fondo: ${errore}`);
        if (esito) return esito;
        if (eventi !== undefined) onProgress(eventi);
      }
      throw unreachable(STOPPED);
    },
    async exportTo(to, per) {
      const response = await ask('POST', '/archive/export', per === undefined ? {} : { per });
      await pipeline(response, to, { end: false, signal }).catch((error: unknown) => {
        throw (error as NodeJS.ErrnoException).code === 'ECONNRESET' || (error as Error).message === 'aborted' ? unreachable(STOPPED) : error;
      });
    },
    async backup(cartella) {
      return JSON.parse(await textOf(await ask('POST', '/backup', { cartella }))) as BackupManifest;
    },
    async month({ comune, month }) {
      return JSON.parse(await textOf(await ask('GET', `/archive/month?${new URLSearchParams({ comune, mese: month }).toString()}`))) as MonthHeld;
    },
    async shred({ comune, month }, motivo) {
      return JSON.parse(await textOf(await ask('POST', '/archive/shred', { comune, mese: month, motivo }))) as MonthHeld;
    },
    close: () => Promise.resolve(),
  };
}

function asked(socketPath: string, signal: AbortSignal, method: string, path: string, body?: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path, signal, agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      textOf(response).then((text) => reject(refused(faultIn(text))), reject);
    });
    asking.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ECONNRESET' || error.code === 'ECONNREFUSED' ? unreachable(STOPPED) : error));
    asking.end(body ? JSON.stringify(body) : undefined);
  });
}

async function* linesOf(response: IncomingMessage, signal: AbortSignal): AsyncIterable<unknown> {
  let broken: Error | undefined;
  response.on('error', (error) => (broken = error));
  for await (const line of createInterface({ input: response })) yield JSON.parse(line) as unknown;
  signal.throwIfAborted();
  if (broken || !response.complete) throw unreachable(STOPPED);
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

function faultIn(text: string): string {
  try {
    return (JSON.parse(text) as { readonly errore?: string }).errore ?? 'rifiutato';
  } catch {
    return 'GeRes ha rifiutato il comando';
  }
}

