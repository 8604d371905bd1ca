import Holidays from 'date-holidays';
import { parentPort, workerData } from 'node:worker_threads';

// The calendar of every country takes tens of megabytes: it is loaded here, asked once, and goes with this worker.

const { from, to } = workerData as { readonly from: number; readonly to: number };
const calendar = new Holidays('IT');
const days: string[] = [];
for (let year = from; year <= to; year++) for (const { type, date } of calendar.getHolidays(year)) if (type === 'public') days.push(date.slice(0, 10));
parentPort!.postMessage(days);
