import { romeDay } from '@geres/contracts';
import { eventId, handle, type CollectionStore, type Environment, type EventMeta, type EventStore } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { KeyStore } from '@geres/platform/keys';
import { join } from 'node:path';
import { application, applicationStream } from '../application/application.domain.js';
import { publicJwk } from '../application/public-key.js';
import { comune, comuneStream } from '../comune/comune.domain.js';
import { convention, conventionStream } from '../convention/convention.domain.js';
import { ente, enteStream } from '../ente/ente.domain.js';
import { profile, profileStream } from '../profile/profile.domain.js';
import { ulidOf } from '../steps.js';
import { Users } from '../user/users.js';
import { APPLICATIONS, COMUNI, CONVENTIONS, ENTI, MOTIVI, profilesOf, termsOf, USERS, type DemoUser } from './content.js';
import { publicKeyOf } from './key-file.js';

export interface DemoOptions {
  readonly environment: Environment;
  readonly store: EventStore;
  /** Keys of the admin custody. */
  readonly keys: KeyStore;
  readonly durable: CollectionStore;
  readonly clock: Clock;
  readonly publicUrl: string;
  /** Where the private keys of the demo applications are written, 0600. */
  readonly outFolder: string;
}

/** The identity part of `demo.json`. A user with several roles is listed once for each. */
export interface DemoFacts {
  readonly comuni: readonly { readonly codiceCatastale: string; readonly codiceIstat: string; readonly nome: string }[];
  readonly utenti: readonly { readonly username: string; readonly password: string; readonly ruolo: string; readonly comune?: string; readonly ente?: string }[];
  /** `chiave`: file of the private key, PEM (PKCS#8). */
  readonly applicazioni: readonly { readonly clientId: string; readonly chiave: string; readonly ente: string }[];
  readonly motivi: readonly { readonly codice: string; readonly descrizione: string }[];
}

export const demoUserId = (login: string): string => ulidOf(`demo/user/${login}`);
export const demoConventionId = (place: string, body: string): string => ulidOf(`demo/convention/${place}/${body}`);
const profileId = (place: string, body: string, name: string): string => ulidOf(`demo/profile/${place}/${body}/${name}`);

/** Identities whose passwords lie in a file are for nobody's citizens. */
export function onlyInTest(environment: Environment): void {
  if (environment !== 'test') throw new TypeError(`demo identities in environment ${environment}`);
}

/**
 * Registers the demo Comuni, bodies, conventions, profiles, applications and users through the ordinary commands. Command ids are fixed: a second start
 * appends nothing. Passwords differ from installation to installation; they are derived, never stored in clear. Environment `test` only.
 */
export async function seedDemo(options: DemoOptions): Promise<DemoFacts> {
  onlyInTest(options.environment);
  const { store, keys, clock, outFolder } = options;
  const users = new Users(store, keys);
  const recordedAt = clock().toISOString();
  const meta = (name: string): EventMeta => {
    const id = eventId(`demo/${name}`, 0);
    return { actor: 'system:demo', correlationId: id, causationId: id, recordedAt, environment: 'test' };
  };

  await Promise.all([...COMUNI.map((place) => registerComune(store, place, meta)), ...ENTI.map((body) => handle(store, ente, enteStream(body.ente), { type: 'register', ...body }, meta(`ente/${body.ente}`)))]);
  const applicazioni = await Promise.all(APPLICATIONS.map((software) => registerApplication(store, software, outFolder, meta)));
  await Promise.all(CONVENTIONS.map((grant) => grantConvention(store, grant, romeDay(clock()), meta)));
  const box = await keys.box('demo');
  const utenti = await Promise.all(
    USERS.map(async (person) => {
      const password = readable(box.tag('password', person.login));
      await enrolUser(users, person, password, meta);
      return person.roles.map(({ role, comune: place, ente: body }) => ({
        username: person.login,
        password,
        ruolo: role,
        ...(place === undefined ? {} : { comune: place }),
        ...(body === undefined ? {} : { ente: body }),
      }));
    }),
  );
  return {
    comuni: COMUNI.map(({ comune: codiceCatastale, istat: codiceIstat, name: nome }) => ({ codiceCatastale, codiceIstat, nome })),
    utenti: utenti.flat(),
    applicazioni,
    motivi: MOTIVI.map(({ code: codice, description: descrizione }) => ({ codice, descrizione })),
  };
}

