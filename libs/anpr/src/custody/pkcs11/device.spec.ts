import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '@geres/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { authority } from '../../testing/certificates.js';
import { secretRows } from '../../testing/custody.js';
import { describeWithSoftHsm, softHsm, type SoftHsm } from '../../testing/softhsm.js';
import { connectionKeys } from '../connection-keys.js';
import { openCustody } from '../custody.js';
import type { Device } from '../device.js';
import { publicPart } from '../held.js';
import { CannotLoad, CryptokiRefused, type Cryptoki } from './cryptoki.js';
import { openDevice, type DeviceOptions } from './device.js';

const DATA = Buffer.from('<soap:Body/>');
const rsa = (modulusLength = 2048) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return { privateKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
};

const opened: Device[] = [];
afterEach(async () => {
  for (const device of opened.splice(0)) await device.close();
});
const device = (options: DeviceOptions): Device => {
  const one = openDevice(options);
  opened.push(one);
  return one;
};
const motive = async (asking: Promise<unknown>): Promise<unknown> => {
  const error = (await asking.then(() => undefined, (failure: unknown) => failure)) as Problem & { readonly cause?: Problem };
  return (error.cause ?? error).params['motivo'] ?? error.code;
};

describeWithSoftHsm('a key in a device behind PKCS#11', () => {
  let hsm: SoftHsm;
  const firma = rsa();
  beforeAll(async () => {
    hsm = await softHsm();
    await hsm.token('comuni');
    await hsm.token('altro');
    await hsm.put('comuni', 'H501-firma', firma.pem);
    await hsm.put('comuni', 'F205-firma', rsa(3072).pem);
    await hsm.make('comuni', 'H501-attento', '--key-type', 'rsa:2048', '--id', '77', '--always-auth');
    await hsm.make('comuni', 'H501-corta', '--key-type', 'rsa:1024', '--id', '78');
    await hsm.make('comuni', 'H501-curva', '--key-type', 'EC:prime256v1', '--id', '79');
    for (const id of ['80', '81']) await hsm.make('comuni', 'H501-doppia', '--key-type', 'rsa:2048', '--id', id);
  });
  afterAll(() => hsm.close());
  const ours = (options: Partial<DeviceOptions> = {}): Device => device({ module: hsm.module, token: 'comuni', pin: hsm.pin, ...options });

  it.each(['rsa-sha1', 'rsa-sha256', 'rsa-sha512'] as const)('signs with %s as its public half verifies', async (algorithm) => {
    const key = await ours().key('H501-firma');
    expect(key).toMatchObject(publicPart(firma.privateKey));
    const signature = await key.sign(DATA, algorithm);
    expect(verify(algorithm.replace('rsa-', ''), DATA, createPublicKey(firma.privateKey), signature)).toBe(true);
  });

  it('is found by its label, whatever its size', async () => {
    const { jwk, sign } = await ours().key('F205-firma');
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
    expect(verify('sha256', DATA, publicKey, await sign(DATA, 'rsa-sha256'))).toBe(true);
  });

  it('that asks for the PIN at each signature gets it', async () => {
    const { jwk, sign } = await ours().key('H501-attento');
    for (let n = 0; n < 3; n++) expect(verify('sha256', DATA, createPublicKey({ key: { ...jwk }, format: 'jwk' }), await sign(DATA, 'rsa-sha256'))).toBe(true);
  });

  it('signs for many at once, over the sessions that it has', async () => {
    const key = await ours({ sessions: 3 }).key('H501-firma');
    const texts = Array.from({ length: 40 }, (_, n) => Buffer.from(String(n)));
    const signatures = await Promise.all(texts.map((text) => key.sign(text, 'rsa-sha256')));
    const publicKey = createPublicKey(firma.privateKey);
    expect(texts.every((text, n) => verify('sha256', text, publicKey, signatures[n]!))).toBe(true);
  });

  it('signs again once the device is back', async () => {
    const key = await ours().key('H501-firma');
    await Promise.all([key.sign(DATA, 'rsa-sha256'), key.sign(DATA, 'rsa-sha256')]);
    for (let n = 0; n < 3; n++) {
      hsm.pullOut();
      const signatures = await Promise.all(Array.from({ length: 4 }, () => key.sign(DATA, 'rsa-sha256')));
      for (const signature of signatures) expect(verify('sha256', DATA, createPublicKey(firma.privateKey), signature)).toBe(true);
    }
  });

  it('signs no more when another has its label', async () => {
    await hsm.put('comuni', 'H501-cambiata', rsa().pem);
    const key = await ours().key('H501-cambiata');
    await key.sign(DATA, 'rsa-sha256');
    await hsm.remove('comuni', 'H501-cambiata');
    await hsm.put('comuni', 'H501-cambiata', rsa().pem);
    hsm.pullOut();
    expect(await motive(key.sign(DATA, 'rsa-sha256'))).toBe('la chiave con questa etichetta non è più quella di prima');
    await hsm.remove('comuni', 'H501-cambiata');
    hsm.pullOut();
    expect(await motive(key.sign(DATA, 'rsa-sha256'))).toBe('non ha una chiave RSA con questa etichetta');
  });

  it('is the key of a connection like any other', async () => {
    const { pem, keyPem } = await (await authority()).issue('058091-CO-9999');
    await hsm.put('comuni', 'H501-comune', keyPem);
    const vault = { secrets: secretRows().store(), device: ours() };
    const installed = await openCustody(vault).device({ comune: 'H501', channel: 'ws' }, { certificate: '01JD0CERT0000000000000000A', use: 'firma', responsible: '01JD0SER00000000000000000A', label: 'H501-comune', chain: pem });
    await openCustody(vault).usable({ comune: 'H501', channel: 'ws' }, installed);
    const held = (await connectionKeys({ ...vault, certificates: () => [installed] }).inUse('H501', 'ws', 'firma', new Date('2026-11-23T09:00:00Z')))!;
    expect(verify('sha256', DATA, held.certificate!.publicKey, await held.sign(DATA, 'rsa-sha256'))).toBe(true);
    await hsm.remove('comuni', 'H501-comune');
    hsm.pullOut();
    await expect(openCustody(vault).usable({ comune: 'H501', channel: 'ws' }, installed)).rejects.toMatchObject({ code: 'dispositivo-assente', params: { motivo: 'non ha una chiave RSA con questa etichetta' } });
    await expect(held.sign(DATA, 'rsa-sha256')).rejects.toMatchObject({ name: 'CannotSign', reason: 'dispositivo' });
  });

  it.each([
    ['H501-nessuna', 'non ha una chiave RSA con questa etichetta'],
    ['H501-curva', 'non ha una chiave RSA con questa etichetta'],
    ['H501-doppia', 'ha più chiavi con questa etichetta'],
    ['H501-corta', 'chiave-non-ammessa'],
  ])('is refused by the label %s: %s', async (label, why) => {
    expect(await motive(ours().key(label))).toBe(why);
  });

  it('is not found where the token is another, nor where there is none of that name', async () => {
    expect(await motive(ours({ token: 'altro' }).key('H501-firma'))).toBe('non ha una chiave RSA con questa etichetta');
    expect(await motive(ours({ token: 'assente' }).key('H501-firma'))).toBe('non c’è un dispositivo di nome assente');
  });

  it('with a wrong PIN is not found', async () => {
    hsm.pullOut();
    const wrong = ours({ token: 'altro', pin: '9999' });
    for (let n = 0; n < 3; n++) expect(await motive(wrong.key('H501-firma'))).toBe('il PIN è errato');
    await expect(ours().key('H501-firma')).resolves.toMatchObject(publicPart(firma.privateKey));
  });
});

