import { allEvents, ENVIRONMENTS } from '@geres/contracts';
import { MAX_APPEND_BYTES } from '@geres/kernel';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';

/**
 * An exported archive: lines of JSON. First `{ formato, versione, … }`, then one event a line in the order of the archive, then, where the secrets travel too,
 * lines `{ segreti }` sealed to the key that the first line names, last `{ eventi, registri, segreti?, sha256 }`, where `segreti` counts those lines and `sha256`
 * is that of every byte before the last one.
 */
export const FORMAT = 'geres-archivio';
export const FORMAT_VERSION = 1;

export const Header = z.strictObject({ formato: z.literal(FORMAT), versione: z.literal(FORMAT_VERSION), ambiente: z.enum(ENVIRONMENTS).optional(), esportatoIl: z.iso.datetime().optional(), destinatario: z.string().optional() });
export type Header = z.infer<typeof Header>;

export const Trailer = z.strictObject({ eventi: z.int().min(0), registri: z.int().min(0), segreti: z.int().min(0).optional(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
export type Trailer = z.infer<typeof Trailer>;

/** A bundle of secrets as `platform/keys` seals them. */
export const SecretsLine = z.strictObject({ segreti: z.string().regex(/^[A-Za-z0-9_.-]+$/) });
export type SecretsLine = z.infer<typeof SecretsLine>;

export const ExportedEvent = z.strictObject({
  stream: z.string().min(1),
  version: z.int().min(1),
  id: z.string().min(1),
  type: z.string(),
  v: z.int().min(1),
  data: z.looseObject({}),
  meta: z.strictObject({
    actor: z.string(),
    application: z.string().optional(),
    session: z.string().optional(),
    correlationId: z.string(),
    causationId: z.string(),
    recordedAt: z.iso.datetime(),
    environment: z.enum(ENVIRONMENTS),
  }),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ExportedEvent = z.infer<typeof ExportedEvent>;

/** A file that is not a whole, unaltered archive, or a store that is not the place for it. The message is for whoever asked. */
export class UnusableArchive extends Error {
  override readonly name = 'UnusableArchive';
}

/** An event fits an append; its line has names and a digest besides. */
const LONGEST_LINE = MAX_APPEND_BYTES + 16 * 1024;

/** Lines of a file, without their line feed, each with the digest of every byte before it. Errors: `UnusableArchive` for an unfinished or endless last line. */
export async function* linesOf(readable: Readable): AsyncIterable<{ readonly text: string; readonly digestBefore: () => string }> {
  const hash = createHash('sha256');
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of readable as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let start = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      const line = rest.subarray(start, end);
      yield { text: line.toString('utf8'), digestBefore: () => hash.copy().digest('hex') };
      hash.update(line).update('\n');
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > LONGEST_LINE) throw new UnusableArchive('il file non è un archivio di GeRes: una riga è troppo lunga');
  }
  if (rest.length > 0) throw new UnusableArchive('il file dell’archivio è troncato: l’ultima riga non è finita');
}

/** The first line of an exported archive. Errors: `UnusableArchive`. */
export async function readHeader(readable: Readable): Promise<Header> {
  for await (const { text } of linesOf(readable)) return parsed(Header, text, 1);
  throw new UnusableArchive('il file dell’archivio è vuoto');
}

const KNOWN = new Set(allEvents.map(({ type, v }) => `${type}@${v}`));

/** Errors: `UnusableArchive`, with the line's number. */
export function parsed<T>(schema: z.ZodType<T>, text: string, line: number): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnusableArchive(`il file dell’archivio è alterato: la riga ${line} non è JSON`);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new UnusableArchive(`il file dell’archivio è alterato o di un’altra versione: la riga ${line} non ha la forma attesa`);
  return result.data;
}

export function eventOf(text: string, line: number): ExportedEvent {
  const event = parsed(ExportedEvent, text, line);
  if (!KNOWN.has(`${event.type}@${event.v}`)) throw new UnusableArchive(`questa versione di GeRes non conosce ${event.type} v${event.v} (riga ${line})`);
  return event;
}
