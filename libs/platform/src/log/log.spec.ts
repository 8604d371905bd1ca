import { catalogue, problem, StoreUnavailable } from '@geres/kernel';
import { describe, expect, it } from 'vitest';
import { createLog, type LogFields } from './index.js';

const SECRET = 'ZZZZZZ80A01H501W';

function logged(write: (log: ReturnType<typeof createLog>) => void, level: 'debug' | 'warn' = 'debug'): readonly string[] {
  const lines: string[] = [];
  write(createLog({ level, destination: { write: (line) => void lines.push(line) } }));
  return lines;
}
const oneOf = (error: unknown): { readonly text: string; readonly error: Record<string, unknown> } => {
  const [text = ''] = logged((log) => log.error({ event: 'prova', error }));
  return { text, error: (JSON.parse(text) as { error: Record<string, unknown> }).error };
};

describe('the log', () => {
  it('is one JSON object a line, with time, level and the fields given', () => {
    const [line = ''] = logged((log) => log.info({ event: 'http.served', correlationId: 'c', status: 200, ms: 1.23456 }));
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), event: 'http.served', correlationId: 'c', status: 200, ms: 1.23 });
  });

  it('is silent below its level', () => {
    expect(logged((log) => (log.info({ event: 'a' }), log.warn({ event: 'b' })), 'warn')).toHaveLength(1);
  });

  it('has no room for a field that is not one of its own', () => {
    const [line] = logged((log) => log.info({ event: 'prova', ...({ body: SECRET, soggetto: { codiceFiscale: SECRET } } as object) } as LogFields));
    expect(line).not.toContain(SECRET);
  });
});

describe('an error in the log', () => {
  it('has its name, code and place, and not its message', () => {
    const { text, error } = oneOf(Object.assign(new TypeError(`wrong ${SECRET}`), { code: 'ERR_X', body: SECRET }));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_X', stack: expect.arrayContaining([expect.stringContaining('log.spec')]) });
    expect(text).not.toContain(SECRET);
  });

  it.each([
    ['that looks like a frame', new Error(`a\n    at ${SECRET} (file:///x.js:1:1)\nb`)],
    ['that was changed after the stack was taken', Object.assign(new Error(`a\n    at ${SECRET} (x:1:1)`), { message: `b\n    at ${SECRET} (x:1:1)` })],
    ['in the cause', new Error('a', { cause: new Error(SECRET) })],
    ['in a name', Object.assign(new Error('a'), { name: `Nome ${SECRET}` })],
    ['in a code', Object.assign(new Error('a'), { code: `codice ${SECRET}` })],
    ['in what is not an error', { message: SECRET }],
    ['in a thrown string', SECRET],
  ])('hides a text of others %s', (_, error) => {
    expect(oneOf(error).text).not.toContain(SECRET);
  });

  it('of the store has its message too, which is ours', () => {
    expect(oneOf(new StoreUnavailable('disk full', { cause: new Error(SECRET) })).error).toMatchObject({ name: 'StoreUnavailable', message: 'the store is not available: disk full', cause: { name: 'Error' } });
  });

  it('that is a problem has its code and not the fields that it names', () => {
    const fail = catalogue({ prova: problem(400, 'Prova', (p: { campo: string }) => `Da correggere: ${p.campo}.`) });
    const { text, error } = oneOf(fail('prova', { campo: SECRET }));
    expect(error).toMatchObject({ name: 'Problem', code: 'prova' });
    expect(text).not.toContain(SECRET);
  });

  it('that causes itself ends', () => {
    const error = new Error('a');
    error.cause = error;
    expect(oneOf(error).error).toMatchObject({ name: 'Error' });
  });
});
