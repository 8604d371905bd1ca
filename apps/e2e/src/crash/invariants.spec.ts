import type { AskLookup, LookupOutcome } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { ulid } from 'ulid';
import { askedOtherwise, keyIn, keysBroken, lost, quotasBroken, repeatedOrOpen, toldOtherwise } from './invariants.js';
import type { Asked } from './process.js';
import { recordsOf, type LookupRecord } from './records.js';

const AT = Date.parse('2026-11-23T10:00:00Z');
const [first, second, third] = [ulid(AT), ulid(AT + 1), ulid(AT + 2)] as const;
const quotas = new Map([['convenzione', { userPerMinute: 2, userPerDay: 100, conventionPerDay: 100, callsPerDay: 100 }]]);

const requested = (lookup: string, more: object = {}): LookupRecord => ({ kind: 'requested', data: { lookup, comune: 'H501', user: 'utente', convention: 'convenzione', operationId: lookup, ...more } as never });
const further = (lookup: string, call = 2): LookupRecord => ({ kind: 'asked', data: { lookup, comune: 'H501', call, operationId: `${lookup}/${call}`, askBy: '' } });
const failed = (lookup: string, problem: string): LookupRecord => ({ kind: 'outcome', event: { type: 'anpr.lookup.failed', v: 1, data: { lookup, comune: 'H501', problem } } });
const refused = (lookup: string, reason: string): LookupRecord => ({ kind: 'refused', data: { lookup, comune: 'H501', user: 'utente', convention: 'convenzione', reason } });
const answered = (lookup: string): LookupRecord => ({ kind: 'outcome', event: { type: 'anpr.lookup.answered', v: 1, data: { lookup, comune: 'H501', outcome: 'trovato' } as never } });
const interrupted = (lookup: string): LookupRecord => ({ kind: 'outcome', event: { type: 'anpr.lookup.interrupted', v: 1, data: { lookup, comune: 'H501', reason: 'processo-interrotto' } } });

const sent = (...commands: readonly (readonly [lookup: string, key?: string])[]) => new Map(commands.map(([lookup, key]) => [lookup, { id: lookup, data: { lookup, ...(key ? { idempotencyKey: key } : {}) } } as AskLookup]));
const answer = (lookup: string, nome = 'x'): LookupOutcome => ({ kind: 'answered', lookup, risposta: { id: lookup, esito: 'trovato', nome } });
const asked = (id: string, changed: Partial<Asked> = {}): readonly [string, Asked] => [id, { idOperazioneComune: id, volte: 1, domandeDiverse: false, esito: 'OK', ...changed }];

