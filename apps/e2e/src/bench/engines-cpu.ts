import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** By what their command line has in it; the first that fits. */
const NAMES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/kafka\.Kafka/, 'Kafka'],
  [/eventstoredb/, 'archivio (sostituto)'],
  [/bin\/postgres|^postgres:/, 'PostgreSQL (sotto FerretDB)'],
  [/mongodb|ferretdb/i, 'FerretDB'],
  [/gateway\/dist/, 'gateway'],
  [/connector\/dist/, 'connettori'],
  [/monitoring\/dist/, 'monitoraggio'],
  [/admin\/dist/, 'amministrazione'],
  [/responder\.child/, 'chi risponde per ANPR'],
  [/standalone\/dist|simulator\/dist/, 'forma incorporata'],
];
const OTHERS = 'altri sulla macchina';
const TICKS = Number(/^linux$/.test(process.platform) ? execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }) : Number.NaN);

/** Shares of one core, in %, by kind of process, from the largest. What this process has started is told by name, the rest of the machine as one. */
export type Cpu = ReadonlyMap<string, number>;

interface Times {
  readonly at: number;
  readonly byName: ReadonlyMap<string, number>;
  readonly all: number;
}

/** Measures from now until the returned function is called. Where the system does not tell: nothing. */
export function cpuFromNow(): () => Cpu {
  const before = times();
  return () => {
    const after = times();
    if (!before || !after) return new Map();
    const share = (ticks: number): number => Math.round((100 * ticks) / TICKS / ((after.at - before.at) / 1000));
    const mine = [...after.byName].map(([name, ticks]) => [name, share(ticks - (before.byName.get(name) ?? 0))] as const);
    const others = share(after.all - before.all) - mine.reduce((sum, [, one]) => sum + one, 0);
    return new Map([...mine.filter(([, one]) => one > 0).toSorted((a, b) => b[1] - a[1]), [OTHERS, Math.max(0, others)]]);
  };
}

/** With what each took for one lookup, in milliseconds, where so many lookups a second were answered. */
export const cpuInWords = (cpu: Cpu, perSecond?: number): string =>
  [...cpu].map(([name, share]) => `${name} ${share} %${perSecond === undefined || name === OTHERS ? '' : ` (${((share * 10) / perSecond).toFixed(1)} ms)`}`).join(', ');

function times(): Times | undefined {
  if (Number.isNaN(TICKS)) return undefined;
  const processes = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => stat(Number(pid))));
  const byName = new Map<string, number>();
  for (const [pid, { ticks }] of processes) {
    const name = nameOf(pid, processes);
    if (name !== undefined) byName.set(name, (byName.get(name) ?? 0) + ticks);
  }
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/).slice(1).map(Number) as [number, number, number, number, number, number, number];
  return { at: performance.now(), byName, all: user + nice + system + irq + softirq };
}

type Processes = ReadonlyMap<number, { readonly parent: number; readonly ticks: number }>;

function stat(pid: number): readonly (readonly [number, { readonly parent: number; readonly ticks: number }])[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return [[pid, { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }]];
  } catch {
    return []; // it has just ended
  }
}

function nameOf(pid: number, processes: Processes): string | undefined {
  if (pid === process.pid) return 'carico e misura';
  let ancestor = pid;
  while (ancestor !== process.pid) {
    const parent = processes.get(ancestor)?.parent;
    if (!parent) return undefined;
    ancestor = parent;
  }
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return NAMES.find(([pattern]) => pattern.test(command))?.[1] ?? 'altri processi del banco';
  } catch {
    return undefined;
  }
}
