import { seedConnections } from '@geres/anpr';
import { romeDay, type Channel, type ConventionTerms, type Sealed, type Tag } from '@geres/contracts';
import { eventId, NO_STREAM, type DomainEvent, type EventStore } from '@geres/kernel';
import { openEmbedded, type Embedded } from '@geres/platform/embedded';
import { loadKeyEncryptionKeys } from '@geres/platform/keys';
import { ulid } from 'ulid';
import { pdndConnection, type PdndPlace } from './pdnd.js';

/** One operator with one application, for one Comune, under one convention. */
export interface Asker {
  readonly comune: string;
  readonly ente: string;
  readonly application: string;
  readonly user: string;
  readonly session: string;
}

export type Quotas = ConventionTerms['quotas'];

/** Who asks what of whom in an installation that is made to be killed. */
export interface World {
  readonly folder: string;
  /** By Comune, in the order in which these were named. */
  readonly askers: ReadonlyMap<string, readonly Asker[]>;
  /** By id of the convention. */
  readonly quotas: ReadonlyMap<string, Quotas>;
}

export const MOTIVO = 'TRIB-01';
const AMPLE: Quotas = { userPerMinute: 100_000, userPerDay: 1_000_000, conventionPerDay: 1_000_000, callsPerDay: 1_000_000 };
const DAY_MS = 86_400_000;

interface PopulationOptions {
  /** How the first Comune reaches PDND, if it does. */
  readonly pdnd?: PdndPlace;
  /** Address of the simulator. */
  readonly simulator: string;
  /** Codici catastali; the first has, beside an Ente with ample quotas, one with these, and where it reaches PDND one of each that asks over it. */
  readonly comuni: readonly string[];
  readonly scarce: Quotas;
}

type Population = Omit<World, 'folder'>;

/** Makes an installation with Comuni, conventions, operators and connections to the simulator, as their administration would have recorded them. */
export async function makeWorld({ folder, ...options }: PopulationOptions & { readonly folder: string }): Promise<World> {
  const keyEncryptionKeys = await loadKeyEncryptionKeys({ env: {}, dataFolder: folder });
  const embedded = await openEmbedded({ folder, environment: 'test', keyEncryptionKeys, clock: () => new Date() });
  try {
    return { folder, ...(await populate(embedded, options)) };
  } finally {
    await embedded.close();
  }
}

/** The same in an installation that is there, on whichever engines. */
export async function populate({ store, keys, installation }: Pick<Embedded, 'store' | 'keys' | 'installation'>, { simulator, pdnd, comuni, scarce }: PopulationOptions): Promise<Population> {
  const askers = new Map<string, readonly Asker[]>();
  const quotas = new Map<string, Quotas>();
  for (const [index, comune] of comuni.entries()) {
    await recorded(store, `comune-${comune}`, [{ type: 'identity.comune.registered', v: 1, data: { comune, name: `Comune ${index}`, province: 'RM', istatCodes: [{ code: istatOf(index), from: '1970-01-01' }] } }]);
    const name = comune.toLowerCase();
    const granted = [await grant(store, comune, `ampio_${name}`, AMPLE, 4)];
    if (index === 0) granted.push(await grant(store, comune, `stretto_${name}`, scarce, 2));
    if (index === 0 && pdnd) {
      await recorded(store, `connection-${comune}-pdnd`, await pdndConnection(comune, keys, pdnd));
      granted.push(await grant(store, comune, `pdnd_${name}`, AMPLE, 3, 'pdnd'), await grant(store, comune, `pdnd_stretto_${name}`, { ...AMPLE, callsPerDay: scarce.callsPerDay }, 1, 'pdnd'));
    }
    for (const { convention, terms } of granted) quotas.set(convention, terms.quotas);
    askers.set(comune, granted.flatMap((one) => one.askers));
  }
  await seedConnections({
    store,
    keys,
    // The registry operators have been in office for a while: a clock may be behind.
    clock: () => new Date(Date.now() - 30 * DAY_MS),
    installation,
    endpoint: `${simulator}/ANPR3000ServiziConsultazione/AnprService3000`,
    connections: comuni.map((comune, index) => ({ comune, senderCode: istatOf(index), operatorCodiceFiscale: 'SNTPTR70A01H501W' })),
  });
  return { askers, quotas };
}

