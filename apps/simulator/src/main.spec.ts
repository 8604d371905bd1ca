import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helpText, readSettings, WrongSetting } from './settings.js';

describe('the settings', () => {
  it('are sensible when nothing is set', () => {
    expect(readSettings([], {})).toEqual({ port: 8081, host: '127.0.0.1', seed: 1, people: 10_000, operations: 200_000, firma: 'accettata' });
  });

  it('come from flags before they come from the environment', () => {
    const environment = { GERES_SIMULATOR_PORT: '9000', GERES_SIMULATOR_SEED: '5', GERES_SIMULATOR_PEOPLE: '', GERES_SIMULATOR_HOST: '::1' };
    expect(readSettings(['--port', '0', '--people=7'], environment)).toEqual({ port: 0, host: '::1', seed: 5, people: 7, operations: 200_000, firma: 'accettata' });
  });

  it('name the folders of the authority and of the schemas', () => {
    expect(readSettings(['--xsd', '/schemi'], { GERES_SIMULATOR_DATA: '/dati' })).toMatchObject({ folder: '/dati', xsd: '/schemi' });
    expect(readSettings(['--data', '/altri'], { GERES_SIMULATOR_DATA: '/dati', GERES_SIMULATOR_XSD: '/schemi' })).toMatchObject({ folder: '/altri', xsd: '/schemi' });
  });

  it.each([
    [['--port', '65536'], {}, /^--port: /],
    [['--port', 'x'], {}, /^--port: /],
    [[], { GERES_SIMULATOR_PORT: '-1' }, /^GERES_SIMULATOR_PORT: /],
    [[], { GERES_SIMULATOR_SEED: '1e3' }, /^GERES_SIMULATOR_SEED: /],
    [[], { GERES_SIMULATOR_PEOPLE: '9999999' }, /^GERES_SIMULATOR_PEOPLE: /],
    [[], { GERES_SIMULATOR_OPERATIONS: '0' }, /^GERES_SIMULATOR_OPERATIONS: /],
    [['--security', 'forse'], {}, /^--security: /],
    [[], { GERES_SIMULATOR_SECURITY: 'no' }, /^GERES_SIMULATOR_SECURITY: /],
    [['--host', 'a b'], {}, /^--host: /],
    [['--porta', '1'], {}, /--porta/],
    [['--xsd'], {}, /--xsd/],
    [['--port'], {}, /--port/],
    [['avvia'], {}, /avvia/],
  ])('of %j and %j are refused by name', (argv: string[], environment: Record<string, string>, message) => {
    expect(() => readSettings(argv, environment)).toThrow(WrongSetting);
    expect(() => readSettings(argv, environment)).toThrow(message);
  });

  it('are all listed by --help', () => {
    expect(readSettings(['--help'], {})).toBe('help');
    for (const name of ['--port', '--host', '--seed', '--people', '--operations', '--security', '--data', '--xsd', 'GERES_SIMULATOR_XSD', 'GERES_SIMULATOR_PORT', 'GERES_SIMULATOR_PEOPLE']) expect(helpText()).toContain(name);
  });
});

const MAIN = resolve(import.meta.dirname, '../dist/main.js');
const built = existsSync(MAIN);

async function started(): Promise<{ child: ChildProcess; url: string; line: string }> {
  const child = fork(MAIN, ['--port', '0', '--people', '10'], { silent: true });
  let line = '';
  child.stdout?.on('data', (chunk: Buffer) => (line += chunk.toString()));
  const [message] = (await once(child, 'message')) as [{ ready: string }];
  await expect.poll(() => line).toContain('\n');
  return { child, url: message.ready, line };
}

(built ? describe : describe.skip)(`the process${built ? '' : ': needs apps/simulator/dist (npm run build)'}`, () => {
  it('says where it listens, to its parent too, and stops when asked', async () => {
    const { child, url, line } = await started();
    expect(line).toBe(`simulatore ANPR in ascolto su ${url}\n`);
    expect((await fetch(`${url}/controllo/salute`)).status).toBe(200);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('stops when its parent lets go of it', async () => {
    const { child } = await started();
    const exit = once(child, 'exit');
    child.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  it('refuses a wrong setting, an occupied port and shows its help', async () => {
    const run = (...argv: string[]) => spawnSync(process.execPath, [MAIN, ...argv], { encoding: 'utf8' });
    expect(run('--port', 'tanti')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('--port: serve un numero intero') as string });
    expect(run('--xsd', import.meta.dirname)).toMatchObject({ status: 2, stderr: expect.stringContaining('manca 3000consultazione.xsd') as string });
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('GERES_SIMULATOR_PORT') as string });
    const { child, url } = await started();
    const taken = run('--people', '1', '--port', new URL(url).port);
    expect(taken).toMatchObject({ status: 2, stderr: expect.stringContaining('già occupata') as string });
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  });
});
