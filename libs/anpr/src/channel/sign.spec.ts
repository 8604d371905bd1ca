import { describe, expect, it } from 'vitest';
import { failing, found } from '../testing/fake-channel.js';
import type { ChannelOutcome, ChannelQuestion } from './channel.js';
import { signOf, turnedAway } from './sign.js';

const failed = (problem: Extract<ChannelOutcome, { kind: 'failed' }>['problem'], more: Partial<Extract<ChannelOutcome, { kind: 'failed' }>> = {}): ChannelOutcome => ({ kind: 'failed', problem, ...more });

describe('what an outcome says of ANPR', () => {
  it.each([
    ['an answer', found({ lookup: 'l', operationId: 'o' } as ChannelQuestion)],
    ['a refusal', failing('anpr-ha-rifiutato')],
    ['an answer about somebody else', failing('risposta-non-coerente')],
    ['a quota that ANPR says is used up', failing('quota-superata')],
    ['the wish to be asked less', failed('anpr-non-disponibile', { detail: '429-TooManyRequests', anprMs: 5, throttled: {} })],
  ])('%s: it answers', (_, outcome) => expect(signOf(outcome)).toBe('life'));

  it.each([
    ['no connection', failed('anpr-non-disponibile', { detail: 'ECONNREFUSED', anprMs: 5 })],
    ['no answer in time', failing('anpr-tempo-scaduto')],
    ['an answer that cannot be read', failed('anpr-non-disponibile', { detail: 'illeggibile html', anprMs: 5 })],
    ['no voucher, because PDND is away', failed('anpr-non-disponibile', { detail: 'pdnd 503' })],
  ])('%s: it does not', (_, outcome) => expect(signOf(outcome)).toBe('failure'));

  it.each([
    ['a question that cannot be sent', failed('anpr-ha-rifiutato', { detail: 'non-inviabile cognome' })],
    ['a day’s quota that is ours', failed('quota-superata')],
    ['a fault of ours', failed('anpr-non-disponibile', { detail: 'errore-interno' })],
    ['a connection that is not active', failed('connessione-non-attiva', { anprMs: 5 })],
    ['a process that stops', failed('richiesta-interrotta', { anprMs: 5 })],
    ['a question past its time', failed('scaduta')],
  ])('%s: nothing', (_, outcome) => expect(signOf(outcome)).toBe('nothing'));
});

describe('a question that does not leave', () => {
  it('fails as ANPR is away, with its reason and when to come again', () =>
    expect(turnedAway({ kind: 'circuit-open', retryInMs: 9500 })).toEqual({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'circuito-aperto', retryAfter: 10 }));

  it('has expired where its turn comes too late', () => expect(turnedAway({ kind: 'late', retryInMs: 0 })).toEqual({ kind: 'failed', problem: 'scaduta', detail: 'in-coda' }));

  it('is open where the process stops', () => expect(turnedAway({ kind: 'stopped' })).toEqual({ kind: 'cut' }));
});
