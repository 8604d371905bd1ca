/** What a writer says of the stream that it appends to. A number is the revision of its last event. */
export type Expected = number | 'any' | 'no-stream' | 'stream-exists';

export type Decision =
  | { readonly is: 'new' }
  /** Its events are there already: the reply of their append was lost. */
  | { readonly is: 'again'; readonly revision: number }
  | { readonly is: 'wrong-version' }
  | { readonly is: 'deleted' };

export interface Commit {
  readonly expected: Expected;
  /** Revision of the last event, -1 where there is none. */
  readonly current: number | 'deleted';
  readonly softDeleted: boolean;
  readonly hasMetadata: () => boolean;
  readonly ids: readonly string[];
  readonly revisionOf: (id: string) => number | undefined;
  readonly idAt: (revision: number) => string | undefined;
}

/** Optimistic concurrency and idempotency as the server documents them: a repeated append is recognised by the ids of its events. */
export function decide({ expected, current, softDeleted, hasMetadata, ids, revisionOf, idAt }: Commit): Decision {
  if (current === 'deleted') return { is: 'deleted' };
  if (expected === 'stream-exists' && softDeleted) return { is: 'deleted' };
  if (expected === 'stream-exists' && current < 0 && !hasMetadata()) return { is: 'wrong-version' };
  if (expected === 'any' || expected === 'stream-exists') return againAnywhere(ids.map(revisionOf));
  const from = expected === 'no-stream' ? -1 : expected;
  if (from === current) return { is: 'new' };
  if (from > current || ids.length === 0) return { is: 'wrong-version' };
  const missing = ids.findIndex((id, index) => idAt(from + 1 + index) !== id);
  if (missing === -1) return { is: 'again', revision: from + ids.length };
  // Part of it is there: neither new nor a repetition.
  if (missing > 0) return { is: 'wrong-version' };
  return expected === 'no-stream' && softDeleted ? { is: 'new' } : { is: 'wrong-version' };
}

function againAnywhere(revisions: readonly (number | undefined)[]): Decision {
  if (revisions.length === 0 || revisions[0] === undefined) return { is: 'new' };
  const last = revisions.at(-1);
  return last === undefined || revisions.includes(undefined) ? { is: 'wrong-version' } : { is: 'again', revision: last };
}