describe('what is demanded of an archive whose processes were killed', () => {
  it('is met by lookups that were asked, answered and told once', () => {
    const records = recordsOf([requested(first), answered(first), refused(second, 'motivo-non-ammesso')]);
    const witness = { sent: sent([first], [second]), taken: new Set([first, second]), heard: [{ to: first, outcome: answer(first) }] };
    expect([...repeatedOrOpen(records), ...toldOtherwise(witness, records), ...lost(witness, records), ...keysBroken(keyIn(witness), records), ...quotasBroken(records, quotas), ...askedOtherwise(new Map([asked(first)]), records)]).toEqual([]);
  });

  it('finds a record that is there twice, an outcome that is there twice, a lookup that is left open', () => {
    expect(repeatedOrOpen(recordsOf([requested(first), requested(first), answered(first)]))).toHaveLength(1);
    expect(repeatedOrOpen(recordsOf([requested(first), answered(first), interrupted(first)]))).toHaveLength(1);
    expect(repeatedOrOpen(recordsOf([requested(first)]))).toHaveLength(1);
    expect(repeatedOrOpen(recordsOf([answered(first)]))).toHaveLength(1);
  });

  it('finds an answer without its event, one that the archive knows otherwise, two answers to one lookup', () => {
    const told = (records: readonly LookupRecord[], ...heard: readonly LookupOutcome[]) => toldOtherwise({ sent: sent([first]), heard: heard.map((outcome) => ({ to: first, outcome })) }, recordsOf(records));
    expect(told([requested(first)], answer(first))).toHaveLength(1);
    expect(told([requested(first), interrupted(first)], answer(first))).toHaveLength(1);
    expect(told([requested(first), answered(first)], answer(first), answer(first, 'y'))).toHaveLength(1);
    expect(told([], { kind: 'recorded', lookup: first })).toHaveLength(1);
    expect(told([requested(first), answered(first)], { kind: 'problem', lookup: first, problem: { code: 'richiesta-interrotta', status: 503, title: '', detail: '', params: {} } })).toHaveLength(1);
    expect(told([requested(second), answered(second)], answer(second))).toHaveLength(1);
  });

  it('finds a command that was taken and left no trace', () => {
    const witness = { sent: sent([first, 'chiave'], [second, 'chiave'], [third]), taken: new Set([first, second, third]), heard: [] };
    expect(lost(witness, recordsOf([requested(first)]))).toEqual([third]);
  });

  it('finds a key that began a second lookup while the first was under way, or after it was answered, or without naming it', () => {
    const both = keyIn({ sent: sent([first, 'chiave'], [second, 'chiave']) });
    expect(keysBroken(both, recordsOf([requested(first), requested(second, { retryOf: first })]))).toHaveLength(1);
    expect(keysBroken(both, recordsOf([requested(first), answered(first), requested(second, { retryOf: first })]))).toHaveLength(1);
    expect(keysBroken(both, recordsOf([requested(first), interrupted(first), requested(second)]))).toHaveLength(1);
    expect(keysBroken(both, recordsOf([requested(first), interrupted(first), requested(second, { retryOf: first })]))).toEqual([]);
  });

  it('finds a lookup beyond a quota, and a refusal for a quota that had room', () => {
    expect(quotasBroken(recordsOf([requested(first), requested(second), requested(third)]), quotas)).toHaveLength(1);
    expect(quotasBroken(recordsOf([requested(first), refused(second, 'quota-superata')]), quotas)).toHaveLength(1);
    expect(quotasBroken(recordsOf([requested(first), requested(second), refused(third, 'quota-superata')]), quotas)).toEqual([]);
  });

  it('is met by a lookup of several calls, each recorded and made once', () => {
    const records = recordsOf([requested(first), further(first), further(first, 3), answered(first)]);
    expect([...repeatedOrOpen(records), ...askedOtherwise(new Map([asked(first), asked(`${first}/2`), asked(`${first}/3`)]), records)]).toEqual([]);
  });

  it('finds a further call that is there twice, of no lookup that was under way, that was made without a record, or answered without being made', () => {
    expect(repeatedOrOpen(recordsOf([requested(first), further(first), further(first), answered(first)]))).toHaveLength(1);
    expect(repeatedOrOpen(recordsOf([requested(first), answered(first), further(first)]))).toHaveLength(1);
    expect(askedOtherwise(new Map([asked(first), asked(`${first}/2`)]), recordsOf([requested(first), answered(first)]))).toHaveLength(1);
    expect(askedOtherwise(new Map([asked(first)]), recordsOf([requested(first), further(first), answered(first)]))).toHaveLength(1);
    expect(askedOtherwise(new Map([asked(first)]), recordsOf([requested(first), further(first), interrupted(first)]))).toEqual([]);
  });

  it('finds an operation id that is given twice', () => {
    expect(askedOtherwise(new Map([asked('1')]), recordsOf([requested(first, { operationId: '1' }), interrupted(first), requested(second, { operationId: '1' }), interrupted(second)]))).toHaveLength(1);
  });

  it('finds a further call beyond the calls of the day, and one that was not made though they had room', () => {
    const two = new Map([['convenzione', { userPerMinute: 100, userPerDay: 100, conventionPerDay: 100, callsPerDay: 2 }]]);
    expect(quotasBroken(recordsOf([requested(first), further(first), further(first, 3)]), two)).toHaveLength(1);
    expect(quotasBroken(recordsOf([requested(first), further(first), requested(second)]), two)).toHaveLength(1);
    expect(quotasBroken(recordsOf([requested(first), failed(first, 'quota-superata')]), two)).toHaveLength(1);
    expect(quotasBroken(recordsOf([requested(first), further(first), failed(first, 'quota-superata'), refused(second, 'quota-superata')]), two)).toEqual([]);
  });

  it('finds what ANPR was asked without a record, twice, or with two questions, and an answer that nobody asked for', () => {
    const records = recordsOf([requested(first), answered(first)]);
    expect(askedOtherwise(new Map([asked(first), asked(second)]), records)).toHaveLength(1);
    expect(askedOtherwise(new Map([asked(first, { volte: 2 })]), records)).toHaveLength(1);
    expect(askedOtherwise(new Map([asked(first, { domandeDiverse: true })]), records)).toHaveLength(1);
    expect(askedOtherwise(new Map(), records)).toHaveLength(1);
  });
});
