import { buildRichiesta3002, envelope, normalise, parseRisposta3002 } from '@geres/anpr/protocol/soap';
import { LookupRequest } from '@geres/contracts';
import { eventId, NO_STREAM, type EventMeta, type Head } from '@geres/kernel';
import { newUlid } from '@geres/platform';
import { openSqliteCollections } from '@geres/platform/collections';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { boxOf } from '@geres/platform/keys';
import fastify from 'fastify';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Agent, request as call } from 'undici';
import { temporaryFolder } from '../installation.js';
import { soapQuestion } from './questions.js';

/**
 * The same work with nothing around it: token check, schema, sealing, a durable append, one HTTP call, reading the answer, one insert, a second durable append.
 * No framework, no decision, no bus, no register shared by lookups: the limit that the benchmark compares with.
 */
const simulator = process.argv[2]!;
const folder = await temporaryFolder();
const store = await openSqliteEventStore({ file: join(folder, 'events.db') });
const collections = await openSqliteCollections({ file: join(folder, 'collections.db'), durability: 'normal' });
const answers = collections.collection<{ sealed: string }>({ name: 'answers' });
const box = boxOf(randomBytes(32));
const dispatcher = new Agent({ connections: 300, pipelining: 1 });

const { privateKey, publicKey } = await generateKeyPair('ES256');
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' }] });
const token = await new SignJWT({ client_id: 'bench', ambiente: 'test' }).setProtectedHeader({ alg: 'ES256', kid: '1' }).setSubject(newUlid()).setIssuedAt().setExpirationTime('1h').sign(privateKey);

const metaOf = (causationId: string): EventMeta => ({ actor: 'user:bench', correlationId: causationId, causationId, recordedAt: new Date().toISOString(), environment: 'test' });

/** One stream and one append at a time for all that waits, as the register has. */
let head: Head = NO_STREAM;
const waiting: { readonly events: Parameters<typeof store.append>[2]; readonly done: () => void }[] = [];
let appending = false;
async function append(events: Parameters<typeof store.append>[2]): Promise<void> {
  const durable = new Promise<void>((done) => waiting.push({ events, done }));
  if (!appending) {
    appending = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 150);
      head = (await store.append('register-BENCH', head, batch.flatMap((one) => one.events))).head;
      for (const { done } of batch) done();
    }
    appending = false;
  }
  return durable;
}

const app = fastify();
app.post('/richieste', async (request) => {
  await jwtVerify(request.headers.authorization!.slice(7), keys);
  const { soggetto, servizio, motivo, pratica } = LookupRequest.parse(request.body);
  const lookup = newUlid();
  const subject = box.seal({ soggetto, pratica }, lookup);
  const codiceFiscale = 'codiceFiscale' in soggetto ? soggetto.codiceFiscale : '';
  const data = { lookup, comune: 'H501', subject, tags: [box.tag('cf', codiceFiscale), box.tag('pratica', pratica ?? '')], service: servizio, purpose: motivo, sections: ['2', '10', '27', '28'], operationId: lookup, user: lookup, application: 'bench' };
  await append([{ id: eventId(lookup, 0), type: 'anpr.lookup.requested', v: 1, data, meta: metaOf(lookup) }]);
  const question = soapQuestion(lookup, codiceFiscale);
  const { body } = await call(`${simulator}/ANPR3000ServiziConsultazione/AnprService3000`, { method: 'POST', dispatcher, headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' }, body: envelope(buildRichiesta3002(question)) });
  const answer = normalise(parseRisposta3002(await body.text()), { idOperazione: lookup, comuneIstat: '058091', criteri: question.criteri, territorio: question.territorio, sections: question.sezioni, catastaleOf: () => undefined });
  const text = JSON.stringify(answer);
  await answers.insert(lookup, { sealed: box.seal(answer, lookup) }, { expiresAt: new Date(Date.now() + 600_000) });
  await append([{ id: eventId(lookup, 1), type: 'anpr.lookup.answered', v: 1, data: { lookup, comune: 'H501', outcome: 'trovato', answer: box.digest(text), tags: [], anprMs: 0 }, meta: metaOf(lookup) }]);
  return answer;
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send!({ url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, token });
process.on('SIGTERM', () => {
  void (async () => {
    await app.close();
    await store.close();
    await collections.close();
    await rm(folder, { recursive: true, force: true });
    process.exit(0);
  })();
});
