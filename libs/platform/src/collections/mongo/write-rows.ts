import type { mongo } from 'mongoose';
import type { Document } from './documents.js';
import { isDuplicate, told } from './driver.js';

/** What one commit of a projection writes. */
export interface RowsToWrite {
  readonly position: string;
  readonly documents: Document[];
  readonly removed: string[];
}

const CHUNK = 1000;
/** Of upserts in one command: a server that is not MongoDB may hold something for each of them. */
const UPSERTS = 50;

/** Writes and removes; what a commit from further on has written stays as it is. */
export async function writeRows(to: mongo.Collection<Document>, { position, documents, removed }: RowsToWrite): Promise<void> {
  const notBeyond = { p: { $not: { $gt: position } } };
  for (let at = 0; at < removed.length; at += CHUNK) {
    const ids = removed.slice(at, at + CHUNK);
    await told(() => to.deleteMany({ _id: { $in: ids }, ...notBeyond }));
  }
  for (let at = 0; at < documents.length; at += UPSERTS) {
    await all(
      to,
      documents.slice(at, at + UPSERTS).map((replacement) => ({ replaceOne: { filter: { _id: replacement._id, ...notBeyond }, replacement, upsert: true } })),
    );
  }
}

/** A row from further on makes its upsert a duplicate, and a server may leave the operations after it undone. */
async function all(to: mongo.Collection<Document>, operations: readonly mongo.AnyBulkWriteOperation<Document>[]): Promise<void> {
  for (let rest = operations; rest.length > 0; ) {
    try {
      await told(() => to.bulkWrite([...rest], { ordered: false }));
      return;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      rest = rest.slice(lastOf(error) + 1);
    }
  }
}

/** The last operation of a bulk that failed; every one that did is a duplicate, or the error is another. */
function lastOf(error: unknown): number {
  const { writeErrors } = error as { readonly writeErrors?: readonly { readonly index: number; readonly code: number }[] | { readonly index: number; readonly code: number } };
  const errors = Array.isArray(writeErrors) ? (writeErrors as readonly { readonly index: number; readonly code: number }[]) : writeErrors ? [writeErrors as { index: number; code: number }] : [];
  const other = errors.find((one) => !isDuplicate(Object.assign(new Error(), { code: one.code })));
  if (errors.length === 0 || other) throw error;
  return Math.max(...errors.map(({ index }) => index));
}
