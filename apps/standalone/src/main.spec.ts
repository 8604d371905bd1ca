import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Demo } from './facts.js';

const MAIN = resolve(import.meta.dirname, '../dist/main.js');
const built = existsSync(MAIN);

interface Process {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

let folder: string;
const running: Process[] = [];
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'geres-main-'))));
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

function start(env: Readonly<Record<string, string>> = {}): Process {
  const child = spawn(process.execPath, [MAIN], { cwd: folder, env: { PATH: process.env['PATH'], GERES_PORT: '0', GERES_SIMULATOR_PORT: '0', GERES_LOG_LEVEL: 'error', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const ended = new Promise<number | NodeJS.Signals>((done) => child.once('close', (code, signal) => done(code ?? signal!)));
  const one = { child, out: () => out, err: () => err, ended };
  running.push(one);
  return one;
}

const shown = (one: Process): Promise<void> => expect.poll(() => one.out() + one.err(), { timeout: 30_000 }).toContain('Per fermare: Ctrl+C');
const simulatorAnswers = (url: string): Promise<boolean> => fetch(`${url}/controllo/salute`).then(({ ok }) => ok, () => false);

(built ? describe : describe.skip)(`the process${built ? '' : ': needs apps/standalone/dist (npm run build)'}`, () => {
  it('stops when asked, ends well, and its simulator with it', async () => {
    const one = start();
    await shown(one);
    const { baseUrl, simulatore } = JSON.parse(await readFile(join(folder, '.geres', 'demo.json'), 'utf8')) as Demo;
    expect((await fetch(`${baseUrl}/health/ready`)).status).toBe(200);
    expect(await simulatorAnswers(simulatore)).toBe(true);
    // npm and a terminal send the signal of one Ctrl+C more than once.
    one.child.kill('SIGINT');
    one.child.kill('SIGINT');
    expect(await one.ended).toBe(0);
    expect(one.err()).toBe('');
    expect(await simulatorAnswers(simulatore)).toBe(false);
  });

  it('takes its simulator with it also when it is killed', async () => {
    const one = start();
    await shown(one);
    const { simulatore } = JSON.parse(await readFile(join(folder, '.geres', 'demo.json'), 'utf8')) as Demo;
    one.child.kill('SIGKILL');
    expect(await one.ended).toBe('SIGKILL');
    await expect.poll(() => simulatorAnswers(simulatore), { timeout: 10_000 }).toBe(false);
  });

  it.each([
    ['a setting is wrong', { GERES_PORT: 'ottanta' }, /^GERES_PORT = "ottanta": [^\n]+\n$/],
    ['test would listen to the network', { GERES_HOST: '0.0.0.0' }, /^GERES_HOST = "0\.0\.0\.0": [^\n]+\n$/],
    ['some keys are given and not the others', { GERES_KEK_ADMIN: Buffer.alloc(32).toString('base64') }, /^manca GERES_KEK_ARCHIVE, GERES_KEK_CONNECTOR[^\n]+\n$/],
  ])('says in one line, and ends with 2, that %s', async (_, env, line) => {
    const one = start(env);
    expect(await one.ended).toBe(2);
    expect(one.err()).toMatch(line);
    expect((await readdir(folder)).filter((name) => name !== '.geres')).toEqual([]);
    expect(existsSync(join(folder, '.geres', 'installation.json'))).toBe(false);
  });
});
