import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { CodiceCatastale, Mode, Service, Ulid } from '../common/scalars.js';
import { ConventionId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';

export const ProfileId = Ulid;

/** A subset of one convention. */
export const ProfileTerms = z.strictObject({
  name: z.string().min(1).max(100),
  services: z.array(z.strictObject({ service: Service, modes: z.array(Mode).min(1) })).min(1),
  /** Codes of the convention's motivi; absent: all of them. */
  purposes: z.array(z.string()).min(1).optional(),
});
export type ProfileTerms = z.infer<typeof ProfileTerms>;

const Profile = { profile: ProfileId, convention: ConventionId, comune: CodiceCatastale, ente: EnteId };

export const profileEvents = [
  defineEvent('identity.profile.defined', 1, 'The Comune has defined a profile of a convention.', { ...Profile, terms: ProfileTerms }),
  defineEvent('identity.profile.changed', 1, 'The profile allows something else from now on.', { ...Profile, terms: ProfileTerms }),
  defineEvent('identity.profile.withdrawn', 1, 'The profile allows nothing any more.', { ...Profile }),
] as const;

export type ProfileEvent = EventOf<(typeof profileEvents)[number]>;
