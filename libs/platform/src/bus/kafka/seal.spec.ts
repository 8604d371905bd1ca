import type { Command } from '@geres/kernel';
import { randomBytes, type KeyObject } from 'node:crypto';
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader, type CompactJWEHeaderParameters } from 'jose';
import { describe, expect, it } from 'vitest';
import { MessageNotOpened, Seal } from './seal.js';

const TOPIC = 'geres.anpr.commands';
const [lookups, settling] = [randomBytes(32), randomBytes(32)];
const gateway = new Seal({ lookups: [lookups] });
const monitoring = new Seal({ settling: [settling] });
const connector = new Seal({ lookups: [lookups], settling: [settling] });
const ask: Command = { type: 'anpr.lookup.ask', id: '01JDABCDEFGHJKMNPQRSTVWXYZ', key: 'H501', issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2026-11-23T09:00:30.000Z', data: { motivo: 'prova', città: 'è' } };
const settle: Command = { ...ask, type: 'anpr.lookup.settle' };
const refused = (work: Promise<unknown>) => expect(work).rejects.toBeInstanceOf(MessageNotOpened);
const part = (sealed: string, index: number, change: (text: string) => string): string => sealed.split('.').map((one, at) => (at === index ? change(one) : one)).join('.');
const header = (change: object) => (text: string): string => Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(text, 'base64url').toString()), ...change })).toString('base64url');

describe('a message on the bus', () => {
  it('is opened by who holds the key of its family, as it was', async () => {
    expect(await connector.open(TOPIC, await gateway.seal(TOPIC, ask))).toEqual(ask);
    expect(await connector.open(TOPIC, await monitoring.seal(TOPIC, settle))).toEqual(settle);
  });

  it('shows what it is and nothing of what it says', async () => {
    const sealed = await gateway.seal(TOPIC, ask);
    expect(decodeProtectedHeader(sealed)).toMatchObject({ alg: 'dir', enc: 'A256GCM', topic: TOPIC, type: ask.type, id: ask.id, issued: ask.issuedAt, expires: ask.expiresAt });
    expect(Buffer.from(sealed.split('.').map((one) => Buffer.from(one, 'base64url').toString('latin1')).join())).not.toContain('prova');
  });

  it('cannot be written by who has no key of its family, whatever its topic', async () => {
    await expect(monitoring.seal(TOPIC, ask)).rejects.toThrow('no key');
    await expect(gateway.seal(TOPIC, settle)).rejects.toThrow('no key');
    await expect(connector.seal(TOPIC, { ...ask, type: 'other.thing' })).rejects.toThrow('no key');
  });

  it('that names one family and is of another is not opened: monitoring cannot ask', async () => {
    // Its key, and a header of the other's.
    const forged = await new Seal({ lookups: [settling] }).seal(TOPIC, ask);
    await refused(connector.open(TOPIC, forged));
    const kid = decodeProtectedHeader(await monitoring.seal(TOPIC, settle)).kid!;
    await refused(connector.open(TOPIC, part(forged, 0, header({ kid }))));
  });

  it('means nothing on another topic', async () => {
    const sealed = await gateway.seal(TOPIC, ask);
    await refused(connector.open('geres.anpr.answers', sealed));
    await refused(connector.open('geres.anpr.answers', part(sealed, 0, header({ topic: 'geres.anpr.answers' }))));
  });

  it.each(['type', 'id', 'issued', 'expires', 'salt', 'kid'])('with another %s in its header is not opened', async (member) => {
    await refused(connector.open(TOPIC, part(await gateway.seal(TOPIC, ask), 0, header({ [member]: 'x' }))));
  });

  it.each([2, 3, 4])('that was altered in its part %i is not opened', async (index) => {
    const sealed = await gateway.seal(TOPIC, ask);
    await refused(connector.open(TOPIC, part(sealed, index, (text) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`)));
  });

  it('whose header and content say different things is not opened, though its key is right', async () => {
    // Somebody who holds the key, and has a defect.
    const honest = await gateway.seal(TOPIC, ask);
    const own = new Seal({ lookups: [lookups] }) as unknown as { derived(secret: Buffer, salt: string): KeyObject };
    const protectedHeader = { ...decodeProtectedHeader(honest), id: 'other' } as unknown as { alg: 'dir'; enc: 'A256GCM'; salt: string };
    const sealed = await new CompactEncrypt(Buffer.from(JSON.stringify(ask))).setProtectedHeader(protectedHeader).encrypt(own.derived(lookups, protectedHeader.salt));
    await expect(connector.open(TOPIC, sealed)).rejects.toMatchObject({ reason: 'its header is not that of its content' });
  });

  it('is a JWE (RFC 7516) as others make and read them', async () => {
    const { derived } = Seal.prototype as unknown as { derived(secret: Buffer, salt: string): KeyObject };
    const sealed = await gateway.seal(TOPIC, ask);
    const header = decodeProtectedHeader(sealed) as CompactJWEHeaderParameters & { readonly salt: string };
    const key = derived.call(gateway, lookups, header.salt);
    expect(JSON.parse(Buffer.from((await compactDecrypt(sealed, key)).plaintext).toString())).toEqual(ask);
    expect(await connector.open(TOPIC, await new CompactEncrypt(Buffer.from(JSON.stringify(ask))).setProtectedHeader(header).encrypt(key))).toEqual(ask);
  });

  it.each([
    ['a tag that is cut short', (parts: string[]) => parts.with(4, parts[4]!.slice(0, 6))],
    ['a key inside', (parts: string[]) => parts.with(1, 'AAAA')],
    ['a part too many', (parts: string[]) => [...parts, 'AAAA']],
    ['another algorithm in its header', (parts: string[]) => parts.with(0, header({ enc: 'A128GCM' })(parts[0]!))],
    ['an extension that must be understood', (parts: string[]) => parts.with(0, header({ crit: ['exp'] })(parts[0]!))],
  ])('with %s is not opened', async (_, change) => {
    await refused(connector.open(TOPIC, change((await gateway.seal(TOPIC, ask)).split('.')).join('.')));
  });

  it.each(['', 'x', '{}', 'a.b.c.d.e', 'e30....'])('that is no seal at all (%j) is not opened', async (text) => {
    await refused(connector.open(TOPIC, text));
  });

  it('is sealed by each process under a key of its own, so that no nonce can meet itself', async () => {
    const other = new Seal({ lookups: [lookups] });
    const salts = await Promise.all([gateway, gateway, other].map(async (one) => decodeProtectedHeader(await one.seal(TOPIC, ask))['salt']));
    expect(new Set(salts).size).toBe(2);
  });

  it('is opened with the key before as long as it is held, and sealed with the new one', async () => {
    const next = randomBytes(32);
    const before = await gateway.seal(TOPIC, ask);
    const turning = new Seal({ lookups: [next, lookups] });
    expect(await turning.open(TOPIC, before)).toEqual(ask);
    const after = await turning.seal(TOPIC, ask);
    await refused(gateway.open(TOPIC, after));
    await refused(new Seal({ lookups: [next] }).open(TOPIC, before));
  });
});
