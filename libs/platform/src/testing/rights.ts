import type { DomainEvent, EventMeta, Recorded } from '@geres/kernel';
import { applyRight, noRights, type RightsState } from '../auth/index.js';
import { CLAIMS } from './issuer.js';

export const NOW = '2026-11-23T09:00:00.000Z';

const meta: EventMeta = { actor: 'system:spec', correlationId: 'c', causationId: 'c', recordedAt: NOW, environment: 'test' };

/** Events as a store gives them back, recorded at one instant unless told otherwise. */
export const recorded = (events: readonly DomainEvent[], recordedAt = NOW): readonly Recorded[] =>
  events.map((event, index) => ({ ...event, id: String(index), meta: { ...meta, recordedAt }, stream: 'spec-1', version: index + 1, digest: '', position: String(index + 1).padStart(16, '0') }));

export function rightsAfter(events: readonly DomainEvent[], from: RightsState = noRights(), recordedAt = NOW): RightsState {
  for (const event of recorded(events, recordedAt)) applyRight(from, event);
  return from;
}

const { user, application, session } = CLAIMS;
const event = (type: string, data: object, v = 1): DomainEvent => ({ type, v, data });

/** One event of each kind that a spec needs, about one operator, one application, one session. */
export const happened = {
  comune: event('identity.comune.registered', { comune: 'H501', name: 'Roma', province: 'RM', istatCodes: [{ code: '058091', from: '1871-01-01' }] }),
  enrolled: event('identity.user.enrolled', { user, details: 's1.x', loginTag: 'a'.repeat(32) }),
  role: (assignment: object): DomainEvent => event('identity.user.role-assigned', { user, assignment }),
  roleRemoved: (assignment: object): DomainEvent => event('identity.user.role-removed', { user, assignment }),
  disabled: (comune?: string): DomainEvent => event('identity.user.disabled', { user, reason: 'cessato', ...(comune === undefined ? {} : { comune }) }),
  enabled: (comune?: string): DomainEvent => event('identity.user.enabled', { user, ...(comune === undefined ? {} : { comune }) }),
  locked: (until?: string): DomainEvent => event('identity.user.locked', { user, reason: 'tentativi', ...(until === undefined ? {} : { until }) }),
  unlocked: event('identity.user.unlocked', { user }),
  registered: event('identity.application.registered', { application, ente: 'c_h501', name: 'Tributi', grants: ['jwt-bearer'], redirectUris: [] }),
  applicationDisabled: event('identity.application.disabled', { application, reason: 'dismessa' }),
  applicationEnabled: event('identity.application.enabled', { application }),
  opened: (more: object = {}): DomainEvent => event('identity.session.opened', { session, user, application, method: 'jwt-bearer', expiresAt: '2100-01-01T00:00:00.000Z', ...more }),
  closed: event('identity.session.closed', { session, reason: 'uscita' }),
} as const;

/** Enough for the operator of `CLAIMS` to be let in. */
export const LET_IN: readonly DomainEvent[] = [happened.comune, happened.enrolled, happened.registered, happened.opened()];
