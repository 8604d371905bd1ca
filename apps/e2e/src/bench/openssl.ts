import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** RSA-2048 signatures a second on one core, as `openssl speed` counts them; `undefined` where it is not installed. */
export async function rsaRate(): Promise<number | undefined> {
  const told = await promisify(execFile)('openssl', ['speed', '-seconds', '3', 'rsa2048']).catch(() => undefined);
  const rate = /^rsa\s+2048 bits\s+\S+\s+\S+\s+([\d.]+)/m.exec(told?.stdout ?? '')?.[1];
  return rate === undefined ? undefined : Number(rate);
}
