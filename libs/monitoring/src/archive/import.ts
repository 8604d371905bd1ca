import { brokenAt, MAX_APPEND_BYTES, NO_STREAM, WrongVersion, type Environment, type EventStore, type Head, type NewEvent, type Recorded } from '@geres/kernel';
import type { Readable } from 'node:stream';
import { eventOf, Header, linesOf, parsed, SecretsLine, Trailer, UnusableArchive, type ExportedEvent } from './archive-file.js';
import { wholeArchive } from './whole-archive.js';

export interface ImportOptions {
  /** Of the installation: events of another one are refused. */
  readonly environment?: Environment;
  /** `of`: how many the file has, once that is known. What it throws ends the import. */
  readonly onProgress?: (progress: { readonly phase: 'controllo' | 'scrittura'; readonly events: number; readonly of?: number }) => void;
  /** What opens and takes the bundles of secrets of the file. Absent: a file that has some is refused. */
  readonly secrets?: SecretsTaker;
  /** What the file's `sha256` must be, as whoever exported it said. */
  readonly sha256?: string;
  /** Id of an event that whoever imports records at the end, and an attempt that was cut right after it has left: it is not taken for somebody else's. */
  readonly left?: string;
  /** Awaited when the file has been found whole and the store fit for it, before anything is written. */
  readonly beforeWriting?: () => Promise<void>;
  /**
   * Appends that may be under way together. More than one only where the store commits them in the order in which it is asked: SQLite's does, EventStoreDB promises
   * it for those of one stream alone, and the events of different streams would change places. Default 1.
   */
  readonly underWay?: number;
}

export interface SecretsTaker {
  /** Rejects when the bundle does not open. Nothing is written yet. */
  check(bundle: string): Promise<unknown>;
  /** Resolves to how many secrets were in it. */
  take(bundle: string): Promise<number>;
}

export interface Imported {
  readonly events: number;
  readonly streams: number;
  /** Of `events`, those that an earlier, unfinished import had left already. */
  readonly already: number;
  readonly secrets: number;
  readonly sha256: string;
}

const EVERY = 1000;
/** Events and bytes of one append; what it leaves to the limit is for the store's own columns. */
const BATCH = 500;
const BATCH_BYTES = MAX_APPEND_BYTES / 2;

/**
 * Puts an exported archive into an empty store, event for event: same ids, versions and digests. `open` gives the file from its beginning; it is read twice,
 * and nothing is written unless the first reading finds it whole and unaltered. An import that was interrupted is finished by running it again with the same
 * file. Errors: `UnusableArchive`; `StoreUnavailable`.
 */
export async function importArchive(store: EventStore, open: () => Readable, options: ImportOptions = {}): Promise<Imported> {
  const there = await headsIn(store, options.left);
  const checked = await check(open(), there, options);
  await options.beforeWriting?.();
  return { ...checked, ...(await write(store, open(), there, checked.events, options)) };
}

async function headsIn(store: EventStore, left: string | undefined): Promise<ReadonlyMap<string, Head>> {
  const heads = new Map<string, Head>();
  for await (const { id, stream, version, digest } of wholeArchive(store)) if (id !== left) heads.set(stream, { version, digest });
  return heads;
}

type Content = ExportedEvent | SecretsLine | Trailer;
const isEvent = (content: Content): content is ExportedEvent => 'stream' in content;
const isTrailer = (content: Content): content is Trailer => 'sha256' in content;

/** Events, bundles of secrets and closing line of a file whose every line, chain, count and checksum has been checked by the time it ends. */
async function* checkedContent(readable: Readable): AsyncIterable<Content> {
  const heads = new Map<string, Head>();
  let line = 0;
  let events = 0;
  let bundles = 0;
  let trailer: Trailer | undefined;
  for await (const { text, digestBefore } of linesOf(readable)) {
    line += 1;
    if (trailer) throw new UnusableArchive(`il file dell’archivio è alterato: dopo la chiusura c’è la riga ${line}`);
    if (line === 1) {
      parsed(Header, text, line);
    } else if (text.startsWith('{"eventi":')) {
      trailer = parsed(Trailer, text, line);
      if (trailer.sha256 !== digestBefore()) throw new UnusableArchive('il file dell’archivio è alterato: l’impronta finale non corrisponde');
      if (trailer.eventi !== events || trailer.registri !== heads.size || (trailer.segreti ?? 0) !== bundles) throw new UnusableArchive('il file dell’archivio è alterato: eventi, registri o segreti non sono quanti dichiarati');
      yield trailer;
    } else if (text.startsWith('{"segreti":')) {
      bundles += 1;
      yield parsed(SecretsLine, text, line);
    } else {
      if (bundles > 0) throw new UnusableArchive(`il file dell’archivio è alterato: dopo i segreti c’è un evento (riga ${line})`);
      const event = eventOf(text, line);
      const at = brokenAt([{ ...event, position: '' } as Recorded], heads.get(event.stream) ?? NO_STREAM);
      if (at !== undefined) throw new UnusableArchive(`il file dell’archivio è alterato: ${event.stream} non è integro all’evento ${at} (riga ${line})`);
      heads.set(event.stream, { version: event.version, digest: event.digest });
      events += 1;
      yield event;
    }
  }
  if (!trailer) throw new UnusableArchive('il file dell’archivio è troncato: manca la riga di chiusura');
}

