import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BREAKER_DEFAULTS, came, closedCircuit, holdsMs, left, lookAt, looked, type BreakerSettings, type Circuit, type Sign } from './breaker.domain.js';

const settings: BreakerSettings = { failures: 3, silenceMs: 20_000, openMs: 10_000, openMaxMs: 60_000 };

/** One call after the other, each ending at once. */
const after = (signs: readonly Sign[], now = 0, circuit = closedCircuit(0)): Circuit =>
  signs.reduce((so, sign) => {
    const gone = left(so, now);
    return came(gone, gone.last, sign, now, settings);
  }, circuit);
const out = (...leftAt: readonly number[]): Circuit => leftAt.reduce(left, closedCircuit(0));
const OPEN = after(['failure', 'failure', 'failure']);

describe('the circuit of a channel', () => {
  it('opens after so many technical failures in a row', () => {
    expect(after(['failure', 'failure']).state).toBe('closed');
    expect(OPEN.state).toBe('open');
    expect(holdsMs(OPEN, 0, settings)).toBe(10_000);
  });

  it('does not open where an answer comes between them', () => expect(after(['failure', 'failure', 'life', 'failure', 'failure']).state).toBe('closed'));

  it('learns nothing from what never left', () => expect(after(['failure', 'failure', 'nothing', 'nothing']).state).toBe('closed'));

  it('opens on calls that are out and silent, long before they time out', () => {
    const circuit = out(0, 100, 200);
    expect(lookAt(circuit, settings)).toBe(20_200);
    expect(looked(circuit, 20_199, settings).state).toBe('closed');
    expect(looked(circuit, 20_200, settings).state).toBe('open');
  });

  it('counts silent calls and those that failed together', () => {
    const circuit = left(after(['failure', 'failure']), 100);
    expect(lookAt(circuit, settings)).toBe(20_100);
    expect(looked(circuit, 20_100, settings).state).toBe('open');
  });

  it('stays closed while ANPR is slow and answers', () => {
    let circuit = out(0, 0, 0, 0);
    for (const now of [15_000, 30_000, 45_000]) {
      circuit = looked(circuit, now, settings);
      expect(circuit.state).toBe('closed');
      circuit = came(circuit, [...circuit.out.keys()][0]!, 'life', now, settings);
    }
    expect(looked(circuit, 64_999, settings).state).toBe('closed');
  });

  it('need not be looked at while nothing is out', () => expect(lookAt(after(['failure', 'failure']), settings)).toBe(Infinity));

  it('lets one probe through when it has been open for a while, and nobody else', () => {
    expect(holdsMs(OPEN, 9999, settings)).toBe(1);
    expect(holdsMs(OPEN, 10_000, settings)).toBe(0);
    const probing = left(OPEN, 10_000);
    expect(probing.state).toBe('half-open');
    expect(holdsMs(probing, 10_001, settings)).toBeGreaterThan(0);
  });

  it('closes when the probe is answered', () => expect(after(['life'], 10_000, OPEN)).toMatchObject({ state: 'closed', failures: 0, openings: 0 }));

  it('stays open twice as long after each probe that fails, up to a limit', () => {
    let circuit = OPEN;
    const waits = [1, 2, 3, 4].map(() => {
      const now = circuit.probeFrom;
      circuit = after(['failure'], now, circuit);
      return circuit.probeFrom - now;
    });
    expect(waits).toEqual([20_000, 40_000, 60_000, 60_000]);
  });

  it('does not wait for a silent probe until it times out', () => {
    const probing = left(OPEN, 10_000);
    expect(lookAt(probing, settings)).toBe(30_000);
    expect(looked(probing, 30_000, settings)).toMatchObject({ state: 'open', probeFrom: 50_000 });
  });

  it('lets the next one probe at once where the probe did not leave', () => {
    const given = after(['nothing'], 10_000, OPEN);
    expect(given.state).toBe('open');
    expect(holdsMs(given, 10_000, settings)).toBe(0);
  });

  it('closes when a call from before it opened is answered after all', () => {
    const circuit = looked(out(0, 0, 0), 20_000, settings);
    expect(circuit.state).toBe('open');
    expect(came(circuit, 2, 'life', 45_000, settings)).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('is opened once by calls that end together, not once for each', () => {
    let circuit = looked(out(0, 0, 0, 0), 20_000, settings);
    const { probeFrom, openings } = circuit;
    for (const call of [1, 2, 3, 4]) circuit = came(circuit, call, 'failure', 60_000, settings);
    expect(circuit).toMatchObject({ state: 'open', probeFrom, openings });
  });

  it('takes each end of a call once', () => {
    const gone = left(after(['failure', 'failure']), 0);
    const once = came(gone, gone.last, 'nothing', 0, settings);
    expect(came(once, gone.last, 'failure', 0, settings)).toBe(once);
  });
});

it('never lets more than one probe out, closes on any answer, and always lets somebody probe in the end', () => {
  const step = fc.record({ kind: fc.constantFrom('leave', 'life', 'failure', 'nothing', 'wait'), ms: fc.nat(30_000), of: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = 0;
      let circuit = closedCircuit(0);
      for (const { kind, ms, of } of steps) {
        now += ms;
        circuit = looked(circuit, now, settings);
        const probes = circuit.probe;
        if (kind === 'leave') {
          if (holdsMs(circuit, now, settings) > 0) continue;
          expect(probes).toBeUndefined();
          circuit = left(circuit, now);
        } else if (kind !== 'wait') {
          const call = [...circuit.out.keys()][of % Math.max(1, circuit.out.size)];
          if (call === undefined) continue;
          circuit = came(circuit, call, kind as Sign, now, settings);
          if (kind === 'life') expect(circuit.state).toBe('closed');
        }
        expect(circuit.probe === undefined).toBe(circuit.state !== 'half-open');
        expect(circuit.failures < settings.failures || circuit.state !== 'closed').toBe(true);
      }
      const later = looked(circuit, now + settings.silenceMs, settings);
      expect(holdsMs(later, now + settings.silenceMs + settings.openMaxMs, settings)).toBe(0);
    }),
  );
});

it('has defaults that open well within the shortest patience of a caller', () => expect(BREAKER_DEFAULTS.silenceMs).toBeLessThan(30_000));
