import { readFile } from 'node:fs/promises';

const HEADER = 32;
const FRAME = 24;

/** How many commits are in the write-ahead log of a SQLite file (https://www.sqlite.org/fileformat2.html#walformat): a frame that ends one says how large the file is then. */
export async function commitsInLog(file: string): Promise<number> {
  const log = await readFile(`${file}-wal`).catch(() => Buffer.alloc(0));
  if (log.length < HEADER) return 0;
  const size = FRAME + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = HEADER; at + size <= log.length; at += size) {
    // Frames of an older log may follow.
    if (!log.subarray(at + 8, at + 16).equals(salt)) break;
    if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return commits;
}
