import { afterEach, beforeAll, expect, it } from 'vitest';
import { wsChannel } from '../channel/ws.channel.js';
import { messageSecurity, tlsMaterial } from '../channel/ws/security.js';
import type { ConnectionKeys } from '../custody/keys.js';
import { anprServer, says, type Answering, type AnprServer } from '../testing/anpr-server.js';
import { authority, type Authority, type Issued } from '../testing/certificates.js';
import { openHouse, type House, type Post } from '../testing/house.js';
import { answer, card, CODICE_FISCALE } from '../testing/soap-answers.js';
import { ids } from '../testing/world.js';
import { each, verified } from '../testing/wss.js';

/** The registry operator in whose name ANPR is asked. */
const OPERATOR = { operator: '01JD0PER00000000000000000B', codiceFiscale: 'PRTSTR80A01H501U' } as const;
const SENDER = '999001';

let ca: Authority;
let server: Issued;
let tls: Issued;
let anprs: Issued;
beforeAll(async () => {
  ca = await authority();
  [server, tls, anprs] = await Promise.all([ca.issue(`${SENDER}-CO-9999`), ca.issue('client'), ca.issue('ws', { hosts: ['ws.example'] })]);
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

const found: Answering = (reply, asked, attempt) => says(answer([card({ idANPR: 'ZZ00001X6' })], { operation: each(asked.body, 'idOperazioneComune')[0]! }))(reply, asked, attempt);
const connection = { comune: ids.comune, channel: 'ws' } as const;
const installed = (certificate: string, use: 'firma' | 'tls', { held }: Issued) => ({
  type: 'anpr.connection.certificate-installed',
  v: 1,
  data: { ...connection, certificate, use, kid: held.kid, responsible: ids.user, custody: 'connettore', x509: { thumbprint: 'a'.repeat(64), subject: 's', issuer: 'i', serial: '1', notBefore: '2020-01-01T00:00:00.000Z', notAfter: '2049-01-01T00:00:00.000Z' } },
});

interface World {
  readonly house: House;
  readonly anpr: AnprServer;
  readonly post: Post;
}

/** A connection with message security and certificates on TLS, its operator sealed as administration seals it. */
async function world(): Promise<World> {
  const anpr = await anprServer(found, { cert: anprs.pem, key: anprs.keyPem, ca: ca.pem, requestCert: true, rejectUnauthorized: true });
  const house = await openHouse({ settings: { endpoint: anpr.url, senderCode: SENDER, security: 'wss', timeoutMs: 20_000, ca: [ca.pem], serverName: 'ws.example' } });
  const { clock, keys, rights } = house;
  const codiceFiscale = (await keys.connector.box(`operator/${OPERATOR.operator}`)).seal(OPERATOR.codiceFiscale, OPERATOR.operator);
  await house.happens(
    { type: 'anpr.connection.operator-assigned', v: 1, data: { ...connection, operator: OPERATOR.operator, codiceFiscale, from: '2020-01-01', informedAt: '2020-01-01T00:00:00Z', acceptedAt: '2020-01-01T00:00:00Z' } },
    installed('01JDCERT00000000000000000A', 'firma', server),
    installed('01JDCERT00000000000000000B', 'tls', tls),
  );
  const held: ConnectionKeys = { inUse: async (_, __, use) => (use === 'firma' ? server.held : undefined), byKid: async () => undefined, shown: async () => ({ cert: tls.pem, key: tls.keyPem }) };
  const ws = wsChannel({ clock, comuni: () => rights.state.comuni, security: messageSecurity({ clock, keys: held, operators: keys.connector }), tls: tlsMaterial({ clock, keys: held }) });
  opened.push(anpr, ws, house);
  return { house, anpr, post: await house.post({ channels: { ws, pdnd: () => Promise.reject(new Error('not over pdnd')) } }) };
}

const about = { request: { soggetto: { codiceFiscale: CODICE_FISCALE } } } as const;

it('a lookup over ws is asked in the name of the operator that is recorded, signed by the Comune, over TLS on both sides', async () => {
  const { house, anpr, post } = await world();
  const [command] = await post.send(house.ask(about));
  expect(await post.outcome(command.id)).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato', soggetti: [{ codiceFiscale: CODICE_FISCALE }] } });
  const { body } = anpr.asked[0]!;
  expect([verified(body, 'message', server.pem), verified(body, 'assertion', server.pem)]).toEqual([true, true]);
  expect(each(body, 'saml2:NameID')).toEqual([OPERATOR.codiceFiscale]);
  expect(each(body, 'idOperazioneComune')).toEqual([command.id]);
  const events = await house.register(command.id);
  expect(events.find(({ type }) => type === 'anpr.lookup.requested')!.data).toMatchObject({ anprOperator: OPERATOR.operator, operationId: command.id });
  expect(JSON.stringify(events)).not.toContain(OPERATOR.codiceFiscale);
});

it('a lookup whose operator is withdrawn while it waits does not leave in the name of another', async () => {
  const { house, anpr, post } = await world();
  const release = post.gate.hold('anpr.lookup.requested');
  const [command] = await post.send(house.ask(about));
  await post.gate.came('anpr.lookup.requested');
  await house.happens({ type: 'anpr.connection.operator-withdrawn', v: 1, data: { ...connection, operator: OPERATOR.operator, reason: 'prova' } });
  release();
  expect(await post.code(command.id)).toBe('connessione-non-attiva');
  expect(anpr.asked).toEqual([]);
});
