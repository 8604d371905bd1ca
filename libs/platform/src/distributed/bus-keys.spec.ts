import type { Command } from '@geres/kernel';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Seal } from '../bus/kafka/index.js';
import { busKeys } from '../config/index.js';
import { loadConfig } from '../config/settings.js';
import { busKeysOf } from './open.js';

const TOPIC = 'geres.anpr.commands';
const ask: Command = { type: 'anpr.lookup.ask', id: '01JDABCDEFGHJKMNPQRSTVWXYZ', key: 'H501', issuedAt: '2026-11-23T09:00:00.000Z', expiresAt: '2026-11-23T09:00:30.000Z', data: {} };
const [old, next] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

/** A process whose settings say so. */
const started = (keys: string): Seal => new Seal(busKeysOf({ busKeys: loadConfig({ lookups: busKeys.lookups }, { env: { GERES_BUS_KEY_LOOKUPS: keys } }) }));

/** What the processes of each step of a rotation are told; those of two neighbouring steps run together while they are replaced one by one. */
const STEPS = [old, `${old},${next}`, `${next},${old}`, next];

describe('a key of the bus that takes the place of another', () => {
  it.each(STEPS.slice(1).map((step, index) => [index + 1, STEPS[index]!, step] as const))('at step %i is understood by every process, those of the step before included', async (_, before, after) => {
    const [one, other] = [started(before), started(after)];
    for (const [from, to] of [[one, other], [other, one]] as const) expect(await to.open(TOPIC, await from.seal(TOPIC, ask))).toEqual(ask);
  });

  it('is not understood where a step is left out', async () => {
    await expect(started(old).open(TOPIC, await started(`${next},${old}`).seal(TOPIC, ask))).rejects.toThrow('cannot be opened');
  });
});
