import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bulkhead, type BulkheadSize, type Departure, type Turn, type Wait } from './bulkhead.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Questions by name: what became of each, and the way to end those that have left. */
function questions(size: Partial<BulkheadSize> = {}) {
  const states: string[] = [];
  const bulkhead = new Bulkhead({ maxInFlight: 4, maxQueued: 100, ...size }, { onCircuit: (state) => states.push(state) });
  const turns = new Map<string, Turn>();
  const leftAt = new Map<string, number>();
  const ends = new Map<string, () => void>();
  const began = performance.now();
  const departure = (question: string): Departure => {
    const turn = turns.get(question);
    if (turn?.kind !== 'leave') throw new Error(`${question} has not left`);
    return turn.departure;
  };
  const end = (question: string): Promise<void> => {
    ends.get(question)!();
    return vi.advanceTimersByTimeAsync(0).then(() => undefined);
  };
  return {
    bulkhead,
    states,
    leftAt,
    turn: (question: string) => turns.get(question)?.kind,
    retryIn: (question: string) => (turns.get(question) as { retryInMs?: number }).retryInMs,
    ask(question: string, wait?: Wait): void {
      bulkhead.reserve()!.start((turn) => {
        turns.set(question, turn);
        if (turn.kind !== 'leave') return Promise.resolve();
        leftAt.set(question, performance.now() - began);
        return new Promise((resolve) => ends.set(question, resolve));
      }, wait);
    },
    async answered(question: string): Promise<void> {
      departure(question).came('life');
      await end(question);
    },
    async failed(question: string): Promise<void> {
      departure(question).came('failure');
      await end(question);
    },
    async throttled(question: string, forMs?: number): Promise<void> {
      departure(question).came('life', { less: { forMs } });
      await end(question);
    },
    end,
  };
}
const names = (prefix: string, count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('what waits in the bulkhead of a Comune', () => {
  it('is told at its hour that it is too late, though every slot is taken by a slow question', async () => {
    const { ask, turn, bulkhead } = questions({ maxInFlight: 1 });
    ask('slow');
    ask('waiting', { withinMs: 30_000 });
    await pass(29_999);
    expect(turn('waiting')).toBeUndefined();
    await pass(1);
    expect(turn('waiting')).toBe('late');
    expect([bulkhead.queued, bulkhead.inFlight]).toEqual([0, 1]);
  });

  it('is let go at once when the process stops', () => {
    const { ask, turn } = questions({ maxInFlight: 1 });
    const stopping = new AbortController();
    ask('slow');
    ask('waiting', { signal: stopping.signal });
    stopping.abort();
    ask('after', { signal: stopping.signal });
    expect([turn('waiting'), turn('after')]).toEqual(['stopped', 'stopped']);
  });

  it('gives its place back when it is turned away', async () => {
    const { ask, bulkhead } = questions({ maxInFlight: 1, maxQueued: 1 });
    ask('slow');
    ask('waiting', { withinMs: 1000 });
    expect(bulkhead.reserve()).toBeUndefined();
    await pass(1000);
    expect(bulkhead.reserve()).toBeDefined();
    expect(bulkhead.reserve()).toBeUndefined();
  });
});

describe('questions in the name of one ANPR operator', () => {
  it('leave evenly, so many a minute', async () => {
    const { ask, leftAt } = questions({ maxInFlight: 100, perMinute: 30 });
    for (const question of names('q', 4)) ask(question, { name: 'a' });
    await pass(60_000);
    expect([...leftAt]).toEqual([['q1', 0], ['q2', 2000], ['q3', 4000], ['q4', 6000]]);
  });

  it('leave evenly after a quiet hour too', async () => {
    const { ask, leftAt } = questions({ maxInFlight: 100, perMinute: 30 });
    ask('early', { name: 'a' });
    await pass(3_600_000);
    ask('one', { name: 'a' });
    ask('two', { name: 'a' });
    await pass(2000);
    expect([leftAt.get('one'), leftAt.get('two')]).toEqual([3_600_000, 3_602_000]);
  });

  it('do not keep those of another waiting', async () => {
    const { ask, turn } = questions({ maxInFlight: 100, perMinute: 6 });
    for (const question of names('a', 5)) ask(question, { name: 'a' });
    ask('b1', { name: 'b' });
    expect([turn('a1'), turn('a2'), turn('b1')]).toEqual(['leave', undefined, 'leave']);
  });

  it('take no slot while they wait', () => {
    const { ask, bulkhead, turn } = questions({ maxInFlight: 2, perMinute: 1 });
    for (const question of names('a', 5)) ask(question, { name: 'a' });
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([1, 4]);
    ask('b1', { name: 'b' });
    expect(turn('b1')).toBe('leave');
  });

  it('are served in the order of their arrival, whoever’s they are, where slots are what is missing', async () => {
    const { ask, answered, leftAt } = questions({ maxInFlight: 1, perMinute: 6000 });
    ask('first', { name: 'a' });
    for (const question of ['a1', 'b1', 'a2', 'b2']) ask(question, { name: question[0] });
    for (const question of ['first', 'a1', 'b1', 'a2']) {
      await pass(100);
      await answered(question);
      await pass(100);
    }
    expect([...leftAt.keys()]).toEqual(['first', 'a1', 'b1', 'a2', 'b2']);
  });

  it('that could not leave within their time are told so at once, and when to come again', () => {
    const { ask, turn, retryIn } = questions({ maxInFlight: 100, perMinute: 6 });
    for (const question of names('q', 6)) ask(question, { name: 'a', withinMs: 60_000 });
    expect(names('q', 6).map(turn)).toEqual(['leave', undefined, undefined, undefined, undefined, undefined]);
    ask('q7', { name: 'a', withinMs: 60_000 });
    expect([turn('q7'), retryIn('q7')]).toEqual(['late', 60_000]);
  });

  it('without a limit leave as soon as there is a slot', () => {
    const { ask, bulkhead } = questions({ maxInFlight: 100 });
    for (const question of names('q', 50)) ask(question, { name: 'a' });
    expect(bulkhead.inFlight).toBe(50);
  });
});

describe('a client that was told to ask less', () => {
  it('asks nothing for as long as it was told, then goes on', async () => {
    const { ask, throttled, turn } = questions();
    ask('first');
    await throttled('first', 7000);
    ask('second', { withinMs: 60_000 });
    await pass(6999);
    expect(turn('second')).toBeUndefined();
    await pass(1);
    expect(turn('second')).toBe('leave');
  });

  it('waits twice as long each time, where it was not told for how long', async () => {
    const { ask, throttled, leftAt } = questions();
    for (const question of names('q', 4)) {
      ask(question, { withinMs: 60_000 });
      await pass(59_999);
      await throttled(question);
    }
    const gaps = names('q', 4).map((question, index) => leftAt.get(question)! - index * 59_999);
    expect(gaps).toEqual([0, 2000, 4000, 8000]);
  });

  it('starts anew once it was served', async () => {
    const { ask, throttled, answered, turn } = questions();
    for (const question of names('q', 3)) {
      ask(question);
      await pass(10_000);
      await throttled(question);
    }
    ask('served');
    await pass(10_000);
    await answered('served');
    ask('again');
    await throttled('again');
    ask('last');
    await pass(2000);
    expect(turn('last')).toBe('leave');
  });

  it('is not an ANPR that does not answer: the circuit stays closed', async () => {
    const { ask, throttled, bulkhead } = questions({ breaker: { failures: 2 } });
    for (const question of names('q', 3)) {
      ask(question);
      await pass(60_000);
      await throttled(question, 10);
    }
    expect(bulkhead.state).toBe('closed');
  });
});

describe('the circuit of a Comune', () => {
  const failing = async (made: ReturnType<typeof questions>, count = 5): Promise<void> => {
    for (const question of names('f', count)) {
      made.ask(question);
      await made.failed(question);
    }
  };

  it('opens after five technical failures in a row: nothing leaves, and it is said when to come again', async () => {
    const made = questions({ maxInFlight: 10 });
    await failing(made);
    made.ask('next');
    expect([made.bulkhead.state, made.turn('next'), made.retryIn('next')]).toEqual(['open', 'circuit-open', 10_000]);
    expect([made.bulkhead.queued, made.bulkhead.inFlight]).toEqual([0, 0]);
  });

  it('opens after fewer where fewer questions may be out at once', async () => {
    const made = questions({ maxInFlight: 2 });
    await failing(made, 2);
    expect(made.bulkhead.state).toBe('open');
  });

  it('opens on silence, and turns away at once all that waits behind it', async () => {
    const { ask, turn, bulkhead } = questions({ maxInFlight: 5 });
    for (const question of names('silent', 5)) ask(question);
    for (const question of names('waiting', 20)) ask(question, { withinMs: 60_000 });
    await pass(19_999);
    expect([bulkhead.state, bulkhead.queued]).toEqual(['closed', 20]);
    await pass(1);
    expect([bulkhead.state, bulkhead.queued, bulkhead.inFlight]).toEqual(['open', 0, 5]);
    expect(new Set(names('waiting', 20).map(turn))).toEqual(new Set(['circuit-open']));
  });

  it('sends no probe while every slot waits for an answer: each of those is one', async () => {
    const { ask, turn, answered, bulkhead } = questions({ maxInFlight: 5 });
    for (const question of names('silent', 5)) ask(question);
    await pass(50_000);
    ask('next');
    expect(turn('next')).toBe('circuit-open');
    await answered('silent3');
    expect(bulkhead.state).toBe('closed');
    ask('after');
    expect(turn('after')).toBe('leave');
  });

  it('lets one question try, turns the others away, and closes when it is answered', async () => {
    const made = questions({ maxInFlight: 10 });
    await failing(made);
    await pass(10_000);
    for (const question of ['probe', 'other']) made.ask(question);
    expect([made.turn('probe'), made.turn('other')]).toEqual(['leave', 'circuit-open']);
    await made.answered('probe');
    made.ask('after');
    expect(made.turn('after')).toBe('leave');
    expect(made.states).toEqual(['open', 'half-open', 'closed']);
  });

  it('lets the next one try where the first never left', async () => {
    const made = questions({ maxInFlight: 10 });
    await failing(made);
    await pass(10_000);
    made.ask('not admitted any more');
    await made.end('not admitted any more');
    made.ask('probe');
    expect(made.turn('probe')).toBe('leave');
  });

  it('opens again when the probe is silent', async () => {
    const made = questions({ maxInFlight: 10 });
    await failing(made);
    await pass(10_000);
    made.ask('probe');
    await pass(20_000);
    expect(made.states).toEqual(['open', 'half-open', 'open']);
  });

  it('turns away those whom their operator’s pace kept waiting, once the probe has left', async () => {
    const made = questions({ maxInFlight: 10, perMinute: 4, breaker: { failures: 2, openMs: 1000 } });
    made.ask('f1', { name: 'a' });
    await made.failed('f1');
    made.ask('f2', { name: 'b' });
    await made.failed('f2');
    await pass(1000);
    for (const question of ['a1', 'a2']) made.ask(question, { name: 'a', withinMs: 60_000 });
    expect(made.bulkhead.queued).toBe(2);
    await pass(14_000);
    expect([made.turn('a1'), made.turn('a2')]).toEqual(['leave', 'circuit-open']);
  });
});
