/** What the metadata of a stream hides of it. */
export interface Limits {
  readonly maxCount?: number;
  /** Seconds. */
  readonly maxAge?: number;
  /** First revision that is read; `deleted`: none, the stream is as if it were not there. */
  readonly truncateBefore?: number | 'deleted';
}

/** `$tb` of a deleted stream: the largest 64 bit integer, which JSON of JavaScript cannot hold exactly. */
export const DELETED_BEFORE = 9_223_372_036_854_775_807n;

export const metastreamOf = (stream: string): string => `$$${stream}`;
export const isMetastream = (stream: string): boolean => stream.startsWith('$$');

export function limitsOf(metadata: Uint8Array): Limits {
  let stated: Record<string, unknown>;
  try {
    stated = JSON.parse(Buffer.from(metadata).toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
  const { $maxCount: maxCount, $maxAge: maxAge, $tb: before } = stated;
  return {
    ...(isPositive(maxCount) ? { maxCount } : {}),
    ...(isPositive(maxAge) ? { maxAge } : {}),
    ...(isPositive(before) ? { truncateBefore: before >= Number(DELETED_BEFORE) ? 'deleted' : before } : {}),
  };
}

const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0;

/** First revision that may be read, and the instant before which records are too old. */
export function bound({ maxCount, maxAge, truncateBefore }: Limits, last: number, now: number): { readonly first: number; readonly notBefore: number } {
  const byCount = maxCount === undefined ? 0 : last - maxCount + 1;
  const byPosition = truncateBefore === undefined ? 0 : truncateBefore === 'deleted' ? last + 1 : truncateBefore;
  return { first: Math.max(0, byCount, byPosition), notBefore: maxAge === undefined ? -Infinity : now - maxAge * 1000 };
}
