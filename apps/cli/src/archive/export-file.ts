import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { refused, wrongUse } from '../outcome.js';

/** What the closing line of an exported archive says. */
export interface Closing {
  readonly eventi: number;
  readonly registri: number;
  readonly segreti?: number;
  readonly sha256: string;
}

const LINE_FEED = 10;

/** Counts the lines that pass and keeps the last one. */
class Tally extends Transform {
  lines = 0;
  private tail = '';

  constructor(private readonly onProgress: (lines: number) => void) {
    super();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: Error | null, chunk: Buffer) => void): void {
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) this.lines += 1;
    this.tail = (this.tail + chunk.toString('latin1')).slice(-1000);
    this.onProgress(this.lines);
    done(null, chunk);
  }

  /** Errors: `Ended` when what passed does not end as an archive. */
  closing(): Closing {
    const last = this.tail.trimEnd().split('\n').at(-1) ?? '';
    if (!last.startsWith('{"eventi":')) throw refused('l’esportazione non è arrivata in fondo');
    return JSON.parse(last) as Closing;
  }
}

/** Writes a file of its own user's alone, whole or not at all. `file`: `-` is standard output. Errors: `Ended` for a file that is there. */
export async function exportFile(file: string, write: (to: Writable) => Promise<void>, onProgress: (lines: number) => void): Promise<Closing> {
  if (file === '-') return passed(write, process.stdout, false, onProgress);
  if (await stat(file).then(() => true, () => false)) throw wrongUse(`${file}: c’è già`);
  const part = `${file}.parte`;
  try {
    const closing = await passed(write, createWriteStream(part, { mode: 0o600, flush: true }), true, onProgress);
    await rename(part, file);
    return closing;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function passed(write: (to: Writable) => Promise<void>, to: Writable, end: boolean, onProgress: (lines: number) => void): Promise<Closing> {
  const tally = new Tally(onProgress);
  const out = pipeline(tally, to, { end });
  // A full disk ends the reading of the archive too; whichever fails first is told.
  out.catch((error: Error) => tally.destroy(error));
  await write(tally);
  tally.end();
  await out;
  return tally.closing();
}
