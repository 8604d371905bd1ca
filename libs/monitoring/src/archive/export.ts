import { canonical, type Environment, type EventStore, type Recorded } from '@geres/kernel';
import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { FORMAT, FORMAT_VERSION, type Header, type Trailer } from './archive-file.js';
import { wholeArchive } from './whole-archive.js';

export interface ExportOptions {
  readonly environment?: Environment;
  readonly at?: Date;
  readonly onProgress?: (progress: { readonly events: number }) => void;
  /** Bundles of secrets, sealed to the key of id `recipient`; read when every event has been written. */
  readonly secrets?: { readonly recipient: string; readonly bundles: AsyncIterable<string> };
  /** Awaited when every event has been written: without what follows, secrets and closing line, the file is of no use. */
  readonly beforeClosing?: (written: { readonly events: number; readonly lastPosition?: string }) => Promise<void>;
}

export interface Exported {
  readonly events: number;
  readonly streams: number;
  /** Of the file without its closing line, which says it. */
  readonly sha256: string;
  /** Absent from an empty archive. */
  readonly lastPosition?: string;
}

const EVERY = 10_000;
/** Bytes put together before they are written. */
const CHUNK = 256 * 1024;

/** Writes every event that is there now, with its digest, and says at the end what the file must hold. It does not end `to`. Sealed fields stay sealed. */
export async function exportArchive(store: Pick<EventStore, 'subscribe'>, to: Writable, { environment, at, onProgress, secrets, beforeClosing }: ExportOptions = {}): Promise<Exported> {
  const hash = createHash('sha256');
  const streams = new Set<string>();
  let events = 0;
  let lastPosition: string | undefined;
  let waiting = '';
  const flush = async (): Promise<void> => {
    hash.update(waiting);
    await write(to, waiting);
    waiting = '';
  };
  // A failure is told to whoever waits for a write; without a listener the 'error' that follows it would end the process.
  to.on('error', ignored);
  const header: Header = { formato: FORMAT, versione: FORMAT_VERSION, ...(environment ? { ambiente: environment } : {}), ...(at ? { esportatoIl: at.toISOString() } : {}), ...(secrets ? { destinatario: secrets.recipient } : {}) };
  waiting += `${JSON.stringify(header)}\n`;
  for await (const event of wholeArchive(store)) {
    waiting += lineOf(event);
    streams.add(event.stream);
    lastPosition = event.position;
    events += 1;
    if (waiting.length >= CHUNK) await flush();
    if (events % EVERY === 0) onProgress?.({ events });
  }
  await flush();
  const written = { events, ...(lastPosition === undefined ? {} : { lastPosition }) };
  await beforeClosing?.(written);
  let bundles = 0;
  for await (const segreti of secrets?.bundles ?? []) {
    waiting += `${JSON.stringify({ segreti })}\n`;
    bundles += 1;
    await flush();
  }
  const trailer: Trailer = { eventi: events, registri: streams.size, ...(secrets ? { segreti: bundles } : {}), sha256: hash.digest('hex') };
  await write(to, `${JSON.stringify(trailer)}\n`);
  to.off('error', ignored);
  onProgress?.({ events });
  return { ...written, streams: streams.size, sha256: trailer.sha256 };
}

const lineOf = ({ stream, version, id, type, v, data, meta, digest }: Recorded): string => `${canonical({ stream, version, id, type, v, data, meta, digest })}\n`;

/** Resolves when the text was taken; rejects with what the stream reports (a full disk), or when its reader goes away. */
const write = (to: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('chi leggeva l’archivio se n’è andato'));
    to.once('close', gone);
    to.write(text, (error) => {
      to.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });

const ignored = (): void => undefined;
