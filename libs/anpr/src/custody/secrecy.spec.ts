import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { SealedKey } from '@geres/contracts';
import { handle } from '@geres/kernel';
import { memoryEventStore } from '@geres/kernel/testing';
import { openSqliteCollections, type SqliteCollections } from '@geres/platform/collections';
import { keyEncryptionKey, KeyStore, type WrappedSecret } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connection, type ConnectionCommand } from '../connection/connection.domain.js';
import { authority, type Authority } from '../testing/certificates.js';
import { sealedTo } from '../testing/custody.js';
import { connectionKeys } from './connection-keys.js';
import { openCustody, type Custody } from './custody.js';
import { noDevice } from './device.js';
import { keptOf, privateKeyOf } from './vault.js';

const ROMA = { comune: 'H501', channel: 'ws' } as const;
const responsible = '01JD0SER00000000000000000A';
const PASSWORD = 'parola-che-nessuno-legge';
const settings = { endpoint: 'http://127.0.0.1:8081/x', senderCode: '058091', security: 'wss' as const, timeoutMs: 20_000, maxInFlight: 10, maxQueued: 10 };

/** A run of bytes in whatever text or file somebody may have written it: as it is, in hexadecimal, in either base64 at any offset. */
function traces(bytes: Buffer): readonly Buffer[] {
  const base64 = [0, 1, 2].map((offset) => bytes.subarray(offset, offset + 3 * Math.floor((bytes.length - offset) / 3)).toString('base64'));
  return [bytes, ...[bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))].map((text) => Buffer.from(text))];
}
/** The numbers of a private key of which any one gives the others; a piece of each is enough to be recognised. */
const secretsOf = (key: KeyObject): readonly Buffer[] => (['d', 'p', 'q', 'dp', 'dq', 'qi'] as const).flatMap((name) => traces(Buffer.from(key.export({ format: 'jwk' })[name]!, 'base64url').subarray(4, 34)));
const holds = (where: Buffer | string, sought: readonly Buffer[]): boolean => sought.some((one) => Buffer.from(where).includes(one));

