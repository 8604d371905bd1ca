import { Ulid } from '@geres/contracts';
import { decodeTime } from 'ulid';
import { expect, it } from 'vitest';
import { lookupId } from './lookup-id.js';

const NOW = new Date('2026-11-23T09:00:00.123Z');
const ids = Array.from({ length: 20_000 }, () => lookupId(NOW));

it('is a ULID that says when it was made', () => {
  expect(ids.every((id) => Ulid.safeParse(id).success)).toBe(true);
  expect(decodeTime(ids[0]!)).toBe(NOW.getTime());
});

it('is never the same, and uses every letter in every place', () => {
  expect(new Set(ids).size).toBe(ids.length);
  for (let place = 10; place < 26; place++) expect(new Set(ids.map((id) => id[place])).size).toBe(32);
});
