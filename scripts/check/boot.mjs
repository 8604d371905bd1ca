import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { environment } from '../lib/run.mjs';
import { node, root } from '../lib/root.mjs';

const START_MS = 90_000;
const STOP_MS = 30_000;

/** Starts what was built, on free ports and a folder of its own, makes one lookup through HTTP, finds it again, and stops it. Several ESM mistakes compile and fail only here. */
export async function bootAndLookUp() {
  const home = mkdtempSync(join(tmpdir(), 'geres-check-'));
  const data = join(home, 'data');
  const env = environment({ GERES_ENVIRONMENT: 'test', GERES_CONFIG: '', GERES_DATA: data, GERES_KEYS_FILE: join(home, 'keys.json'), GERES_HOST: '127.0.0.1', GERES_PORT: '0', GERES_SIMULATOR_PORT: '0', GERES_LOG_LEVEL: 'warn' });
  const child = spawn(node, [join(root, 'apps', 'standalone', 'dist', 'main.js')], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  try {
    await Promise.race([until(() => output.includes('GeRes è pronto'), START_MS, () => `non è pronto in ${START_MS / 1000} s:\n${output}`), ended.then((code) => Promise.reject(new Error(`è terminato con ${code}:\n${output}`)))]);
    await lookUp(JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')));
    child.kill('SIGTERM');
    const code = await Promise.race([ended, pause(STOP_MS, 'non si ferma', { ref: false })]);
    if (code !== 0) throw new Error(`fermato con SIGTERM: ${code}\n${output}`);
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
  if (existsSync(home)) throw new Error(`${home} non si può togliere`);
}

async function lookUp({ baseUrl, token, comuni, persone, motivi }) {
  const authorization = `Bearer ${token}`;
  const [{ codiceFiscale }] = persone;
  const richieste = `${baseUrl}/api/v1/comuni/${comuni[0].codiceIstat}/richieste`;
  const body = { servizio: 'residenza', soggetto: { codiceFiscale }, motivo: motivi[0].codice, pratica: 'VERIFICA-1' };
  const answer = await told(await fetch(richieste, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) }));
  if (answer.esito !== 'trovato' || answer.soggetti[0]?.codiceFiscale !== codiceFiscale || answer.fonte.ambiente !== 'test' || !answer.soggetti[0].residenza?.length) throw new Error(`la richiesta non ha avuto l’esito atteso: ${answer.esito}`);
  const again = await told(await fetch(`${richieste}/${answer.id}`, { headers: { authorization } }));
  if (!isDeepStrictEqual(again, answer)) throw new Error('il ritiro non dà la stessa risposta');
  await told(await fetch(`${baseUrl}/health/ready`));
  const metrics = await (await fetch(`${baseUrl}/metrics`)).text();
  for (const measured of MEASURED) {
    if (!measured.test(metrics)) throw new Error(`/metrics non ha ${measured.source}`);
  }
}

/** What must have been measured after one lookup. */
const MEASURED = [
  /^geres_lookups_total\{esito="trovato".*\} 1$/m,
  /^geres_lookup_seconds_count 1$/m,
  /^geres_anpr_seconds_count 1$/m,
  /^geres_store_append_seconds_count [1-9]/m,
  /^geres_queue_depth\{comune="[A-Z]\d{3}"\} 0$/m,
  ...['rights', 'grants'].map((projection) => new RegExp(`^geres_projection_lag_seconds\\{projection="${projection}"\\} \\d`, 'm')),
  /^nodejs_eventloop_lag_p99_seconds \d/m,
];

async function told(response) {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

async function until(holds, ms, otherwise) {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error(otherwise());
    await pause(50, undefined, { ref: false });
  }
}