type Meta = (name: string) => EventMeta;

/** 80 bits in groups of five, easy to read aloud. */
const readable = (tag: string): string => tag.slice(0, 20).match(/.{5}/g)!.join('-');

const registerComune = (store: EventStore, { comune: id, istat, name, province }: (typeof COMUNI)[number], meta: Meta): Promise<unknown> =>
  handle(
    store,
    comune,
    comuneStream(id),
    { type: 'register', comune: id, name, province, istatCodes: [{ code: istat, from: '1970-01-01' }] },
    meta(`comune/${id}`),
  );

async function registerApplication(
  store: EventStore,
  { key, ...software }: (typeof APPLICATIONS)[number],
  folder: string,
  meta: Meta,
): Promise<DemoFacts['applicazioni'][number]> {
  const id = software.application;
  const chiave = join(folder, `${id}.pem`);
  const stream = applicationStream(id);
  const jwk = await publicJwk(await publicKeyOf(chiave, key));
  await handle(store, application, stream, { type: 'register', ...software }, meta(`application/${id}`));
  await handle(store, application, stream, { type: 'add-key', application: id, key: jwk }, meta(`application/${id}/${jwk.kid}`));
  return { clientId: id, chiave, ente: software.ente };
}

async function grantConvention(store: EventStore, grant: (typeof CONVENTIONS)[number], today: string, meta: Meta): Promise<void> {
  const { comune: place, ente: body } = grant;
  const id = demoConventionId(place, body);
  const of = { convention: id, comune: place, ente: body };
  const stream = conventionStream(id);
  const terms = termsOf(grant, Number(today.slice(0, 4)));
  const registryDuty = body === `c_${place.toLowerCase()}`;
  await handle(store, convention, stream, { type: 'draft', ...of, terms, registryDuty }, meta(`convention/${id}`));
  for (const { application: software, ente: owner } of APPLICATIONS.filter((candidate) => candidate.ente === body && candidate.comune === undefined)) {
    await handle(store, convention, stream, { type: 'admit-application', ...of, application: software, applicationEnte: owner }, meta(`convention/${id}/${software}`));
  }
  const approval = { type: 'approve' as const, ...of, now: meta('').recordedAt, today, recertifyBy: terms.to };
  await handle(store, convention, stream, approval, meta(`convention/${id}/approval`));
  for (const [name, profileTerms] of Object.entries(profilesOf(grant))) {
    const definition = { type: 'define' as const, profile: profileId(place, body, name), ...of, terms: profileTerms, ceiling: terms };
    await handle(store, profile, profileStream(definition.profile), definition, meta(`profile/${definition.profile}`));
  }
}

async function enrolUser(users: Users, { login, name, surname, roles, profile: given }: DemoUser, password: string, meta: Meta): Promise<void> {
  const user = demoUserId(login);
  await users.enrol(user, { login, name, surname }, meta(`user/${login}`));
  for (const [index, assignment] of roles.entries()) {
    await users.run({ type: 'assign-role', user, assignment }, meta(`user/${login}/role/${index}`));
    const { comune: place, ente: body } = assignment;
    if (given === undefined || place === undefined || body === undefined) continue;
    await users.assignProfile(user, { profile: profileId(place, body, given), comune: place, ente: body }, meta(`user/${login}/profile/${index}`));
  }
  const state = await users.load(user);
  if (state.status === 'enrolled' && !state.credentials) await users.setPassword(user, password, false, meta(`user/${login}/password`));
}
