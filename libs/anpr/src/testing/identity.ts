import type { Channel, ConnectionSettings, ConventionTerms, PdndSettings } from '@geres/contracts';
import { whole, type DomainEvent, type EventStore } from '@geres/kernel';
import { randomUUID } from 'node:crypto';
import { pdndSettings } from './pdnd-settings.js';
import { ids, PDND_KEY, terms } from './world.js';

/** Terms under which everything is allowed at any hour, since these specs run at any hour. */
export const OPEN: ConventionTerms = {
  ...terms,
  from: '2020-01-01',
  to: '2999-12-31',
  quotas: { userPerMinute: 100_000, userPerDay: 100_000, conventionPerDay: 100_000, callsPerDay: 100_000 },
  hours: { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: true },
};

export const SETTINGS: ConnectionSettings = { endpoint: 'http://127.0.0.1:1/', senderCode: '058091', security: 'none', timeoutMs: 1000, maxInFlight: 20, maxQueued: 20 };

/** Another operator of the same Ente, with the same application and a session of its own. */
export const OTHER = { user: '01JDASKS00000000000000000B', session: '01JDSESS00000000000000000B' } as const;

const event = (type: string, data: object): DomainEvent => ({ type, v: 1, data });

/** Ids of what a Comune has, each Comune its own. */
export const conventionOf = (comune: string): string => `01JDC0NV000000000000000${comune}`.slice(0, 26).padEnd(26, '0');
export const profileOf = (comune: string): string => `01JDPR0F000000000000000${comune}`.slice(0, 26).padEnd(26, '0');

export interface Populated {
  readonly terms?: Partial<ConventionTerms>;
  readonly settings?: Partial<ConnectionSettings>;
  /** Over which everything is asked; `ws` if absent. */
  readonly channel?: Channel;
}

/** An Ente with two operators and an application, and Comuni that have granted it everything. */
export function population(comuni: readonly string[], changed: Populated = {}): readonly DomainEvent[] {
  const { ente, application } = ids;
  const people = [{ user: ids.user, session: ids.session }, OTHER];
  return [
    event('identity.application.registered', { application, ente, name: 'Tributi', grants: ['jwt-bearer'], redirectUris: [] }),
    ...people.flatMap(({ user, session }) => [
      event('identity.user.enrolled', { user, details: 's1.x', loginTag: 'a'.repeat(32) }),
      event('identity.session.opened', { session, user, application, method: 'jwt-bearer', expiresAt: '2999-01-01T00:00:00.000Z' }),
    ]),
    ...comuni.flatMap((comune, index) => {
      const convention = { convention: conventionOf(comune), comune, ente };
      const profile = profileOf(comune);
      const { channel = 'ws' } = changed;
      const connection = { comune, channel };
      const granted = OPEN.services.map((service) => ({ ...service, channel }));
      const services = [{ service: 'generalita', modes: ['consultazione'] }, { service: 'residenza', modes: ['consultazione'] }];
      return [
        event('identity.comune.registered', { comune, name: `Comune ${comune}`, province: 'RM', istatCodes: [{ code: String(58_091 + index).padStart(6, '0'), from: '1871-01-01' }] }),
        event('identity.convention.drafted', { ...convention, terms: { ...OPEN, services: granted, ...changed.terms } }),
        event('identity.convention.application-admitted', { ...convention, application }),
        event('identity.convention.approved', { ...convention, approvedAt: '2020-01-15T10:00:00Z', recertifyBy: '2999-01-15' }),
        event('identity.profile.defined', { profile, ...convention, terms: { name: 'Tributi', services } }),
        ...people.flatMap(({ user }) => [
          event('identity.user.role-assigned', { user, assignment: { role: 'AUTORIZZATO', comune, ente, application } }),
          event('identity.user.profile-assigned', { user, profile, comune, ente }),
        ]),
        ...(channel === 'ws' ? overWs(comune, changed.settings) : overPdnd(comune, changed.settings as Partial<PdndSettings>)),
        event('anpr.connection.activated', connection),
      ];
    }),
  ];
}

const overWs = (comune: string, settings: Populated['settings']): readonly DomainEvent[] => {
  const connection = { comune, channel: 'ws' };
  return [
    event('anpr.connection.configured', { ...connection, settings: { ...SETTINGS, ...settings } }),
    event('anpr.connection.operator-assigned', { ...connection, operator: ids.operator, codiceFiscale: 's1.x', from: '2020-01-01', acceptedAt: '2020-01-01T00:00:00Z' }),
  ];
};

const overPdnd = (comune: string, changed: Partial<PdndSettings> = {}): readonly DomainEvent[] => {
  const connection = { comune, channel: 'pdnd' };
  const settings = pdndSettings({ settings: changed });
  return [event('anpr.connection.configured', { ...connection, settings }), event('anpr.connection.certificate-installed', { ...connection, ...PDND_KEY, kid: Object.values(settings.profiles)[0]!.kid })];
};

/** The stream on which an event belongs, as far as the projections of it care. */
function streamOf({ type, data }: DomainEvent): string {
  const [area, thing] = type.split('.') as [string, string];
  const id = (data as Readonly<Record<string, string>>)[thing];
  const { comune, channel } = data as { readonly comune: string; readonly channel: string };
  return area === 'anpr' ? `connection-${comune}-${channel}` : `${thing}-${id ?? 'x'}`;
}

/** Records facts of identity and connections; resolves to the position of the last. */
export async function record(store: EventStore, events: readonly DomainEvent[], recordedAt = new Date()): Promise<string> {
  let position = '';
  for (const one of events) {
    const id = randomUUID();
    const meta = { actor: 'system:spec', correlationId: id, causationId: id, recordedAt: recordedAt.toISOString(), environment: 'test' as const };
    const { head } = await whole(store.read(streamOf(one)));
    position = (await store.append(streamOf(one), head, [{ ...one, id, meta }])).position;
  }
  return position;
}
