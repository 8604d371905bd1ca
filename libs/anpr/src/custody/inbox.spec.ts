import { SEALED_KEY_TYPE, sealedKeyPurpose } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { sealedTo, secretRows } from '../testing/custody.js';
import { openInbox } from './inbox.js';

const ROMA = { comune: 'H501', channel: 'ws' } as const;
const KEY = { pkcs12: 'AAAA', password: 'segretissima' };
const refused = (motivo: string) => ({ code: 'chiave-illeggibile', params: { motivo } });

describe('the connector’s own key', () => {
  it('is made when it is first asked for, and is one for every process and every start', async () => {
    const { store } = secretRows();
    const keys = await Promise.all([openInbox(store()), openInbox(store()), openInbox(store())].map((inbox) => inbox.publicKey()));
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
    expect(await openInbox(store()).publicKey()).toEqual(keys[0]);
    expect(keys[0]).toEqual({ kty: 'EC', crv: 'P-256', x: expect.any(String) as string, y: expect.any(String) as string, kid: expect.stringMatching(/^[\w-]{43}$/) as string, alg: 'ECDH-ES', use: 'enc' });
  });

  it('opens what was sealed to it for that connection', async () => {
    const inbox = openInbox(secretRows().store());
    const jwe = await sealedTo(await inbox.publicKey(), ROMA, KEY);
    expect(await inbox.open(jwe, 'H501', 'ws')).toEqual(KEY);
    expect(jwe).toMatch(/^[\w-]+(?:\.[\w-]*){4}$/);
  });

  it.each([
    ['F205', 'ws'],
    ['H501', 'pdnd'],
  ] as const)('does not open for %s over %s what was sealed for another connection', async (comune, channel) => {
    const inbox = openInbox(secretRows().store());
    await expect(inbox.open(await sealedTo(await inbox.publicKey(), ROMA, KEY), comune, channel)).rejects.toMatchObject(refused('è sigillata per un’altra connessione o per un altro scopo'));
  });

  it.each([
    ['another type', { typ: 'JWE' }],
    ['no type', { typ: undefined }],
    ['no purpose', { purpose: undefined }],
    ['the purpose in other letters', { purpose: sealedKeyPurpose('h501', 'ws') }],
  ])('does not open what bears %s', async (_, header) => {
    const inbox = openInbox(secretRows().store());
    await expect(inbox.open(await sealedTo(await inbox.publicKey(), ROMA, KEY, header), 'H501', 'ws')).rejects.toMatchObject(refused('è sigillata per un’altra connessione o per un altro scopo'));
  });

  it('does not open what was sealed to another, altered, or is something else', async () => {
    const inbox = openInbox(secretRows().store());
    const mine = await inbox.publicKey();
    const other = await openInbox(secretRows().store()).publicKey();
    const [header, ...rest] = (await sealedTo(mine, ROMA, KEY)).split('.');
    const elsewhere = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(header!, 'base64url').toString()) as object), purpose: sealedKeyPurpose('F205', 'ws') })).toString('base64url');
    for (const jwe of [await sealedTo(other, ROMA, KEY), await sealedTo({ ...other, kid: mine.kid }, ROMA, KEY), [elsewhere, ...rest].join('.'), 'a.b.c.d.e', '']) {
      await expect(inbox.open(jwe, jwe.startsWith(elsewhere) ? 'F205' : 'H501', 'ws')).rejects.toMatchObject(refused('non è sigillata per questo connettore'));
    }
  });

  it.each(['', 'ciao segretissima', '{"pkcs12":"AAAA"', '{"pkcs12":"non è base64!","password":"segretissima"}', '{"pem":"x","altro":1}', '[]'])('opens nothing but a key, and says nothing of what it has seen: %s', async (content) => {
    const inbox = openInbox(secretRows().store());
    const error: unknown = await inbox.open(await sealedTo(await inbox.publicKey(), ROMA, content), 'H501', 'ws').catch((failure: unknown) => failure);
    expect(error).toMatchObject(refused('ciò che è sigillato non è una chiave con la sua password'));
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('segretissima');
  });

  it('bears its type in the name that others know it by', () => expect(SEALED_KEY_TYPE).toBe('geres-chiave+jwe'));
});
