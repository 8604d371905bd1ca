import type { ConventionTerms } from '@geres/contracts';
import type { DomainEvent, EventMeta, Recorded } from '@geres/kernel';
import { encodeTime } from 'ulid';
import { applyGrant, noGrants, type Grants } from '../grants/grants.js';
import type { Facts, Question, Rights } from '../lookup/admission.domain.js';
import { pdndSettings } from './pdnd-settings.js';

/** A small world in which everything is allowed: one Comune, one Ente, one operator. Specs change one thing at a time. */
export const NOW = new Date('2026-11-23T09:00:00.000Z'); // a Monday, 10:00 in Rome
export const ids = {
  comune: 'H501',
  ente: 'c_h501',
  user: '01JDASKS00000000000000000A',
  application: 'tributi-h501',
  session: '01JDSESS00000000000000000A',
  convention: '01JDC0NV00000000000000000A',
  profile: '01JDPR0F00000000000000000A',
  operator: '01JD0PER00000000000000000A',
} as const;

export const terms: ConventionTerms = {
  legalBasis: 'art. 62 CAD',
  act: { number: '1/2026', date: '2026-01-10' },
  from: '2026-01-15',
  to: '2027-12-31',
  services: [
    { service: 'generalita', modes: ['consultazione'], channel: 'ws' },
    { service: 'residenza', modes: ['consultazione'], channel: 'ws' },
  ],
  purposes: [
    { code: 'TRIB-01', description: 'Accertamento', caseRequired: true },
    { code: 'TRIB-02', description: 'Informazioni', caseRequired: false },
  ],
  quotas: { userPerMinute: 5, userPerDay: 10, conventionPerDay: 20, callsPerDay: 30 },
  hours: { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', holidays: false },
  networks: [],
  territory: 'nazionale',
  adminSeesSubject: false,
  jwtBearer: true,
};

/** The id of a lookup that was asked then; `n` tells lookups of one instant apart. */
export const lookupId = (n: number, at = NOW): string => encodeTime(at.getTime()) + String(n).padStart(16, '0');

const meta: EventMeta = { actor: 'system:spec', correlationId: 'c', causationId: 'c', recordedAt: NOW.toISOString(), environment: 'test' };

let position = 0;
export const recorded = <E extends DomainEvent>(event: E, stream = 'spec-1'): Recorded<E> => {
  position += 1;
  return { ...event, id: String(position), meta, stream, version: 1, digest: '', position: String(position).padStart(16, '0') };
};

const convention = { convention: ids.convention, comune: ids.comune, ente: ids.ente };
const profile = { profile: ids.profile, convention: ids.convention, comune: ids.comune, ente: ids.ente };
const connection = { comune: ids.comune, channel: 'ws' as const };
const overPdnd = { comune: ids.comune, channel: 'pdnd' as const };

export const granting = (changed: Partial<ConventionTerms> = {}): readonly DomainEvent[] => [
  { type: 'identity.convention.drafted', v: 1, data: { ...convention, terms: { ...terms, ...changed } } },
  { type: 'identity.convention.application-admitted', v: 1, data: { ...convention, application: ids.application } },
  { type: 'identity.convention.approved', v: 1, data: { ...convention, approvedAt: '2026-01-15T10:00:00Z', recertifyBy: '2027-01-15' } },
  {
    type: 'identity.profile.defined',
    v: 1,
    data: { ...profile, terms: { name: 'Tributi', services: [{ service: 'generalita', modes: ['consultazione'] }, { service: 'residenza', modes: ['consultazione'] }] } },
  },
  { type: 'identity.user.profile-assigned', v: 1, data: { user: ids.user, profile: ids.profile, comune: ids.comune, ente: ids.ente } },
  {
    type: 'anpr.connection.configured',
    v: 1,
    data: { ...connection, settings: { endpoint: 'http://127.0.0.1:1/', senderCode: '058091', security: 'none', timeoutMs: 1000, maxInFlight: 2, maxQueued: 2 } },
  },
  { type: 'anpr.connection.operator-assigned', v: 1, data: { ...connection, operator: ids.operator, codiceFiscale: 's1.x', from: '2026-01-01', acceptedAt: '2026-01-01T00:00:00Z' } },
  { type: 'anpr.connection.activated', v: 1, data: connection },
  { type: 'anpr.connection.configured', v: 1, data: { ...overPdnd, settings: pdndSettings() } },
  { type: 'anpr.connection.certificate-installed', v: 1, data: { ...overPdnd, ...PDND_KEY } },
  { type: 'anpr.connection.activated', v: 1, data: overPdnd },
];

/** The key of the Comune's client at PDND. */
export const PDND_KEY = { certificate: '01JDK3Y000000000000000000A', use: 'client', kid: 'k'.repeat(43), responsible: ids.user, custody: 'connettore' } as const;

export const grantsOf = (...events: readonly DomainEvent[]): Grants => {
  const grants = noGrants();
  for (const event of events) applyGrant(grants, recorded(event));
  return grants;
};

export const rights = (): { -readonly [K in keyof Rights]: Map<string, Rights[K] extends ReadonlyMap<string, infer V> ? V : never> } => ({
  users: new Map([[ids.user, { enabled: true, disabledIn: new Set<string>(), roles: [{ role: 'AUTORIZZATO' as const, comune: ids.comune, ente: ids.ente }] }]]),
  applications: new Map([[ids.application, { ente: ids.ente, enabled: true }]]),
  sessions: new Map([[ids.session, { user: ids.user, application: ids.application, method: 'password', expiresAt: '2026-11-23T19:00:00.000Z' }]]),
});

export const question: Question = {
  askedAt: NOW,
  comune: ids.comune,
  user: ids.user,
  ente: ids.ente,
  application: ids.application,
  session: ids.session,
  network: '10.1.2.3',
  service: 'residenza',
  mode: 'consultazione',
  purpose: 'TRIB-01',
  hasCase: true,
};

export const facts = (changed: Partial<Facts> = {}): Facts => ({
  now: NOW,
  rights: rights(),
  grants: grantsOf(...granting()),
  isHoliday: (day) => day === '2026-12-08',
  inNetworks: (address, blocks) => blocks.some((block) => address.startsWith(block.slice(0, 3))),
  ...changed,
});
