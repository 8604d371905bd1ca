import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.js';
import { brokenAt, chain, type Sealed } from './digest.js';
import type { EventMeta, Recorded } from './event.js';
import { NO_STREAM } from './event-store.js';
import { sampleEvent, sampleEvents, sampleMeta } from './testing/sample.js';

const recorded = (sealed: readonly Sealed[]): readonly Recorded[] => sealed.map((one) => ({ ...one, data: JSON.parse(one.data) as object, meta: JSON.parse(one.meta) as EventMeta, position: String(one.version) }));
const chained = (count: number): readonly Recorded[] => recorded(chain('spec-1', NO_STREAM, sampleEvents(count)));
const changed = (events: readonly Recorded[], version: number, change: Partial<Recorded>): readonly Recorded[] => events.map((event) => (event.version === version ? { ...event, ...change } : event));

describe('the chain of a stream', () => {
  it('is SHA-256 of the digest before and of the RFC 8785 form of the event', () => {
    const event = { id: '8b2f1f1e-3f0a-5d7e-9c43-0d8c4b3a2f10', type: 'spec.thing.happened', v: 1, data: { b: 'è', a: 1 }, meta: sampleMeta };
    const form =
      '{"data":{"a":1,"b":"è"},"id":"8b2f1f1e-3f0a-5d7e-9c43-0d8c4b3a2f10","meta":{"actor":"system:spec","causationId":"c","correlationId":"c","environment":"test","recordedAt":"2026-11-23T09:00:00.000Z"},' +
      '"stream":"spec-1","type":"spec.thing.happened","v":1,"version":1}';
    expect(chain('spec-1', NO_STREAM, [event])[0]!.digest).toBe(createHash('sha256').update('0'.repeat(64) + form).digest('hex'));
  });

  it('is the same form as the canonical one, whatever the event holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), fc.string({ unit: 'grapheme' }), fc.nat(), (data, type, version) => {
        const event = { ...sampleEvent(data), type };
        const [{ digest }] = chain('spec-"è', { version, digest: NO_STREAM.digest }, [event]) as [Sealed];
        const form = canonical({ stream: 'spec-"è', version: version + 1, id: event.id, type, v: 1, data, meta: event.meta });
        expect(digest).toBe(createHash('sha256').update(NO_STREAM.digest + form).digest('hex'));
      }),
    );
  });

  it('numbers on from the head, and ties each event to the one before', () => {
    const all = chained(4);
    const rest = chain('spec-1', { version: all[1]!.version, digest: all[1]!.digest }, all.slice(2));
    expect(rest.map(({ version, digest }) => ({ version, digest }))).toEqual(all.slice(2).map(({ version, digest }) => ({ version, digest })));
  });

  it('holds for what was chained, from its beginning or from any head', () => {
    const events = chained(5);
    expect(brokenAt(events, NO_STREAM)).toBeUndefined();
    expect(brokenAt(events.slice(2), events[1]!)).toBeUndefined();
    expect(brokenAt([], NO_STREAM)).toBeUndefined();
  });

  it.each<readonly [string, Partial<Recorded>]>([
    ['content', { data: { index: 99 } }],
    ['type', { type: 'spec.thing.undone' }],
    ['shape', { v: 2 }],
    ['id', { id: 'another' }],
    ['author', { meta: { ...sampleMeta, actor: 'user:another' } }],
    ['stream', { stream: 'spec-2' }],
    ['digest', { digest: 'f'.repeat(64) }],
  ])('breaks at an event whose %s was altered', (_, change) => {
    expect(brokenAt(changed(chained(5), 3, change), NO_STREAM)).toBe(3);
  });

  it('breaks where an event is missing, added or out of its place', () => {
    const events = chained(5);
    const [a, b, c, d, e] = events as [Recorded, Recorded, Recorded, Recorded, Recorded];
    expect(brokenAt([a, b, d, e], NO_STREAM)).toBe(3);
    expect(brokenAt([b, c], NO_STREAM)).toBe(1);
    expect(brokenAt([a, c, b], NO_STREAM)).toBe(2);
    expect(brokenAt([a, b, b, c], NO_STREAM)).toBe(3);
  });

  it('breaks after the place where somebody altered an event and its digest alone', () => {
    const events = chained(3);
    const forged = recorded(chain('spec-1', { version: 1, digest: events[0]!.digest }, [sampleEvent({ index: 99 })]))[0]!;
    expect(brokenAt([events[0]!, forged, events[2]!], NO_STREAM)).toBe(3);
  });
});
