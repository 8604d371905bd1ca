import { canonical, type Scalar } from '@geres/kernel';
import { createHash } from 'node:crypto';

/**
 * A row as MongoDB keeps it. Its members that may be searched are fields of their own, whatever is declared: a release that declares another index finds the rows of
 * the one before. The others, which may have any name, are one text.
 */
export interface Document {
  readonly _id: string;
  /** Digest of the whole row, by which compare-and-set compares. */
  readonly h: string;
  /** The members that are no fields, RFC 8785. */
  readonly r: string;
  /** When it expires. */
  readonly e?: Date;
  /** Position of the commit that wrote it: what comes from behind does not write over it. */
  readonly p?: string;
  readonly [field: `f_${string}`]: Scalar | null;
}

const FIELD = /^[A-Za-z][A-Za-z0-9]*$/;

export const fieldOf = (member: string): `f_${string}` => `f_${member}`;

/** NUL, which PostgreSQL cannot keep where a stand-in keeps its documents there, written otherwise and in the same order. */
export const escaped = (text: string): string => (HIDDEN.test(text) ? text.replaceAll(HIDDEN_ALL, (one) => (one === '\0' ? '\u0001\u0001' : '\u0001\u0002')) : text);
export const unescaped = (text: string): string => (text.includes('\u0001') ? text.replaceAll('\u0001\u0001', '\0').replaceAll('\u0001\u0002', '\u0001') : text);
// eslint-disable-next-line no-control-regex -- they are what is meant
const HIDDEN = /[\0\u0001]/;
// eslint-disable-next-line no-control-regex -- they are what is meant
const HIDDEN_ALL = /[\0\u0001]/g;

export const stored = (value: Scalar | null): Scalar | null => (typeof value === 'string' ? escaped(value) : value);

/** The digest of a row. Throws on what JSON cannot hold. */
export const digestOf = (row: object): string => hash(canonical(row));

const hash = (form: string): string => createHash('sha256').update(form).digest('base64url').slice(0, 22);

/** Throws on what JSON cannot hold. */
export function documentOf(id: string, row: object, more: { readonly expiresAt?: Date; readonly position?: string } = {}): Document {
  const form = canonical(row);
  const fields: Record<string, Scalar | null> = {};
  const rest: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(JSON.parse(form) as Record<string, unknown>)) {
    if (FIELD.test(member) && (value === null || typeof value !== 'object')) fields[fieldOf(member)] = stored(value as Scalar | null);
    else rest[member] = value;
  }
  return {
    _id: escaped(id),
    h: hash(form),
    r: canonical(rest),
    ...(more.expiresAt ? { e: more.expiresAt } : {}),
    ...(more.position === undefined ? {} : { p: more.position }),
    ...fields,
  };
}

export function rowOf<T extends object>(document: Document): T {
  const row = JSON.parse(document.r) as Record<string, unknown>;
  for (const [name, value] of Object.entries(document)) if (name.startsWith('f_')) row[name.slice(2)] = typeof value === 'string' ? unescaped(value) : value;
  return row as T;
}

/** What makes the stored form of `seen` into that of `next`, its expiry apart. */
export function changeOf(seen: object, next: Document): { readonly $set: Partial<Document>; readonly $unset?: Readonly<Record<string, ''>> } {
  const { _id, ...set } = next;
  const gone = Object.keys(documentOf(_id, seen)).filter((name) => name.startsWith('f_') && !(name in set));
  return { $set: set, ...(gone.length > 0 ? { $unset: Object.fromEntries(gone.map((name) => [name, '' as const])) } : {}) };
}
