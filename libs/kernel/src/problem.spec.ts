import { describe, expect, it } from 'vitest';
import { catalogue, Problem, problem } from './problem.js';

const fail = catalogue({
  'quota-superata': problem(429, 'Quota superata', (p: { limite: number }) => `Il limite di ${p.limite} richieste è stato raggiunto.`, { retryAfter: 60 }),
  'non-trovato': problem(404, 'Non trovato', 'Non c’è.'),
});

describe('a catalogue of problems', () => {
  it('makes a problem with the words, the status and the parameters of its code', () => {
    const made = fail('quota-superata', { limite: 5 });
    expect(made).toBeInstanceOf(Problem);
    expect(made).toMatchObject({ name: 'Problem', code: 'quota-superata', status: 429, title: 'Quota superata', detail: 'Il limite di 5 richieste è stato raggiunto.', params: { limite: 5 }, retryAfter: 60 });
  });

  it('takes another wait than the usual one', () => {
    expect(fail('quota-superata', { limite: 5 }, 7).retryAfter).toBe(7);
    expect(fail('non-trovato').retryAfter).toBeUndefined();
  });

  it('needs no parameters where its words have none', () => {
    expect(fail('non-trovato')).toMatchObject({ code: 'non-trovato', status: 404, detail: 'Non c’è.', params: {} });
  });

  it('does not compile with a code that is not its own or without a parameter, and fails for whoever forces it', () => {
    // @ts-expect-error -- no such code
    expect(() => fail('inventato')).toThrow(TypeError);
    // @ts-expect-error -- `limite` is missing
    expect(fail('quota-superata')).toBeInstanceOf(Problem);
    // @ts-expect-error -- `limite` is a number
    expect(fail('quota-superata', { limite: '5' })).toBeInstanceOf(Problem);
  });

  it('can be printed: it keeps its entries', () => {
    expect(Object.keys(fail.catalogue)).toEqual(['quota-superata', 'non-trovato']);
  });
});