const istatOf = (index: number): string => String(58_001 + index).padStart(6, '0');

interface Granted {
  readonly convention: string;
  readonly terms: ConventionTerms;
  readonly askers: readonly Asker[];
}

async function grant(store: EventStore, comune: string, ente: string, quotas: Quotas, users: number, channel: Channel = 'ws'): Promise<Granted> {
  const [convention, profile] = [ulid(), ulid()];
  const terms = termsOf(quotas, channel);
  const application = `software-${ente.replaceAll('_', '-')}`;
  const of = { convention, comune, ente };
  await recorded(store, `application-${application}`, [{ type: 'identity.application.registered', v: 1, data: { application, ente, name: application, grants: ['jwt-bearer'], redirectUris: [] } }]);
  await recorded(store, `convention-${convention}`, [
    { type: 'identity.convention.drafted', v: 1, data: { ...of, terms } },
    { type: 'identity.convention.application-admitted', v: 1, data: { ...of, application } },
    { type: 'identity.convention.approved', v: 1, data: { ...of, approvedAt: new Date().toISOString(), recertifyBy: farDay() } },
  ]);
  await recorded(store, `profile-${profile}`, [{ type: 'identity.profile.defined', v: 1, data: { profile, ...of, terms: { name: 'Completo', services: terms.services.map(({ service, modes }) => ({ service, modes })) } } }]);
  const askers = await Promise.all(Array.from({ length: users }, () => operator(store, { comune, ente, application, profile })));
  return { convention, terms, askers };
}

async function operator(store: EventStore, { comune, ente, application, profile }: { readonly comune: string; readonly ente: string; readonly application: string; readonly profile: string }): Promise<Asker> {
  const [user, session] = [ulid(), ulid()];
  await recorded(store, `user-${user}`, [
    { type: 'identity.user.enrolled', v: 1, data: { user, details: 's1.x' as Sealed, loginTag: '0'.repeat(32) as Tag } },
    { type: 'identity.user.role-assigned', v: 1, data: { user, assignment: { role: 'AUTORIZZATO', comune, ente, application } } },
    { type: 'identity.user.profile-assigned', v: 1, data: { user, profile, comune, ente } },
  ]);
  await recorded(store, `session-${session}`, [{ type: 'identity.session.opened', v: 1, data: { session, user, application, method: 'jwt-bearer', expiresAt: new Date(Date.now() + 365 * DAY_MS).toISOString() } }]);
  return { comune, ente, application, user, session };
}

const farDay = (): string => romeDay(new Date(Date.now() + 365 * DAY_MS));

const termsOf = (quotas: Quotas, channel: Channel): ConventionTerms => ({
  legalBasis: 'Prova',
  act: { number: '1', date: '2026-01-01' },
  from: '2026-01-01',
  to: farDay(),
  services: [{ service: 'residenza', modes: ['consultazione'], channel }],
  purposes: [{ code: MOTIVO, description: 'Prova', caseRequired: false }],
  quotas,
  hours: { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: true },
  networks: [],
  territory: 'nazionale',
  adminSeesSubject: false,
  jwtBearer: true,
});

async function recorded(store: EventStore, stream: string, events: readonly DomainEvent[]): Promise<void> {
  const meta = { actor: 'system:prova', correlationId: stream, causationId: stream, recordedAt: new Date().toISOString(), environment: 'test' as const };
  await store.append(stream, NO_STREAM, events.map((event, index) => ({ ...event, id: eventId(stream, index), meta })));
}
