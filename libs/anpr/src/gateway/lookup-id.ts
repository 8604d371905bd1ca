import { newUlid } from '@geres/platform';

/** A ULID of that instant. */
export const lookupId = (at: Date): string => newUlid(at.getTime());
