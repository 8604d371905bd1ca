import { archiveStream, romeMonth, type ConventionTerms, type RoleAssignment } from '@geres/contracts';
import { whole, type DomainEvent } from '@geres/kernel';
import { follow } from '@geres/platform/projections';
import { ulid } from 'ulid';
import { ArchiveRecorder } from '../archive/recorder.js';
import { applyConvention, CONVENTION_PREFIXES, noConventions, type Conventions } from '../lookups/conventions.js';
import type { Reader, ReadingPorts } from '../lookups/ports.js';
import { scopeOf, type Scope } from '../lookups/scope.domain.js';
import { startProjections, type Running } from '../running.js';
import { ids, metaAt, openTestArchive, record, type TestArchive } from './archive.js';

/** An archive with its read models at work, and what the readings stand on. */
export interface TestReading {
  readonly archive: TestArchive;
  readonly running: Running;
  readonly ports: ReadingPorts;
  readonly reader: Reader;
  /** Resolves when the read models hold everything recorded so far. */
  seen(): Promise<void>;
  /** What was recorded about readings, in the month of `now`. */
  consulted(): Promise<readonly DomainEvent['data'][]>;
  close(): Promise<void>;
}

export const now = new Date('2026-11-24T10:00:00.000Z');

export async function openTestReading(): Promise<TestReading> {
  const archive = await openTestArchive();
  const { store, collections, keys } = archive;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = startProjections({ store, collections, installation: { incarnation: 'spec' }, signal, onFailure: (_, error) => process.stderr.write(`${error.stack}\n`) });
  const conventions = await follow<Conventions>({ name: 'conventions', store, prefixes: CONVENTION_PREFIXES, initial: noConventions, apply: applyConvention, signal });
  await conventions.caughtUp();
  const clock = (): Date => now;
  return {
    archive,
    running,
    ports: { lookups: running.lookups, tags: running.tags, store, keys, conventions, recorder: new ArchiveRecorder(store), clock, asOf: running.asOf },
    reader: { meta: () => metaAt(now, ulid(), `user:${ids.top}`) },
    async seen() {
      const { lastPosition } = await store.stats();
      if (lastPosition === undefined) return;
      await Promise.all([...running.projections.map((one) => one.reached(lastPosition)), conventions.reached(lastPosition)]);
    },
    consulted: async () => (await whole(store.read(archiveStream(romeMonth(now))))).events.map(({ data }) => data),
    async close() {
      stopping.abort();
      await archive.close();
    },
  };
}

const scope = (role: RoleAssignment): Scope => scopeOf({ user: ids.top, role })!;
export const asTop = scope({ role: 'TOP', comune: ids.comune });
export const asAdmin = scope({ role: 'ADMIN', comune: ids.comune, ente: ids.ente });
export const asTool: Scope = { kind: 'reporting', comune: ids.comune };

export const terms = (more: Partial<ConventionTerms> = {}): ConventionTerms => ({
  legalBasis: 'art. 50 CAD',
  act: { number: '12', date: '2026-01-10' },
  from: '2026-01-15',
  to: '2028-12-31',
  services: [{ service: 'residenza', modes: ['consultazione'], channel: 'ws' }],
  purposes: [{ code: 'TRIB-01', description: 'Accertamento', caseRequired: true }],
  quotas: { userPerMinute: 60, userPerDay: 500, conventionPerDay: 5000, callsPerDay: 5000 },
  hours: { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', holidays: false },
  networks: [],
  territory: 'nazionale',
  adminSeesSubject: true,
  jwtBearer: true,
  ...more,
});

const of = { convention: ids.convention, comune: ids.comune, ente: ids.ente };
type About = { readonly convention?: string; readonly comune?: string; readonly ente?: string };

export const drafted = (more: Partial<ConventionTerms> = {}, about: About = {}): DomainEvent => ({ type: 'identity.convention.drafted', v: 1, data: { ...of, ...about, terms: terms(more) } });
export const approved = (recertifyBy = '2027-06-30', about: About = {}): DomainEvent => ({ type: 'identity.convention.approved', v: 1, data: { ...of, ...about, approvedAt: '2026-01-14T09:00:00.000Z', recertifyBy } });
export const happened = (what: 'suspended' | 'resumed' | 'revoked' | 'expired' | 'extended' | 'recertified' | 'amended', more: object = {}): DomainEvent => ({ type: `identity.convention.${what}`, v: 1, data: { ...of, ...more } });

/** Puts events on the stream of the convention of the test Ente. */
export const convention = ({ archive }: TestReading, ...events: readonly DomainEvent[]): Promise<string> => record(archive.store, `convention-${ids.convention}`, now, ...events);
