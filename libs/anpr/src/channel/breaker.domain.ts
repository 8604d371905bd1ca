/**
 * When questions of one (Comune, channel) stop leaving because ANPR does not answer. A state machine of ours: the libraries for it keep time on the wall clock, hold
 * whoever comes while a probe is out, which here may be two minutes, and see a call only when it has come back (ADR 0009).
 */
export interface BreakerSettings {
  /** Technical failures with no answer between them that open the circuit. */
  readonly failures: number;
  /** A call that has been out for so long, while no other was answered either, counts as one of them: read timeouts are longer than anybody’s patience. */
  readonly silenceMs: number;
  /** From the opening to the first probe; twice as long after each that failed. */
  readonly openMs: number;
  readonly openMaxMs: number;
}

/** ANPR answers within seconds, and its stops last minutes to hours. */
export const BREAKER_DEFAULTS: BreakerSettings = { failures: 5, silenceMs: 20_000, openMs: 10_000, openMaxMs: 60_000 };

/** What a connection says of its breaker, where it says anything. */
export type BreakerChoices = { readonly [Setting in keyof BreakerSettings]?: BreakerSettings[Setting] | undefined };

/** No more failures are wanted than questions may be out at once, and two at least. */
export function breakerSettings(choices: BreakerChoices = {}, maxInFlight = Infinity): BreakerSettings {
  const { failures = BREAKER_DEFAULTS.failures, silenceMs = BREAKER_DEFAULTS.silenceMs, openMs = BREAKER_DEFAULTS.openMs, openMaxMs = BREAKER_DEFAULTS.openMaxMs } = choices;
  return { failures: Math.min(failures, Math.max(2, maxInFlight)), silenceMs, openMs, openMaxMs };
}

/** What the end of a call says of ANPR. `nothing`: it never left, or was cut by us. */
export type Sign = 'life' | 'failure' | 'nothing';

/** Instants are milliseconds of a clock that never goes back. */
export interface Circuit {
  readonly state: 'closed' | 'open' | 'half-open';
  /** Technical failures since ANPR last answered. */
  readonly failures: number;
  /** When ANPR last answered; when this circuit began, if it has not. */
  readonly answeredAt: number;
  /** When each call that is out has left. */
  readonly out: ReadonlyMap<number, number>;
  /** Of the last call that left. */
  readonly last: number;
  /** From when a probe may leave. */
  readonly probeFrom: number;
  /** The probe that is out. */
  readonly probe?: number;
  /** Openings in a row. */
  readonly openings: number;
}

export const closedCircuit = (now: number): Circuit => ({ state: 'closed', failures: 0, answeredAt: now, out: new Map(), last: 0, probeFrom: 0, openings: 0 });

/** Since when nothing is heard of a call. */
const silentSince = (leftAt: number, { answeredAt }: Circuit): number => Math.max(leftAt, answeredAt);

/** Calls are in the order in which they left, so that those before the first that is not silent are all there are. */
function silent(circuit: Circuit, now: number, { silenceMs }: BreakerSettings): number {
  let count = 0;
  for (const leftAt of circuit.out.values()) {
    if (now - silentSince(leftAt, circuit) < silenceMs) break;
    count += 1;
  }
  return count;
}

function opened({ probe: _, ...circuit }: Circuit, now: number, { openMs, openMaxMs }: BreakerSettings): Circuit {
  return { ...circuit, state: 'open', openings: circuit.openings + 1, probeFrom: now + Math.min(openMs * 2 ** circuit.openings, openMaxMs) };
}

/** What time alone has made of it: calls that are silent for too long. */
export function looked(circuit: Circuit, now: number, settings: BreakerSettings): Circuit {
  switch (circuit.state) {
    case 'closed':
      return circuit.failures + silent(circuit, now, settings) >= settings.failures ? opened(circuit, now, settings) : circuit;
    case 'half-open':
      return now - circuit.out.get(circuit.probe!)! >= settings.silenceMs ? opened(circuit, now, settings) : circuit;
    case 'open':
      return circuit;
    default:
      return circuit.state satisfies never;
  }
}

/** When time alone may change it next; never, if no call is out. */
export function lookAt(circuit: Circuit, { failures, silenceMs }: BreakerSettings): number {
  if (circuit.state === 'open') return Infinity;
  if (circuit.state === 'half-open') return circuit.out.get(circuit.probe!)! + silenceMs;
  let missing = failures - circuit.failures;
  for (const leftAt of circuit.out.values()) if (--missing <= 0) return silentSince(leftAt, circuit) + silenceMs;
  return Infinity;
}

/** How long nothing may leave; 0: a call may leave now. */
export function holdsMs({ state, probeFrom }: Circuit, now: number, { openMs }: BreakerSettings): number {
  if (state === 'closed') return 0;
  return state === 'half-open' ? openMs : Math.max(0, probeFrom - now);
}

/** A call leaves; where the circuit is open it is the probe. Its number is `last`. */
export function left(circuit: Circuit, now: number): Circuit {
  const last = circuit.last + 1;
  const out = new Map(circuit.out).set(last, now);
  return circuit.state === 'closed' ? { ...circuit, out, last } : { ...circuit, state: 'half-open', out, last, probe: last };
}

/** A call has come back, or was given up. An answer closes the circuit, whichever call it comes to. */
export function came(circuit: Circuit, call: number, sign: Sign, now: number, settings: BreakerSettings): Circuit {
  if (!circuit.out.has(call)) return circuit;
  const out = new Map(circuit.out);
  out.delete(call);
  if (sign === 'life') return { ...closedCircuit(now), out, last: circuit.last };
  const { probe, ...rest } = circuit;
  const isProbe = probe === call;
  const next: Circuit = { ...(isProbe ? rest : circuit), out, failures: circuit.failures + (sign === 'failure' ? 1 : 0) };
  if (isProbe) return sign === 'failure' ? opened(next, now, settings) : { ...next, state: 'open', probeFrom: now };
  return looked(next, now, settings);
}
