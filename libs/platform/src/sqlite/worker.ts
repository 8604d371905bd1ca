import { StoreUnavailable } from '@geres/kernel';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

type Reply = { readonly n: number; readonly ok?: unknown; readonly wrong?: number; readonly failed?: string };
interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: StoreUnavailable) => void;
}

/** Requests to a worker that owns a database file, and their replies. */
export interface SqliteWorker {
  /** Resolves with the reply; rejects with `StoreUnavailable` when the worker says that it failed, or has ended. */
  ask(request: object): Promise<Reply>;
  /** Set once the worker has gone: it never comes back. */
  readonly ended: StoreUnavailable | undefined;
  /** Resolves when the worker has gone, closed or by itself. */
  readonly gone: Promise<void>;
  close(): Promise<void>;
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, in SQLite's words. */
const DAMAGED = /malformed|not a database/;

/** Pages of rows pass through: small heaps keep six workers within a hundred megabytes. */
const LIMITS = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 192 };

/** The compiled file beside this one, or its TypeScript source, which Node reads by itself. */
const script = (name: string, from: string): URL => {
  const compiled = new URL(`${name}.js`, from);
  return existsSync(compiled) ? compiled : new URL(`${name}.ts`, from);
};

/** Resolves when the worker has its file open. Errors: `StoreUnavailable`, naming the file. */
export async function openWorker<D extends { readonly file: string }>(name: string, from: string, workerData: D): Promise<SqliteWorker> {
  const worker = new Worker(script(name, from), { workerData, execArgv: [], resourceLimits: LIMITS });
  const pending = new Map<number, Pending>();
  const gone = Promise.withResolvers<void>();
  let next = 0;
  let ended: StoreUnavailable | undefined;
  const unavailable = (reason: string): StoreUnavailable => new StoreUnavailable(`${workerData.file}: ${reason}`, { damaged: DAMAGED.test(reason) });
  const end = (reason: string): void => {
    ended ??= unavailable(reason);
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
    gone.resolve();
  };
  const settle = (reply: Reply): void => {
    const one = pending.get(reply.n);
    pending.delete(reply.n);
    // An idle worker does not keep the process alive; one that owes an answer does.
    if (pending.size === 0) worker.unref();
    if (reply.failed === undefined) one?.resolve(reply);
    else one?.reject(unavailable(reply.failed));
  };
  const ready = new Promise<void>((resolve, reject) => {
    pending.set(0, { resolve: () => resolve(), reject });
  });
  worker.on('message', (reply: Reply | readonly Reply[]) => {
    if (Array.isArray(reply)) for (const one of reply as readonly Reply[]) settle(one);
    else settle(reply as Reply);
  });
  worker.on('error', (error) => end((error as Error).message));
  worker.on('exit', () => end('its worker has ended'));
  await ready;
  let outbox: object[] = [];
  /** What one turn of the event loop asks goes in one message: each costs more than most of what it asks for. */
  const post = (request: object): void => {
    if (outbox.push(request) > 1) return;
    setImmediate(() => {
      const requests = outbox;
      outbox = [];
      worker.postMessage(requests);
    });
  };
  return {
    get ended() {
      return ended;
    },
    gone: gone.promise,
    ask(request) {
      if (ended) return Promise.reject(ended);
      next += 1;
      const n = next;
      return new Promise((resolve, reject) => {
        if (pending.size === 0) worker.ref();
        pending.set(n, { resolve, reject });
        post({ ...request, n });
      });
    },
    async close() {
      if (!ended) await new Promise<void>((resolve) => {
        worker.ref();
        pending.set(++next, { resolve: () => resolve(), reject: () => resolve() });
        post({ op: 'close', n: next });
      });
      end('it was closed');
      await worker.terminate();
    },
  };
}
