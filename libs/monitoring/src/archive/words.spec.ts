import { allEvents, UnknownEvent, type EventContract } from '@geres/contracts';
import type { DomainEvent } from '@geres/kernel';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { describeActor, describeEvent } from './words.js';

/** Members of data that hold what people write, or what is sealed, tagged or keyed: none may appear in a sentence. */
const WRITTEN = new Set(['reason', 'legalBasis', 'wsReason', 'description', 'details', 'subject', 'hash', 'secret', 'tags', 'loginTag', 'answer', 'key', 'body']);
const CODES_AS_REASON = new Set(['anpr.lookup.refused', 'anpr.lookup.refusals-counted', 'anpr.lookup.interrupted', 'identity.session.refused', 'identity.session.closed']);

const SECRET = 'segretissimo';
const VALUES: Readonly<Record<string, unknown>> = { lookup: '01JDK000000000000000000000', user: '01JDTSER00000000000000000A', comune: 'H501', ente: 'c_h501' };

/** Data that a schema admits: every member is there, and those that people write or that are sealed hold a word that is looked for. */
function sample(schema: z.ZodType, name: string, type: string): unknown {
  const hidden = WRITTEN.has(name) && !(name === 'reason' && CODES_AS_REASON.has(type));
  const json = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' }) as Json;
  return made(json, name, type, hidden, json.$defs ?? {});
}

interface Json {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Json[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly items?: Json;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Json>>;
}

function made(json: Json, name: string, type: string, hidden: boolean, defs: Readonly<Record<string, Json>>): unknown {
  if (json.$ref) return made(defs[json.$ref.split('/').at(-1)!]!, name, type, hidden, defs);
  if (json.const !== undefined) return json.const;
  if (json.enum) return json.enum[0];
  if (json.anyOf) return made(json.anyOf[0]!, name, type, hidden, defs);
  switch (json.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(json.properties ?? {}).map(([member, of]) => [member, made(of, member, type, hidden || (WRITTEN.has(member) && !(member === 'reason' && CODES_AS_REASON.has(type))) || (name === 'key' && member !== 'kid'), defs)]),
      );
    case 'array':
      return [made(json.items ?? {}, name, type, hidden, defs)];
    case 'integer':
    case 'number':
      return 3;
    case 'boolean':
      return true;
    default:
      if (hidden && !(name === 'kid')) return SECRET;
      return VALUES[name] ?? `<${name}>`;
  }
}

const eventOf = ({ type, v, data }: EventContract): DomainEvent => ({ type, v, data: sample(data, '', type) as object });

describe('an event in words', () => {
  it.each(allEvents.map((contract) => [contract.type, contract] as const))('%s: a sentence without what is sealed, tagged or written by people', (_, contract) => {
    const event = eventOf(contract);
    const words = describeEvent(event);
    expect(words).toMatch(/^\p{Lu}[\s\S]{10,}$|^\d/u);
    expect(words).not.toContain(SECRET);
    expect(words).not.toMatch(/\bundefined\b|\bnull\b|\[object|\bNaN\b/);
  });

  it.each(allEvents.map((contract) => [contract.type, contract] as const))('%s: the same sentence without what may be missing', (_, contract) => {
    const whole = eventOf(contract);
    const required = (z.toJSONSchema(contract.data, { unrepresentable: 'any', io: 'output' }) as { readonly required?: readonly string[] }).required ?? [];
    const data = Object.fromEntries(Object.entries(whole.data).filter(([member]) => required.includes(member)));
    expect(describeEvent({ ...whole, data })).not.toMatch(/\bundefined\b|\bnull\b|\[object|\bNaN\b/);
  });

  it.each<readonly [string, DomainEvent, string]>([
    [
      'one refusal counted',
      { type: 'anpr.lookup.refusals-counted', v: 1, data: { comune: 'H501', application: 'tributi-h501', reason: 'quota-superata', minute: '2026-11-23T09:00:00.000Z', lookups: ['a'] } },
      '1 richiesta rifiutata all’applicazione tributi-h501 nel Comune H501 nel minuto 2026-11-23T09:00:00.000Z: quota-superata',
    ],
    ['an archive that is whole', { type: 'monitoring.archive.verified', v: 1, data: { streams: 12, events: 1200000, broken: [] } }, 'L’archivio è stato verificato: 1.200.000 eventi in 12 registri, integro'],
    ['an archive that is damaged', { type: 'monitoring.archive.verified', v: 1, data: { streams: 12, events: 3, broken: [{ stream: 'a-1', version: 2 }] } }, 'L’archivio è stato verificato: 3 eventi in 12 registri, 1 registro alterato'],
    ['secrets that were destroyed', { type: 'monitoring.archive.shredded', v: 1, data: { comune: 'H501', month: '201611', reason: 'scadenza' } }, 'I segreti del Comune H501 per 11/2016 sono stati distrutti: le persone di quelle richieste non si possono più leggere'],
    ['a person that was seen', { type: 'monitoring.archive.consulted', v: 1, data: { comune: 'H501', what: 'soggetto', lookup: '01JDK000000000000000000000', tags: [], reason: SECRET, found: 1 } }, 'È stata vista la persona della richiesta 01JDK000000000000000000000 del Comune H501'],
    ['a lookup that found nobody', { type: 'anpr.lookup.answered', v: 1, data: { lookup: 'L', comune: 'H501', outcome: 'non-trovato', sections: [], persons: 0, answer: SECRET, tags: [], anprMs: 80 } }, 'ANPR ha risposto alla richiesta L in 80 ms: non-trovato, 0 persone, sezioni mostrate nessuna'],
  ])('says it for %s', (_, event, words) => {
    expect(describeEvent(event)).toBe(words);
  });

  it.each([
    ['type', { type: 'anpr.lookup.forgotten', v: 1, data: {} }],
    ['version', { type: 'anpr.register.taken', v: 9, data: {} }],
    ['type that every object has', { type: 'constructor', v: 1, data: {} }],
  ])('is refused for an unknown %s', (_, event) => {
    expect(() => describeEvent(event)).toThrow(UnknownEvent);
  });
});

describe('who acted, in words', () => {
  it.each([
    ['user:01JDTSER00000000000000000A', 'utente 01JDTSER00000000000000000A'],
    ['application:tributi-h501', 'applicazione tributi-h501'],
    ['system:connettore', 'sistema (connettore)'],
    ['strano', 'sistema (strano)'],
  ])('%s: %s', (actor, words) => {
    expect(describeActor({ actor })).toBe(words);
  });
});
