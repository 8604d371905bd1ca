import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Stands between a process and a server, as a network does. */
export interface Proxy {
  readonly port: number;
  /** Breaks every connection, whatever is on its way over it; new ones go through. Resolves to how many there were. */
  cut(): number;
  /** Nothing gets through any more, and nobody is told: neither those that are there nor new ones. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** Before a port of this machine, whether somebody listens there or not. */
export async function startProxy(to: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let held = false;
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    const over = (): void => {
      pairs.delete(pair);
      for (const one of pair) one.destroy();
    };
    for (const one of pair) one.setNoDelay(true).on('error', over).on('close', over);
    near.pipe(far);
    far.pipe(near);
    if (held) for (const one of pair) one.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const each = (act: (one: Socket) => void): void => {
    for (const pair of pairs) for (const one of pair) act(one);
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      const cut = pairs.size;
      each((one) => one.resetAndDestroy());
      return cut;
    },
    hold() {
      held = true;
      each((one) => one.pause());
    },
    release() {
      held = false;
      each((one) => one.resume());
    },
    async close() {
      each((one) => one.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}