describe('a private key', () => {
  let folder: string;
  let collections: SqliteCollections;
  let ca: Authority;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'geres-custody-'));
    collections = await openSqliteCollections({ file: join(folder, 'keys.db'), durability: 'full', secureDelete: true });
    ca = await authority();
  });
  afterAll(async () => {
    await collections.close();
    await rm(folder, { recursive: true });
  });

  it('is seen where it is looked for: the search itself works', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const sought = secretsOf(privateKey);
    const der = privateKey.export({ type: 'pkcs8', format: 'der' });
    for (const shown of [der, der.toString('base64'), der.toString('hex'), JSON.stringify(privateKey.export({ format: 'jwk' })), `x${der.toString('base64url')}`]) expect(holds(shown, sought)).toBe(true);
  });

  it('is in no answer of custody, no event, no log line and no file, installed, made or retired', async () => {
    const secrets = new KeyStore({ collection: collections.collection<WrappedSecret>({ name: 'secrets-certificates' }), kek: keyEncryptionKey(randomBytes(32)) });
    const vault = { secrets, device: noDevice };
    const events = memoryEventStore();
    const seen: string[] = [];
    const log = createLog({ level: 'debug', destination: { write: (line: string) => void seen.push(line) } });
    const see = <T>(shown: T): T => {
      seen.push(inspect(shown, { depth: 12, showHidden: true }), JSON.stringify(shown) ?? '');
      return shown;
    };
    /** Every function of custody, so that what it answers, or fails with, is seen. */
    const custody = new Proxy(openCustody(vault), {
      get: (target, name: keyof Custody) => async (...given: readonly unknown[]) => {
        try {
          return see(await (target[name] as (...all: readonly unknown[]) => Promise<unknown>)(...given));
        } catch (error) {
          log.error({ event: 'custody.failed', error });
          see({ ...(error as object), message: (error as Error).message, stack: (error as Error).stack });
          throw error;
        }
      },
    });
    const run = (command: ConnectionCommand): Promise<unknown> => {
      const causationId = ulid();
      return handle(events, connection, 'connection-H501-ws', command, { actor: `user:${responsible}`, correlationId: causationId, causationId, recordedAt: new Date().toISOString(), environment: 'test' });
    };
    const now = new Date().toISOString();
    const sealed = async (content: SealedKey): Promise<string> => sealedTo(await custody.publicKey(), ROMA, content);
    await run({ ...ROMA, type: 'configure', settings, environment: 'test' });

    // One that came from outside, encrypted; and once more with what is wrong about it.
    const given = await ca.issue('058091-CO-9999');
    const encrypted = given.key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD }).toString();
    const first = ulid();
    const content = { pem: `${encrypted}${given.pem}`, password: PASSWORD };
    const installed = await custody.install(ROMA, { certificate: first, use: 'firma', responsible, sealed: await sealed(content) });
    await run({ ...ROMA, type: 'install-certificate', installed, now });
    for (const wrong of [{ ...content, password: `${PASSWORD}!` }, { pem: given.keyPem.slice(0, -200) }, { pem: given.keyPem }, { pem: given.keyPem + given.keyPem }]) {
      await expect(custody.install(ROMA, { certificate: ulid(), use: 'firma', responsible, sealed: await sealed(wrong) })).rejects.toMatchObject({ name: 'Problem' });
    }

    // One that was made here.
    const second = ulid();
    const made = await custody.request(ROMA, { certificate: second, use: 'firma', responsible, subject: { commonName: '058091-CO-9998' } });
    if (made.kind !== 'awaits') throw new Error(made.kind);
    await run({ ...ROMA, type: 'request-certificate', ...made.requested });
    const own = privateKeyOf((await keptOf(secrets, ROMA, second))!.stored.key!);
    await expect(custody.installIssued(ROMA, made.requested, given.pem)).rejects.toMatchObject({ name: 'Problem' });
    await run({ ...ROMA, type: 'install-certificate', installed: await custody.installIssued(ROMA, made.requested, await ca.certify(createPublicKey(own), '058091-CO-9998')), now });
    await expect(custody.device(ROMA, { certificate: ulid(), use: 'firma', responsible, label: 'H501-firma', chain: given.pem })).rejects.toMatchObject({ name: 'Problem' });
    await custody.usable(ROMA, installed);
    see(await connectionKeys({ ...vault, certificates: () => [installed] }).inUse('H501', 'ws', 'firma', new Date()));

    const sought = [...secretsOf(given.key), ...secretsOf(own), ...traces(Buffer.from(PASSWORD))];
    const files = async (): Promise<readonly string[]> => {
      const names = await readdir(folder);
      const found = await Promise.all(names.map(async (name) => holds(await readFile(join(folder, name)), sought)));
      return names.filter((_, n) => found[n]);
    };
    expect(await files()).toEqual([]);
    const wrapped = ((await collections.collection<WrappedSecret>({ name: 'secrets-certificates' }).get(`anpr/H501/ws/${first}`)) as { readonly wrapped: string }).wrapped;

    await custody.retire(ROMA, first);
    await custody.retire(ROMA, second);
    await run({ ...ROMA, type: 'retire-certificate', certificate: first, reason: 'prova' });

    expect(await files()).toEqual([]);
    for (const name of await readdir(folder)) expect((await readFile(join(folder, name))).includes(wrapped), name).toBe(false);
    expect(events.events.map(({ type }) => type.replace('anpr.connection.', ''))).toEqual(['configured', 'certificate-installed', 'certificate-requested', 'certificate-installed', 'certificate-retired']);
    expect(seen.length).toBeGreaterThan(25);
    expect([...seen, JSON.stringify(events.events)].filter((text) => holds(text, sought))).toEqual([]);
    // Nothing else that custody can be asked for.
    expect(Object.keys(openCustody(vault)).sort()).toEqual(['device', 'install', 'installIssued', 'publicKey', 'request', 'retire', 'usable']);
  });
});