async function check(readable: Readable, there: ReadonlyMap<string, Head>, { environment, onProgress, secrets, sha256 }: ImportOptions): Promise<{ readonly events: number; readonly streams: number; readonly sha256: string }> {
  const seen = new Set<string>();
  const missing = new Map(there);
  let events = 0;
  let found = '';
  for await (const content of checkedContent(readable)) {
    if (!isEvent(content)) {
      if (isTrailer(content)) found = content.sha256;
      else if (!secrets) throw new UnusableArchive('il file contiene i segreti dell’installazione di partenza: serve la chiave privata che li apre');
      else await secrets.check(content.segreti);
      continue;
    }
    if (environment !== undefined && content.meta.environment !== environment) throw new UnusableArchive(`l’archivio è dell’ambiente «${content.meta.environment}», questa installazione è in «${environment}»`);
    const head = missing.get(content.stream);
    if (head?.version === content.version && head.digest === content.digest) missing.delete(content.stream);
    seen.add(content.stream);
    events += 1;
    if (events % EVERY === 0) onProgress?.({ phase: 'controllo', events });
  }
  if (sha256 !== undefined && sha256 !== found) throw new UnusableArchive(`il file dell’archivio non è quello atteso: la sua impronta è ${found}`);
  const [other] = missing.keys();
  if (other !== undefined) throw new UnusableArchive(`l’archivio di destinazione non è vuoto: contiene ${other}, che non viene da questo file`);
  return { events, streams: seen.size, sha256: found };
}

/** What of one stream comes together in the file, as one append. */
interface Batch {
  readonly stream: string;
  readonly head: Head;
  readonly events: NewEvent[];
  bytes: number;
  end: Head;
}

async function write(store: EventStore, readable: Readable, there: ReadonlyMap<string, Head>, of: number, { onProgress, secrets, underWay = 1 }: ImportOptions): Promise<{ readonly already: number; readonly secrets: number }> {
  const heads = new Map<string, Head>();
  const onTheWay: Promise<void>[] = [];
  let batch: Batch | undefined;
  let written = 0;
  let already = 0;
  let taken = 0;
  const send = async (): Promise<void> => {
    if (!batch) return;
    // What follows is read while the last one is on its way.
    if (onTheWay.length >= underWay) await onTheWay.shift();
    const sent = append(store, batch);
    // Awaited in its turn; until then its failure is nobody's yet.
    sent.catch(() => undefined);
    onTheWay.push(sent);
    batch = undefined;
  };
  try {
    for await (const content of checkedContent(readable)) {
      if (!isEvent(content)) {
        if (!isTrailer(content)) taken += (await secrets?.take(content.segreti)) ?? 0;
        continue;
      }
      const { stream, version, digest } = content;
      const head = heads.get(stream) ?? NO_STREAM;
      heads.set(stream, { version, digest });
      written += 1;
      if (written % EVERY === 0) onProgress?.({ phase: 'scrittura', events: written, of });
      if (version <= (there.get(stream)?.version ?? 0)) {
        already += 1;
        continue;
      }
      const fresh = newEvent(content);
      const bytes = Buffer.byteLength(JSON.stringify(fresh));
      if (batch && (batch.stream !== stream || batch.events.length >= BATCH || batch.bytes + bytes > BATCH_BYTES)) await send();
      batch ??= { stream, head, events: [], bytes: 0, end: head };
      batch.events.push(fresh);
      batch.bytes += bytes;
      batch.end = { version, digest };
    }
    await send();
    for (const sent of onTheWay) await sent;
  } finally {
    // Nothing is still being written once it has failed: whoever asked may close the store.
    await Promise.allSettled(onTheWay);
  }
  onProgress?.({ phase: 'scrittura', events: written, of });
  return { already, secrets: taken };
}

async function append(store: EventStore, { stream, head, events, end }: Batch): Promise<void> {
  try {
    const appended = await store.append(stream, head, events);
    if (appended.head.version !== end.version || appended.head.digest !== end.digest) throw new UnusableArchive(`${stream} non risulta integro dopo la scrittura dell’evento ${end.version}`);
  } catch (error) {
    if (error instanceof WrongVersion) throw new UnusableArchive(`qualcun altro scrive nell’archivio di destinazione: ${stream} è cambiato durante l’importazione`);
    throw error;
  }
}

const newEvent = ({ id, type, v, data, meta }: ExportedEvent): NewEvent => ({ id, type, v, data, meta }) as NewEvent;
