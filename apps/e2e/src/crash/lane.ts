import { Callers } from './callers.js';
import { startConnector, type ConnectorProcess } from './connector-process.js';
import type { Witness } from './invariants.js';
import { seeded, shuffled } from './random.js';
import { STEPS, type Fuse, type Step } from './steps.js';
import type { Asker, World } from './world.js';

export interface LaneOptions {
  readonly world: World;
  readonly people: readonly string[];
  readonly seed: number;
  /** How often a process dies at each step. */
  readonly rounds: number;
  readonly callers: number;
}

export interface Lane {
  readonly witness: Witness;
  /** How often a process killed itself at each step. */
  readonly fired: ReadonlyMap<Step, number>;
  readonly kills: number;
}

/** A lookup without outcome is closed past its `askBy` and ANPR's longest silence: the clock goes on by as much. */
const PAST_EVERYTHING_MS = 200_000;
/** A process that has told so much and has not come to its step is killed from outside. */
const ENOUGH = 150;
/** In a process it comes to these steps seldom. */
const SELDOM: readonly string[] = ['take', 'keep', 'close'];

/** Kills one process after the other on one data folder while callers keep asking, and leaves it at rest. */
export async function runLane({ world, people, seed, rounds, callers: howMany }: LaneOptions): Promise<Lane> {
  const random = seeded(seed);
  const callers = new Callers({ people, random });
  const [[, usual], ...newcomers] = [...world.askers] as [[string, readonly Asker[]], ...[string, readonly Asker[]][]];
  callers.askers = usual;
  const fired = new Map<Step, number>();
  let kills = 0;
  const asking = callers.ask(howMany);
  try {
    for (const fuse of fuses(rounds, random)) {
      // Every second process finds what its predecessors left open too old to be in anybody's hands.
      if (fuse.step.endsWith('close') || random() < 0.5) callers.aheadMs += PAST_EVERYTHING_MS;
      // The secret of a Comune and month is made once: each of these processes dies over another Comune's.
      callers.askers = fuse.step.endsWith('secret') ? [...usual, ...newcomers.pop()![1]] : usual;
      const connector = await startConnector({ folder: world.folder, aheadMs: callers.aheadMs, fuse }, callers.listener);
      callers.started(connector);
      const { byItself } = await death(connector, callers);
      callers.died();
      kills += 1;
      if (byItself) fired.set(fuse.step, (fired.get(fuse.step) ?? 0) + 1);
    }
  } finally {
    callers.stop();
    await asking;
  }
  await rest(world, callers);
  return { witness: callers, fired, kills };
}

async function death(connector: ConnectorProcess, callers: Callers): Promise<{ readonly byItself: boolean }> {
  void callers.toldMore(ENOUGH).then(() => connector.kill());
  const death = await connector.died;
  if (death.signal !== 'SIGKILL') throw new Error(`the connector ended by itself: ${death.signal}`);
  return death;
}

/** One more process, which nobody kills: what was not taken is taken, every key is tried again, everything open is closed. */
async function rest(world: World, callers: Callers): Promise<void> {
  callers.aheadMs += PAST_EVERYTHING_MS;
  const connector = await startConnector({ folder: world.folder, aheadMs: callers.aheadMs }, callers.listener);
  callers.started(connector);
  await callers.repeatKeys();
  await connector.rest();
}

/** Every step as often, in an order of its own, each at another passage. */
function fuses(rounds: number, random: () => number): readonly Fuse[] {
  const passageOf = (step: Step, index: number): number => {
    if (step.endsWith('secret')) return 1;
    if (SELDOM.some((one) => step.endsWith(one))) return 1 + (index % 2);
    // One question in ten or so is refused.
    return 1 + Math.floor(random() * (step.endsWith('refuse') ? 8 : 25));
  };
  return shuffled(STEPS.flatMap((step) => Array.from({ length: rounds }, (_, index): Fuse => ({ step, passage: passageOf(step, index) }))), random);
}
