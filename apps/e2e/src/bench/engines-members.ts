import { partitionsOf } from '@geres/platform/bus';
import { PARTITIONS } from './engines-form.js';
import { SLOW_IN_FLIGHT } from './engines-partition.js';
import { AT_ONCE } from './engines-throughput.js';
import type { Member } from './fleet.js';
import { wsAt } from './responder.js';

const OF_ONE_PARTITION = 1000;

/** The Comuni that are measured, by what for; each has its connection over `ws`, without a signature: what that costs is measured by `--only channels`. */
export interface Members {
  readonly all: readonly Member[];
  /** One a partition, with room for everything. */
  readonly ample: readonly string[];
  /** Whose ANPR takes few at once: one a partition, and another one. */
  readonly narrow: readonly [readonly string[], readonly string[]];
  /** A thousand of one partition. */
  readonly crowd: { readonly slow: string; readonly others: readonly string[] };
}

export async function membersOf(anpr: string, slowAnpr: string): Promise<Members> {
  const partitionOf = await partitionsOf(PARTITIONS);
  const free = Array.from({ length: PARTITIONS }, (): string[] => []);
  // Codici catastali that the demo has not.
  for (const letter of 'PQRSTUVWXYZ') for (let number = 0; number < 1000; number++) place(`${letter}${String(number).padStart(3, '0')}`);
  function place(comune: string): void {
    free[partitionOf(comune)]!.push(comune);
  }
  const onePerPartition = (): readonly string[] => free.map((comuni) => comuni.pop()!);
  const [ample, first, second] = [onePerPartition(), onePerPartition(), onePerPartition()];
  const [slow, ...others] = free[0]!.splice(0, OF_ONE_PARTITION) as [string, ...string[]];
  if (others.length + 1 < OF_ONE_PARTITION) throw new Error(`only ${others.length + 1} Comuni fall to one partition`);
  let istat = 400_000;
  const member = (at: string, size: object) => (comune: string): Member => {
    istat += 1;
    return { comune, istat: String(istat), channel: 'ws', settings: { ...wsAt(at, String(istat), 'none'), ...size } };
  };
  const narrow = { maxInFlight: AT_ONCE, maxQueued: 1000 };
  // ANPR may take its time, and is not taken to be away.
  const patient = { timeoutMs: 60_000, breaker: { silenceMs: 60_000 } };
  return {
    all: [...ample.map(member(anpr, patient)), ...[...first, ...second].map(member(anpr, narrow)), member(slowAnpr, { maxInFlight: SLOW_IN_FLIGHT })(slow), ...others.map(member(anpr, {}))],
    ample,
    narrow: [first, second],
    crowd: { slow, others },
  };
}
