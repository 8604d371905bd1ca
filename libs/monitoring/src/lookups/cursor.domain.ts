/** Where a page ended: the id of the last lookup looked at. It says where to go on, never what may be seen: scope and filters are applied again. */
export type Cursor = string;

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export const cursorTo = (lookup: Cursor): string => btoa(lookup).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** `undefined` for what `cursorTo` never made. */
export function cursorFrom(text: string): Cursor | undefined {
  try {
    const lookup = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return ULID.test(lookup) ? lookup : undefined;
  } catch {
    return undefined;
  }
}
