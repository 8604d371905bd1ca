import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BusUnavailable, type Answer, type Command, type CommandBus, type Delivery, type Parked } from '../command-bus.js';
import { unique } from './sample.js';

export interface OpenedBus {
  readonly bus: CommandBus;
  /** Another process on the same bus, as far as the adapter has such a thing. */
  another?(): Promise<CommandBus>;
  close(): Promise<void>;
}

export interface CommandBusContractOptions {
  /** Within how long a command arrives, also the last time that it is tried. */
  readonly withinMs?: number;
}

/** The behaviour that every `CommandBus` owes the rest of the system. */
export function commandBusContract(adapter: string, open: () => Promise<OpenedBus>, { withinMs = 10_000 }: CommandBusContractOptions = {}): void {
  describe(`CommandBus contract: ${adapter}`, () => {
    let opened: OpenedBus;
    const parked: Parked[] = [];
    beforeAll(async () => {
      opened = await open();
      opened.bus.onParked((one) => parked.push(one));
    });
    afterAll(() => opened.close());

    const within = { timeout: withinMs, interval: 5 };
    const eventually = (check: () => void): Promise<void> => vi.waitFor(check, within);
    const topic = (): string => unique('spec.commands.');
    const times = { issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2126-11-23T09:00:00.000Z' };
    const command = (key: string, data: object = {}): Command => ({ type: 'spec.do', id: randomUUID(), key, ...times, data });
    const answer = (data: object = {}): Answer => ({ type: 'spec.done', to: randomUUID(), ...times, data });
    const idOf = (message: unknown): string => (message as Command).id;
    const parkedOn = (name: string): readonly Parked[] => parked.filter((one) => one.topic === name);
    const taken = Promise.resolve();

    interface Seen {
      readonly id: string;
      readonly attempt: number;
    }
    /** Handles a topic and notes what comes. */
    const handling = async (name: string, handler: (message: unknown, delivery: Delivery) => void, bus = opened.bus): Promise<readonly Seen[]> => {
      const seen: Seen[] = [];
      await bus.handle(name, (message, delivery) => {
        seen.push({ id: idOf(message), attempt: delivery.attempt });
        handler(message, delivery);
      });
      return seen;
    };

    describe('a command', () => {
      it('is accepted before anybody handles it, and waits', async () => {
        const name = topic();
        const one = command('a', { text: 'città \u{1F600}', list: [1, null], deep: { x: true } });
        await opened.bus.send(name, one);
        const messages: unknown[] = [];
        await handling(name, (message, delivery) => {
          messages.push(message);
          delivery.until(taken);
        });
        await eventually(() => expect(messages).toEqual([one]));
      });

      it('is accepted when it is accepted, not when it is handled', async () => {
        const name = topic();
        const never = Promise.withResolvers<void>();
        const seen = await handling(name, (_, delivery) => delivery.until(never.promise));
        await opened.bus.send(name, command('a'));
        await eventually(() => expect(seen).toHaveLength(1));
        await opened.bus.send(name, command('a'));
        await eventually(() => expect(seen).toHaveLength(2));
        never.resolve();
      });

      it('comes after those of its key that were sent before', async () => {
        const name = topic();
        const sent = Array.from({ length: 120 }, (_, n) => command(`key-${n % 4}`, { n }));
        const came: Command[] = [];
        await handling(name, (message, delivery) => {
          came.push(message as Command);
          delivery.until(taken);
        });
        for (const one of sent) await opened.bus.send(name, one);
        await eventually(() => expect(came).toHaveLength(120));
        for (const key of ['key-0', 'key-1', 'key-2', 'key-3']) expect(came.filter((one) => one.key === key).map(({ id }) => id)).toEqual(sent.filter((one) => one.key === key).map(({ id }) => id));
      });

      it('does not wait for the one before to be taken, of its key or of another', async () => {
        const name = topic();
        const slow = Promise.withResolvers<void>();
        const [first, same, other] = [command('a'), command('a'), command('b')];
        const seen = await handling(name, (message, delivery) => delivery.until(idOf(message) === first.id ? slow.promise : taken));
        for (const one of [first, same, other]) await opened.bus.send(name, one);
        await eventually(() => expect(new Set(seen.map(({ id }) => id))).toEqual(new Set([first.id, same.id, other.id])));
        slow.resolve();
      });

      it('goes to the handler of its topic alone', async () => {
        const [name, other] = [topic(), topic()];
        const here = await handling(name, (_, delivery) => delivery.until(taken));
        const there = await handling(other, (_, delivery) => delivery.until(taken));
        const [one, two] = [command('a'), command('a')];
        await opened.bus.send(name, one);
        await opened.bus.send(other, two);
        await eventually(() => expect([here.map(({ id }) => id), there.map(({ id }) => id)]).toEqual([[one.id], [two.id]]));
      });

      it('has one handler', async () => {
        const name = topic();
        await handling(name, () => undefined);
        await expect(opened.bus.handle(name, () => undefined)).rejects.toThrow();
      });
    });

    describe('a command that is not taken', () => {
      it.each(['is refused later', 'is refused at once'])('comes again when it %s, counting, until it is taken', async (how) => {
        const name = topic();
        const seen = await handling(name, (_, delivery) => {
          if (delivery.attempt >= 3) return delivery.until(taken);
          if (how === 'is refused at once') throw new Error('not now');
          delivery.until(Promise.reject(new Error('not now')));
        });
        const one = command('a');
        await opened.bus.send(name, one);
        const after = command('b');
        await eventually(() => expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]));
        // It was taken: nothing more comes of it, others do.
        await opened.bus.send(name, after);
        await eventually(() => expect(seen.at(-1)?.id).toBe(after.id));
        expect(seen.filter(({ id }) => id === one.id)).toHaveLength(3);
        expect(parkedOn(name)).toEqual([]);
      });

      it('comes again once, however many things it was to wait for', async () => {
        const name = topic();
        const seen = await handling(name, (_, delivery) => {
          if (delivery.attempt > 1) return delivery.until(taken);
          for (let n = 0; n < 3; n++) delivery.until(Promise.reject(new Error('not now')));
          throw new Error('not now');
        });
        await opened.bus.send(name, command('a'));
        await eventually(() => expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]));
        const after = command('a');
        await opened.bus.send(name, after);
        await eventually(() => expect(seen.at(-1)?.id).toBe(after.id));
        expect(seen).toHaveLength(3);
      });

      it.each(['rejects', 'throws'])('is put aside when its handler always %s, with the reason; the others go on', async (how) => {
        const name = topic();
        const bad = command('a');
        class NotPossible extends Error {
          override readonly name = 'NotPossible';
        }
        const seen = await handling(name, (message, delivery) => {
          if (idOf(message) !== bad.id) return delivery.until(taken);
          if (how === 'throws') throw new NotPossible();
          delivery.until(Promise.reject(new NotPossible()));
        });
        await opened.bus.send(name, bad);
        const good = command('a');
        await opened.bus.send(name, good);
        await eventually(() => expect(parkedOn(name)).toEqual([{ topic: name, reason: 'NotPossible', message: bad }]));
        const attempts = seen.filter(({ id }) => id === bad.id).map(({ attempt }) => attempt);
        expect(attempts.length).toBeGreaterThan(1);
        expect(attempts).toEqual(attempts.map((_, index) => index + 1));
        expect(seen.some(({ id }) => id === good.id)).toBe(true);
      });
    });

    describe('a command that nobody will ever understand', () => {
      it('is put aside with the reason that was given, once and for all', async () => {
        const name = topic();
        const [bad, good] = [command('a'), command('a')];
        const seen = await handling(name, (message, delivery) => (idOf(message) === bad.id ? delivery.park('data.lookup: invalid_type') : delivery.until(taken)));
        await opened.bus.send(name, bad);
        await opened.bus.send(name, good);
        await eventually(() => expect(seen.map(({ id }) => id)).toEqual([bad.id, good.id]));
        await eventually(() => expect(parkedOn(name)).toEqual([{ topic: name, reason: 'data.lookup: invalid_type', message: bad }]));
      });
    });

    describe('an answer', () => {
      it('reaches everybody who listens, here and elsewhere, until they stop', async () => {
        const name = unique('spec.answers.');
        const elsewhere = (await opened.another?.()) ?? opened.bus;
        const [one, two]: [unknown[], unknown[]] = [[], []];
        const stop = await opened.bus.answers(name, (message) => one.push(message));
        await elsewhere.answers(name, (message) => two.push(message));
        const [first, second] = [answer({ n: 1 }), answer({ n: 2 })];
        await opened.bus.answer(name, first);
        await eventually(() => expect([one, two]).toEqual([[first], [first]]));
        stop();
        await opened.bus.answer(name, second);
        await eventually(() => expect(two).toEqual([first, second]));
        expect(one).toEqual([first]);
      });

      it('that somebody does not want does not reach them', async () => {
        const name = unique('spec.answers.');
        const [mine, other] = [answer({ n: 1 }), answer({ n: 2 })];
        const [one, two]: [unknown[], unknown[]] = [[], []];
        await opened.bus.answers(name, (message) => one.push(message), (to) => to === mine.to);
        await opened.bus.answers(name, (message) => two.push(message));
        for (const each of [other, mine]) await opened.bus.answer(name, each);
        await eventually(() => expect([one, two.toSorted()]).toEqual([[mine], [other, mine].toSorted()]));
      });

      it('may find nobody', async () => {
        await expect(opened.bus.answer(unique('spec.answers.'), answer())).resolves.toBeUndefined();
      });

      it('stays on its topic', async () => {
        const [name, other] = [unique('spec.answers.'), unique('spec.answers.')];
        const [here, there]: [unknown[], unknown[]] = [[], []];
        await opened.bus.answers(name, (message) => here.push(message));
        await opened.bus.answers(other, (message) => there.push(message));
        await opened.bus.answer(name, answer());
        const last = answer();
        await opened.bus.answer(other, last);
        await eventually(() => expect([here.length, there]).toEqual([1, [last]]));
      });
    });

    describe('closing', () => {
      it('waits for what has been taken in hand', async () => {
        const { bus, close } = await open();
        const name = topic();
        const working = Promise.withResolvers<void>();
        const seen = await handling(name, (_, delivery) => delivery.until(working.promise), bus);
        await bus.send(name, command('a'));
        await eventually(() => expect(seen).toHaveLength(1));
        let closed = false;
        const closing = bus.close(withinMs).then(() => (closed = true));
        await new Promise(setImmediate);
        expect(closed).toBe(false);
        working.resolve();
        await closing;
        await close();
      });

      it('does not wait for ever', async () => {
        const { bus, close } = await open();
        const name = topic();
        const seen = await handling(name, (_, delivery) => delivery.until(new Promise(() => undefined)), bus);
        await bus.send(name, command('a'));
        await eventually(() => expect(seen).toHaveLength(1));
        await bus.close(20);
        await close();
      });

      it('brings nothing again, and accepts nothing more', async () => {
        const { bus, close } = await open();
        const name = topic();
        let bringAgain = (): void => undefined;
        const seen = await handling(name, (_, delivery) => delivery.until(new Promise((_, reject) => (bringAgain = () => reject(new Error('not now'))))), bus);
        await bus.send(name, command('a'));
        await eventually(() => expect(seen).toHaveLength(1));
        const closing = bus.close(withinMs);
        bringAgain();
        await closing;
        expect(seen).toHaveLength(1);
        await expect(bus.send(name, command('a'))).rejects.toBeInstanceOf(BusUnavailable);
        await expect(bus.answer(name, answer())).rejects.toBeInstanceOf(BusUnavailable);
        await close();
      });
    });
  });
}
