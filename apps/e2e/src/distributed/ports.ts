import { createServer, type AddressInfo } from 'node:net';

/** So many ports of this machine that nobody listens on: for what has to be known before it is there, and stays the same when it comes again. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map((server) => new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))));
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