describe('a PIN that a device refuses', () => {
  it.each([0xa0, 0xa4])('is not tried again: a few attempts block the device (0x%s)', async (code) => {
    const tried: string[] = [];
    const closed: bigint[] = [];
    const refusing = {
      slotsWithToken: () => Promise.resolve([7n]),
      tokenLabel: () => Promise.resolve('comuni'),
      openSession: () => Promise.resolve(1n),
      closeSession: (session: bigint) => Promise.resolve(void closed.push(session)),
      login: (_session: bigint, _user: string, pin: string) => Promise.reject(new CryptokiRefused('C_Login', (tried.push(pin), code))),
    } as unknown as Cryptoki;
    const one = openDevice({ module: 'm', token: 'comuni', pin: '9999', sessions: 2 }, () => Promise.resolve(refusing));
    for (let n = 0; n < 4; n++) expect(await motive(one.key('H501-firma'))).toBe(code === 0xa0 ? 'il PIN è errato' : 'il PIN è bloccato');
    expect({ tried, closed }).toEqual({ tried: ['9999'], closed: [1n] });
  });
});

describe('a device that is not there', () => {
  it('is told so when it is asked, not before', async () => {
    const absent = device({ module: '/nowhere/module.so', token: 'comuni', pin: '1234' });
    expect(await motive(absent.key('H501-firma'))).toBe('il modulo di GERES_PKCS11_MODULE non si carica');
  });

  it('is not there for a machine without the library that calls it', async () => {
    const without = openDevice({ module: 'm', token: 'comuni', pin: '1234' }, () => Promise.reject(new CannotLoad('koffi', {})));
    expect(await motive(without.key('H501-firma'))).toBe('su questo sistema manca la libreria koffi');
  });

  it('is not taken for one because it is a library', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'geres-module-'));
    await writeFile(join(folder, 'text.so'), 'ciao');
    expect(await motive(device({ module: join(folder, 'text.so'), token: 'comuni', pin: '1234' }).key('H501-firma'))).toBe('il modulo di GERES_PKCS11_MODULE non si carica');
    await rm(folder, { recursive: true });
  });
});
