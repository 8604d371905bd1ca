import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';

/**
 * Runs a command, tells its pid, and kills it when standard input ends: that happens also when whoever started it dies without a word. The shell ends with the
 * command, with its exit code.
 */
const GUARD = `"$@" 3>&- </dev/null & engine=$!
echo $engine >&3
exec 3>&- 4<&0
{ cat <&4; kill -KILL $engine; } >/dev/null 2>&1 &
exec 4<&- </dev/null
trap 'kill -TERM $engine' TERM
while :; do wait $engine; code=$?; kill -0 $engine 2>/dev/null || exit $code; done`;

/** A server that lives as long as this process at most. Its output goes to the end of `log`. */
export async function guarded(log, command, args, { env, uid, gid, cwd, stopSignal = 'SIGTERM' } = {}) {
  const output = openSync(log, 'a');
  const shell = spawn('/bin/sh', ['-c', GUARD, 'sh', command, ...args], { stdio: ['pipe', output, output, 'pipe'], env: env ?? process.env, uid, gid, cwd });
  closeSync(output);
  let alive = true;
  const ended = new Promise((resolve) => {
    const over = () => {
      alive = false;
      shell.stdin.destroy();
      resolve();
    };
    shell.on('exit', over);
    shell.on('error', over);
  });
  shell.stdin.on('error', () => undefined);
  const pid = await new Promise((resolve, reject) => {
    shell.stdio[3].setEncoding('utf8').on('data', (text) => resolve(Number(text)));
    void ended.then(() => reject(new Error(`${command} non parte`)));
  });
  return {
    pid,
    alive: () => alive,
    ended,
    async stop() {
      try {
        if (alive) process.kill(pid, stopSignal);
      } catch {
        // it has ended meanwhile
      }
      const late = setTimeout(() => shell.stdin.destroy(), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}
