import { fork, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const STAND_IN = join(REPOSITORY, 'deploy/engines/eventstoredb/dist/main.js');

/** The settings of engines that hold nothing, with key-encryption keys for whatever comes to be there. */
export type EngineEnv = Readonly<Record<string, string>>;

export interface EmptyEngines {
  /** Engines of one's own, empty: a stand-in for EventStoreDB, a database of MongoDB. */
  empty(): Promise<EngineEnv>;
  close(): Promise<void>;
}

/** Says why where they cannot be had; with `GERES_ENGINES=required` that is an error. */
export async function emptyEngines(): Promise<EmptyEngines | { readonly why: string }> {
  if (process.env['GERES_ENGINES'] === 'none') return { why: 'GERES_ENGINES=none' };
  if (!existsSync(STAND_IN)) return missing('needs deploy/engines/eventstoredb/dist (npm run build)');
  const folder = await mkdtemp(join(tmpdir(), 'geres-engines-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  const mongodb = process.env['GERES_MONGODB_URL'] ?? (await mongoOf(closing).catch((error: Error) => error));
  if (mongodb instanceof Error) {
    await close();
    return missing(mongodb.message);
  }
  return {
    close,
    async empty() {
      const name = randomUUID().slice(0, 8);
      const child = fork(STAND_IN, ['--data', join(folder, name)], { stdio: 'ignore' });
      closing.push(async () => {
        child.kill('SIGTERM');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      });
      const [{ ready }] = (await once(child, 'message')) as [{ readonly ready: string }];
      const url = new URL(mongodb);
      url.pathname = `/geres-${name}`;
      const keks = Object.fromEntries(['ARCHIVE', 'CONNECTOR', 'CERTIFICATES', 'ADMIN'].map((custody) => [`GERES_KEK_${custody}`, randomBytes(32).toString('base64')]));
      return { GERES_ENVIRONMENT: 'test', GERES_EVENTSTORE_URL: ready, GERES_MONGODB_URL: url.href, ...keks };
    },
  };
}

function missing(why: string): { readonly why: string } {
  if (process.env['GERES_ENGINES'] === 'required') throw new Error(`GERES_ENGINES=required: ${why}`);
  return { why: why.trim().split('\n')[0]! };
}

async function mongoOf(closing: (() => Promise<unknown>)[]): Promise<string> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'scripts/engines.mjs'), 'run', 'mongodb'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (done) throw new Error(complaints);
  closing.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return (JSON.parse(value) as { readonly address: string }).address;
}

export interface Narrow {
  /** As that of the server behind it. */
  readonly connectionString: string;
  /** Resolves once so many bytes have passed towards the server, and no more do. */
  readonly full: Promise<void>;
  close(): Promise<void>;
}

/** A way to EventStoreDB on which only so many bytes pass: what comes after them waits for ever. */
export async function narrow(connectionString: string, bytes: number): Promise<Narrow> {
  const behind = new URL(connectionString.replace(/^esdb/, 'http'));
  const { promise: full, resolve: filled } = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  let left = bytes;
  const server = createServer((client) => {
    const upstream = connect(Number(behind.port), behind.hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    upstream.pipe(client);
    client.on('data', (chunk: Buffer) => {
      if (left <= 0) return;
      left -= chunk.length;
      if (left > 0) upstream.write(chunk);
      else filled();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    connectionString: connectionString.replace(behind.host, `127.0.0.1:${address.port}`),
    full,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
