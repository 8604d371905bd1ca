import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { CodiceCatastale, Day } from '../common/scalars.js';

export const registerEvents = [
  defineEvent('anpr.register.taken', 1, 'A connector owns the register of a Comune and day from here on.', { comune: CodiceCatastale, day: Day, owner: z.string().min(1).max(60) }),
] as const;

export type RegisterEvent = EventOf<(typeof registerEvents)[number]>;

/** `register-H501-20261123`; `day` is the day in Europe/Rome of the ULID of its lookups. */
export const registerStream = (comune: string, day: string): string => `register-${comune}-${day.replaceAll('-', '')}`;
