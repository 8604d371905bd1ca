import fc from 'fast-check';
import { createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Sealed } from '@geres/contracts';
import { boxOf, CannotOpen } from './box.js';

const box = boxOf(randomBytes(32));

describe('what is sealed', () => {
  it('opens with the same secret in the same place, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.string(), (value, context) => {
        expect(box.open(box.seal(value, context), context)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not open with another secret, or in another place', () => {
    const sealed = box.seal({ codiceFiscale: 'x' }, 'lookup-1');
    expect(() => boxOf(randomBytes(32)).open(sealed, 'lookup-1')).toThrow(CannotOpen);
    expect(() => box.open(sealed, 'lookup-2')).toThrow(CannotOpen);
    expect(() => box.open(sealed, '')).toThrow(CannotOpen);
  });

  it('does not open when any bit of it was altered', () => {
    const sealed = box.seal({ a: 1 }, 'x');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes);
      altered[at]! ^= 1;
      expect(() => box.open(`s1.${altered.toString('base64url')}` as Sealed, 'x')).toThrow(CannotOpen);
    }
  });

  it.each(['', 's1.', 's1.AAAA', 's2.AAAA', 'not sealed'])('that was never sealed (%j) does not open', (text) => {
    expect(() => box.open(text as Sealed, 'x')).toThrow(CannotOpen);
  });

  it('is never twice the same, and does not show what it holds', () => {
    const sealed = Array.from({ length: 50 }, () => box.seal('Montalcini', 'x'));
    expect(new Set(sealed).size).toBe(50);
    for (const one of sealed) expect(Buffer.from(one.slice(3), 'base64url').includes('Montalcini')).toBe(false);
  });

  it('is AES-256-GCM under a key that HKDF gives for data alone', () => {
    const secret = randomBytes(32);
    const bytes = Buffer.from(boxOf(secret).seal({ b: 1, a: 'è' }, 'lookup-1').slice(3), 'base64url');
    const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'geres/data/1', 32));
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from('lookup-1')).setAuthTag(bytes.subarray(-16));
    expect(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString()).toBe('{"a":"è","b":1}');
  });
});

describe('a tag', () => {
  it('is the same for the same value of the same kind under the same secret, and for nothing else', () => {
    const tag = box.tag('codice-fiscale', 'x');
    expect(tag).toMatch(/^[0-9a-f]{32}$/);
    expect(box.tag('codice-fiscale', 'x')).toBe(tag);
    for (const other of [box.tag('codice-fiscale', 'y'), box.tag('pratica', 'x'), boxOf(randomBytes(32)).tag('codice-fiscale', 'x'), box.digest('x'), box.digest('codice-fiscale\0x')]) expect(other).not.toBe(tag);
  });

  it('is HMAC-SHA-256 under a key that HKDF gives for tags alone', () => {
    const secret = randomBytes(32);
    const keyed = (purpose: string, text: string): string =>
      createHmac('sha256', Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `geres/${purpose}/1`, 32)))
        .update(text)
        .digest('hex')
        .slice(0, 32);
    expect(boxOf(secret).tag('pratica', '2026/1')).toBe(keyed('tag', 'pratica\u00002026/1'));
    expect(boxOf(secret).digest('{}')).toBe(keyed('digest', '{}'));
  });
});
