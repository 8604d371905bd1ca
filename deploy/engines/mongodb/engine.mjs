import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, finished, freePort, listens, tool, until } from '../../../scripts/lib/engines/tools.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const DEBIAN = '/usr/lib/postgresql';

const postgresTool = (name) => tool(name, existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin')) : []);

/** PostgreSQL refuses to run as root: then another user of the machine runs it. */
function servant() {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // the machine has no such user
    }
  }
  throw new Error('serve un utente «postgres» o «nobody» con cui avviare PostgreSQL');
}

/**
 * FerretDB asks PostgreSQL for a document by `_jsonb->'_id' @> …`, which none of its own indexes can answer: it would look through the whole table. So each table
 * of documents gets one that can, as MongoDB has it. One statement a line.
 */
const INDEX_BY_ID = [
  "CREATE FUNCTION index_by_id() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made regclass; BEGIN FOR made IN SELECT objid FROM pg_event_trigger_ddl_commands() JOIN pg_attribute ON attrelid = objid AND attname = '_jsonb' WHERE command_tag = 'CREATE TABLE' LOOP EXECUTE format('CREATE INDEX ON %s USING gin ((_jsonb->''_id'') jsonb_path_ops) WITH (fastupdate = off)', made); END LOOP; END $$",
  "CREATE EVENT TRIGGER index_by_id ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION index_by_id()",
];

/**
 * That it is used: the name of the field is a parameter, of which only a plan of its own knows the value, and where a table has to be looked through after all, what
 * that is said to cost must not have it compiled first (60 ms). What was written over is cleared away at once.
 */
const BY_INDEX = { plan_cache_mode: 'force_custom_plan', enable_seqscan: 'off', jit: 'off', autovacuum_naptime: '1s', autovacuum_vacuum_cost_delay: '0' };

export const engine = {
  name: 'mongodb',
  title: 'FerretDB 1.24.2 (protocollo di MongoDB, su PostgreSQL)',
  variable: 'GERES_MONGODB_URL',

  missing: () => (tool('go') ? (postgresTool('postgres') && postgresTool('initdb') ? undefined : 'serve PostgreSQL (initdb, postgres)') : 'serve Go 1.24 o successivo (go)'),

  /** The program, built from the module beside this file. */
  prepare: () =>
    cached('mongodb', ['go.mod', 'go.sum', 'main.go', 'atomic.go', 'ids.go'].map((file) => join(here, file)), async (folder) => {
      await finished(tool('go'), ['build', '-trimpath', '-mod=readonly', '-o', join(folder, 'ferretdb'), '.'], { cwd: here, env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' } });
    }),

  async start({ built, folder, run, ports }) {
    const [port] = ports ?? [await freePort()];
    const user = servant();
    const data = join(folder, 'postgresql');
    if (!existsSync(data)) {
      mkdirSync(data, { mode: 0o700 });
      if (user.uid !== undefined) chownSync(data, user.uid, user.gid);
      await finished(postgresTool('initdb'), ['--pgdata', data, '--username', 'geres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'], { ...user, cwd: data });
      await finished(postgresTool('postgres'), ['--single', '-D', data, '-c', 'exit_on_error=on', 'postgres'], { ...user, cwd: data }, `${INDEX_BY_ID.join('\n')}\n`);
    }
    // What a killed server leaves says nothing of the next one.
    rmSync(join(data, '.s.PGSQL.5432'), { force: true });
    // Throw-away, and reached through a socket of its folder alone: no port, nothing flushed to the disk.
    const settings = { listen_addresses: '', unix_socket_directories: data, fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '450', shared_buffers: '64MB', ...BY_INDEX };
    const postgres = await run(postgresTool('postgres'), ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])], { ...user, cwd: data, stopSignal: 'SIGINT' });
    await until('PostgreSQL', () => existsSync(join(data, '.s.PGSQL.5432')), postgres.alive);
    // FerretDB holds one connection for each document that an update has found, until the whole command is done: with fewer it waits for itself for ever.
    const address = `postgres://geres@/postgres?host=${encodeURIComponent(data)}&pool_max_conns=400`;
    const ferretdb = await run(join(built, 'ferretdb'), ['-listen', `127.0.0.1:${port}`, '-postgresql', address], { env: { ...process.env, GOGC: '400', GOMAXPROCS: '1' } });
    await until('FerretDB', () => listens(port), ferretdb.alive);
    return { address: `mongodb://127.0.0.1:${port}/geres`, ports: [port] };
  },
};
