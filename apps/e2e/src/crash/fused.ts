import type { ConnectorPorts } from '@geres/anpr/connector';
import type { Collection, CollectionStore, CommandBus, EventStore, Row } from '@geres/kernel';
import type { LookupAnswer } from '@geres/contracts';
import type { Doing, Fuse, Step } from './steps.js';

/** Tells that the process has come to a step. At the one where it dies nothing goes on from there. */
export type Passing = (step: Step) => Promise<never> | undefined;

/** How long a process that dies before something is held there: whatever did not wait for it gets out. */
const HELD_MS = 30;

/** SIGKILL at the chosen passage: no handler runs, no buffer is flushed, no worker ends its transaction. */
export function fused(fuse: Fuse | undefined): Passing {
  let left = fuse?.passage ?? 0;
  const die = (): boolean => process.kill(process.pid, 'SIGKILL');
  return (step) => {
    if (step !== fuse?.step || (left -= 1) !== 0) return undefined;
    if (step.startsWith('after-')) die();
    setTimeout(die, HELD_MS);
    return new Promise(() => undefined);
  };
}

async function between<T>(pass: Passing, doings: readonly Doing[], work: () => Promise<T>): Promise<T> {
  for (const doing of doings) {
    const held = pass(`before-${doing}`);
    if (held) return held;
  }
  const result = await work();
  for (const doing of doings) {
    const held = pass(`after-${doing}`);
    if (held) return held;
  }
  return result;
}

const EVENTS: Readonly<Record<string, Doing>> = {
  'anpr.register.taken': 'take',
  'anpr.lookup.requested': 'record',
  'anpr.lookup.refused': 'refuse',
  'anpr.lookup.refusals-counted': 'refuse',
  'anpr.lookup.asked': 'further',
  'anpr.lookup.answered': 'settle',
  'anpr.lookup.failed': 'settle',
  'anpr.lookup.interrupted': 'close',
};

/** An append passes a step for each event of the kind. */
export const fusedStore = (store: EventStore, pass: Passing): EventStore => ({
  read: (...given) => store.read(...given),
  subscribe: (...given) => store.subscribe(...given),
  append: (stream, head, events) => between(pass, events.flatMap(({ type }) => EVENTS[type] ?? []), () => store.append(stream, head, events)),
});

/** A write to one of the collections that are named passes its step. */
export const fusedCollections = (store: CollectionStore, doings: Readonly<Record<string, Doing>>, pass: Passing): CollectionStore => ({
  sweep: (...given) => store.sweep(...given),
  close: () => store.close(),
  collection<T extends Row>(spec: { readonly name: string }): Collection<T> {
    const kept = store.collection<T>(spec);
    const doing = doings[spec.name];
    if (doing === undefined) return kept;
    return {
      get: (...given) => kept.get(...given),
      getMany: (...given) => kept.getMany(...given),
      find: (...given) => kept.find(...given),
      checkpoint: () => kept.checkpoint(),
      clear: () => kept.clear(),
      remove: (...given) => kept.remove(...given),
      insert: (...given) => between(pass, [doing], () => kept.insert(...given)),
      replace: (...given) => between(pass, [doing], () => kept.replace(...given)),
      commit: (...given) => between(pass, [doing], () => kept.commit(...given)),
    };
  },
});

/** The word that a request is recorded is one step, what came of it another. */
export const fusedBus = (bus: CommandBus, pass: Passing): CommandBus => ({
  send: (...given) => bus.send(...given),
  handle: (...given) => bus.handle(...given),
  answers: (...given) => bus.answers(...given),
  onParked: (...given) => bus.onParked(...given),
  close: (...given) => bus.close(...given),
  answer: (topic, answer) => between(pass, [(answer as LookupAnswer).data.kind === 'recorded' ? 'word' : 'reply'], () => bus.answer(topic, answer)),
});

type Channels = ConnectorPorts['channels'];

export const fusedChannels = ({ ws, pdnd }: Channels, pass: Passing): Channels => ({
  ws: (question) => between(pass, ['ask'], () => ws(question)),
  pdnd: (question) => between(pass, ['ask'], () => pdnd(question)),
});
