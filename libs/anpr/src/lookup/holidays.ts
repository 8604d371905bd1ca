import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** No process lives longer than this without a restart. */
const YEARS = 10;

const script = (): URL => {
  const compiled = new URL('./holidays.worker.js', import.meta.url);
  return existsSync(compiled) ? compiled : new URL('./holidays.worker.ts', import.meta.url);
};

/** Whether a civil day is a public holiday of Italy, from the `date-holidays` package (law 260/1949 and later ones). */
export async function italianHolidays(year = new Date().getFullYear()): Promise<(day: string) => boolean> {
  const days = await new Promise<readonly string[]>((resolve, reject) => {
    const worker = new Worker(script(), { workerData: { from: year - 1, to: year + YEARS }, execArgv: [] });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const holidays = new Set(days);
  return (day) => holidays.has(day);
}
