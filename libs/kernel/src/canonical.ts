/**
 * RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, ECMAScript number and string forms, no space.
 * `undefined` members are left out, as `JSON.stringify` does. Throws on what JSON cannot hold (NaN, Infinity, bigint, lone surrogates).
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('a number that JSON cannot hold');
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return list(value);
      return 'toJSON' in value && typeof value.toJSON === 'function' ? canonical((value as { readonly toJSON: () => unknown }).toJSON()) : members(value as Record<string, unknown>);
    default:
      throw new TypeError(`a ${typeof value} that JSON cannot hold`);
  }
}

/** Printable ASCII without quote and backslash: what nearly every string is made of, and is its own JSON form. */
const PLAIN = /^[ !#-[\]-~]*$/;

function text(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate');
  return JSON.stringify(value);
}

function list(items: readonly unknown[]): string {
  let form = '[';
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    form += `${index === 0 ? '' : ','}${item === undefined ? 'null' : canonical(item)}`;
  }
  return `${form}]`;
}

function members(object: Record<string, unknown>): string {
  let form = '';
  for (const key of inOrder(Object.keys(object))) {
    const member = object[key];
    if (member !== undefined) form += `${form === '' ? '' : ','}${text(key)}:${canonical(member)}`;
  }
  return `{${form}}`;
}

/** What was stored comes back in order: looking costs less than sorting again. */
function inOrder(keys: string[]): readonly string[] {
  for (let index = 1; index < keys.length; index++) if (keys[index - 1]! > keys[index]!) return keys.sort();
  return keys;
}
