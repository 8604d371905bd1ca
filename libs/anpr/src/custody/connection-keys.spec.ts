import type { InstalledCertificate } from '@geres/contracts';
import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UsableCertificate } from '../connection/certificates.domain.js';
import { failConnection } from '../connection/connection.problems.js';
import { authority, type Authority, type Issued } from '../testing/certificates.js';
import { sealedTo, secretRows } from '../testing/custody.js';
import { connectionKeys } from './connection-keys.js';
import { openCustody } from './custody.js';
import { noDevice, type Device } from './device.js';
import { heldKey } from './held.js';
import type { ConnectionKeys } from './keys.js';

const ROMA = { comune: 'H501', channel: 'ws' } as const;
const responsible = '01JD0SER00000000000000000A';
const id = (letter: string): string => `01JD0CERT0000000000000000${letter}`;
const at = (day: string): Date => new Date(`${day}T12:00:00Z`);

let ca: Authority;
let old: Issued;
let renewed: Issued;
beforeAll(async () => {
  ca = await authority();
  [old, renewed] = await Promise.all([ca.issue('prima', { validFrom: '2020-12-01T00:00:00Z', validTo: '2026-12-01T00:00:00Z' }), ca.issue('dopo', { validFrom: '2026-11-10T00:00:00Z', validTo: '2032-11-10T00:00:00Z' })]);
});

/** A connection whose certificates are what its events would say. */
function connection(device: Device = noDevice) {
  const { store, rows } = secretRows();
  const custody = openCustody({ secrets: store(), device });
  let reads = 0;
  const secrets = store();
  const counted: typeof secrets = Object.assign(Object.create(secrets) as typeof secrets, {
    reveal: (secret: string) => {
      reads++;
      return secrets.reveal(secret);
    },
  });
  let installed: readonly UsableCertificate[] = [];
  const keys: ConnectionKeys = connectionKeys({ secrets: counted, device, certificates: ({ comune }) => (comune === 'H501' ? installed : []) });
  return {
    keys,
    custody,
    rows,
    reads: () => reads,
    async install(letter: string, { keyPem, pem }: Issued, use: InstalledCertificate['use'] = 'firma', channel: 'ws' | 'pdnd' = 'ws'): Promise<void> {
      const of = { comune: 'H501', channel };
      const sealed = await sealedTo(await custody.publicKey(), of, { pem: [keyPem, ...(use === 'client' ? [] : [pem, ca.pem])].join('\n') });
      installed = [...installed, await custody.install(of, { certificate: id(letter), use, responsible, sealed })];
    },
    says: (next: readonly UsableCertificate[]) => void (installed = next),
    installed: () => installed,
  };
}

const subjectOf = async (keys: ConnectionKeys, day: string): Promise<string | undefined> => (await keys.inUse('H501', 'ws', 'firma', at(day)))?.certificate?.subject.split('\n')[0];

describe('the key of a connection', () => {
  it('is the newest that is valid: a renewed certificate takes over on its first day, without a stop', async () => {
    const { keys, install } = connection();
    await install('A', old);
    await install('B', renewed);
    expect(await subjectOf(keys, '2020-11-30')).toBeUndefined();
    expect(await subjectOf(keys, '2026-11-09')).toBe('CN=prima');
    expect(await subjectOf(keys, '2026-11-10')).toBe('CN=dopo');
    expect(await subjectOf(keys, '2026-12-02')).toBe('CN=dopo');
    expect(await subjectOf(keys, '2032-11-11')).toBeUndefined();
  });

  it('is for its use, its channel and its Comune alone', async () => {
    const { keys, install } = connection();
    await install('A', old);
    expect(await keys.inUse('H501', 'ws', 'postazione', at('2026-01-01'))).toBeUndefined();
    expect(await keys.inUse('F205', 'ws', 'firma', at('2026-01-01'))).toBeUndefined();
    expect(await keys.byKid('F205', (await keys.inUse('H501', 'ws', 'firma', at('2026-01-01')))!.kid)).toBeUndefined();
  });

  it('of a PDND client is found by its thumbprint', async () => {
    const { keys, install, installed } = connection();
    await install('A', old, 'client', 'pdnd');
    const { kid } = installed()[0]!;
    const key = (await keys.byKid('H501', kid))!;
    expect(await key.sign(Buffer.from('x'), 'rsa-sha256')).toEqual(await heldKey(old.key, []).sign(Buffer.from('x'), 'rsa-sha256'));
    expect(await keys.byKid('H501', `${kid.slice(1)}A`)).toBeUndefined();
  });

  it('is opened once, and asked for again by everybody', async () => {
    const { keys, install, reads } = connection();
    await install('A', old);
    const asked = await Promise.all(Array.from({ length: 20 }, () => keys.inUse('H501', 'ws', 'firma', at('2026-01-01'))));
    expect(new Set(asked).size).toBe(1);
    expect(reads()).toBe(1);
  });

  it('is forgotten when it is retired, and the others are not opened anew', async () => {
    const { keys, custody, install, installed, says, reads } = connection();
    await install('A', old);
    await install('B', renewed);
    for (const day of ['2026-01-01', '2026-11-20']) await keys.inUse('H501', 'ws', 'firma', at(day));
    const [first, second] = installed();
    says([second!]);
    await custody.retire(ROMA, id('A'));
    expect(await subjectOf(keys, '2026-01-01')).toBeUndefined();
    expect(await subjectOf(keys, '2026-11-20')).toBe('CN=dopo');
    expect(reads()).toBe(2);
    // Not even where something said again that it may be used.
    says([first!, second!]);
    expect(await subjectOf(keys, '2026-01-01')).toBeUndefined();
  });

  it('that was not there is looked for again', async () => {
    const { keys, install, installed, says } = connection();
    await install('A', old);
    const [told] = installed();
    says([{ ...told!, kid: 'another' }]);
    expect(await subjectOf(keys, '2026-01-01')).toBeUndefined();
    says([told!]);
    expect(await subjectOf(keys, '2026-01-01')).toBe('CN=prima');
  });

  it('in a device that is away is asked for again when it is back', async () => {
    let back = false;
    const device: Device = { ...noDevice, key: () => (back ? Promise.resolve(heldKey(old.key, [])) : Promise.reject(failConnection('dispositivo-assente', { motivo: 'non risponde' }))) };
    const { keys, custody, says } = connection(device);
    back = true;
    says([await custody.device(ROMA, { certificate: id('A'), use: 'firma', responsible, label: 'H501-firma', chain: old.pem })]);
    back = false;
    await expect(keys.inUse('H501', 'ws', 'firma', at('2026-01-01'))).rejects.toMatchObject({ code: 'dispositivo-assente' });
    back = true;
    expect(await subjectOf(keys, '2026-01-01')).toBe('CN=prima');
  });
});

describe('what is shown on TLS', () => {
  it('is the certificate for it with those above it, and its key', async () => {
    const { keys, install } = connection();
    await install('A', old);
    expect(await keys.shown('H501', at('2026-01-01'))).toBeUndefined();
    await install('B', old, 'tls');
    const { cert, key } = (await keys.shown('H501', at('2026-01-01')))!;
    expect(cert.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)!.map((one) => new X509Certificate(one).raw)).toEqual([old.pem, ca.pem].map((one) => new X509Certificate(one).raw));
    expect(new X509Certificate(cert).checkPrivateKey(old.key)).toBe(true);
    expect(key).toBe(old.keyPem);
  });
});
