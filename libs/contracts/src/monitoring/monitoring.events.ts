import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { CodiceCatastale, Tag } from '../common/scalars.js';

export const archiveEvents = [
  defineEvent('monitoring.archive.consulted', 1, 'Somebody revealed the subject of lookups, or searched by person or pratica.', {
    comune: CodiceCatastale,
    what: z.enum(['soggetto', 'ricerca-persona', 'ricerca-pratica']),
    lookup: z.string().optional(),
    tags: z.array(Tag),
    reason: z.string().max(500).optional(),
    found: z.int().min(0),
  }),
  defineEvent('monitoring.archive.exported', 1, 'The archive was exported; with `recipient`, its secrets too, sealed to the key of that RFC 7638 thumbprint.', {
    events: z.int().min(0),
    lastPosition: z.string(),
    recipient: z.string().max(100).optional(),
  }),
  defineEvent('monitoring.archive.verified', 1, 'The chains of the archive were checked.', { streams: z.int(), events: z.int(), broken: z.array(z.strictObject({ stream: z.string(), version: z.int() })) }),
  defineEvent('monitoring.archive.shredded', 1, 'The secret of a Comune and month is destroyed: what was sealed under it cannot be read any more. `reason`: why.', {
    comune: CodiceCatastale,
    month: z.string().regex(/^\d{6}$/),
    reason: z.string().min(1).max(500),
  }),
  defineEvent('monitoring.archive.restored', 1, 'The installation was restored from a backup, as a new incarnation.', { incarnation: z.string(), backupAt: z.string(), events: z.int().min(0) }),
] as const;

export type ArchiveEvent = EventOf<(typeof archiveEvents)[number]>;

/** `archive-202611`. */
export const archiveStream = (month: string): string => `archive-${month}`;
