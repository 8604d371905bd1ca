import { describe, expect, it } from 'vitest';
import { goodClaims } from '../testing/issuer.js';
import { VerifiedTokens } from './verified-tokens.js';

const NOW = new Date('2026-11-23T09:00:00.000Z');
const claims = goodClaims('http://geres.example', NOW.getTime());
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

describe('tokens that have been verified', () => {
  it('are known until they expire, and not at that instant', () => {
    const tokens = new VerifiedTokens();
    tokens.put('a', claims);
    expect(tokens.get('a', later(299))).toBe(claims);
    expect(tokens.get('a', later(300))).toBeUndefined();
    expect(tokens.get('a', later(299))).toBeUndefined();
  });

  it('are known by their whole text', () => {
    const tokens = new VerifiedTokens();
    tokens.put('header.payload.signature', claims);
    expect(tokens.get('header.payload.signaturE', NOW)).toBeUndefined();
  });

  it('give way, when there are too many, to those used last', () => {
    const tokens = new VerifiedTokens(2);
    tokens.put('a', claims);
    tokens.put('b', claims);
    tokens.get('a', NOW);
    tokens.put('c', claims);
    expect(['a', 'b', 'c'].filter((token) => tokens.get(token, NOW))).toEqual(['a', 'c']);
  });

  it('are not kept themselves', () => {
    const tokens = new VerifiedTokens();
    tokens.put('header.payload.signature', claims);
    expect(JSON.stringify([...(tokens as unknown as { readonly known: Map<string, unknown> }).known.keys()])).not.toContain('signature');
  });
});
