import { randomUUID } from 'node:crypto';

export const CORRELATION_HEADER = 'x-correlation-id';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;

/** The caller's correlation id if it is a UUID or a ULID, which cannot carry anything else; ours otherwise. */
export const correlationOf = (header: string | readonly string[] | undefined): string => (typeof header === 'string' && (UUID.test(header) || ULID.test(header)) ? header : randomUUID());
