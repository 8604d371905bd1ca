import { NO_STREAM } from '@geres/kernel';
import { sampleEvents } from '@geres/kernel/testing';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onEventStoreDb } from '../../testing/eventstoredb.js';
import { connectionOf } from './connection.js';
import { openEventStoreDb } from './index.js';

describe('the connection to EventStoreDB', () => {
  const of = (connectionString: string): ReturnType<typeof connectionOf> => connectionOf({ connectionString }, 'gateway-1');

  it('keeps credentials apart from what the client may print', () => {
    expect(of('esdb://geres:p%40ss@one:2113,two:2113?tlsCAFile=/etc/ca.pem')).toEqual({
      connectionString: 'esdb://one:2113,two:2113?tlsCAFile=/etc/ca.pem',
      credentials: { username: 'geres', password: 'p@ss' },
    });
    expect(of('esdb+discover://geres:x@cluster.local:2113').connectionString).toBe('esdb+discover://cluster.local:2113');
  });

  it('prefers credentials that are given by themselves', () => {
    const credentials = { username: 'a', password: 'b' };
    expect(connectionOf({ connectionString: 'esdb://c:d@one:2113', credentials }, 'x').credentials).toEqual(credentials);
  });

  it.each([
    ['another protocol', 'https://one:2113', 'esdb://'],
    ['no host', 'esdb://', 'esdb://'],
    ['TLS without credentials', 'esdb://one:2113', 'credentials'],
    ['TLS that verifies nobody', 'esdb://a:very-secret@one:2113?tlsVerifyCert=false', 'tlsCAFile'],
    ['credentials that are not encoded', 'esdb://a:very-secret%@one:2113', 'percent-encoded'],
  ])('refuses %s, and repeats no secret', (_, connectionString, rule) => {
    expect(() => of(connectionString)).toThrow(rule);
    expect(() => of(connectionString)).not.toThrow('very-secret');
  });

  it('refuses a name of an instance that cannot be in the name of a stream', () => {
    expect(() => connectionOf({ connectionString: 'esdb://one:2113?tls=false' }, 'a b')).toThrow('instance');
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
describe.skipIf(!hasOpenssl)(`TLS and credentials${hasOpenssl ? '' : ': needs openssl'}`, () => {
  const place = onEventStoreDb();
  const credentials = { username: 'geres', password: 'p@ss:word' };
  const secured = async (): Promise<{ readonly connectionString: string; readonly authority: string }> => {
    const folder = await place.folder();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=stand-in', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const standIn = await place.standIn({ host: 'localhost', tls: { certificate: readFileSync(certificate), key: readFileSync(key) }, credentials });
    return { connectionString: standIn.connectionString, authority: `&tlsCAFile=${encodeURIComponent(certificate)}` };
  };
  const first = async (connectionString: string, given = credentials): Promise<number> => {
    const store = await place.opened(openEventStoreDb({ connectionString, credentials: given, deadlineMs: 3000 }));
    const { head } = await store.append('comune-H501', NO_STREAM, sampleEvents(1));
    await place.follow(store, 'start', 'comune-').now();
    return head.version;
  };

  it('reach a server whose authority is known', async () => {
    const { connectionString, authority } = await secured();
    expect(await first(connectionString + authority)).toBe(1);
  });

  it('do not reach one whose authority is not', async () => {
    const { connectionString } = await secured();
    await expect(first(connectionString)).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });

  it('are refused with a wrong password, at once', async () => {
    const { connectionString, authority } = await secured();
    await expect(first(connectionString + authority, { ...credentials, password: 'wrong' })).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'the server answered access-denied' });
  });
});
