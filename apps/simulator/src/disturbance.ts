import { between, fingerprint, random } from './people/random.js';

export const FAULTS = ['interrompi', 'fault', '500', 'nessuna-risposta'] as const;
/** `interrompi`: the operation is done, the connection drops before the answer. `fault`, `500`: nothing is done. `nessuna-risposta`: it stays running for ever. */
export type Fault = (typeof FAULTS)[number];

export interface Delay {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * How ANPR is made slow or unreliable on purpose. The delay of a question by codice fiscale depends on the seed and that code alone, so that the same
 * question asked twice, by two ways, is equally slow; every other choice depends on the seed and on the order of the requests.
 */
export interface Disturbance {
  delay: Delay;
  faults: { readonly percentuale: number; readonly tipo: Fault } | undefined;
  /** Milliseconds; `person` is the codice fiscale asked about, where there is one. */
  nextDelay(person?: string): number;
  nextFault(): Fault | undefined;
}

export const NO_DELAY: Delay = { minMs: 0, maxMs: 0 };

export function disturbance(seed: number): Disturbance {
  const next = random(seed ^ 0x5eed);
  return {
    delay: NO_DELAY,
    faults: undefined,
    nextDelay(person) {
      if (this.delay.maxMs === 0) return 0;
      return between(person === undefined ? next : random(seed ^ fingerprint(person)), this.delay.minMs, this.delay.maxMs);
    },
    nextFault() {
      return this.faults && next() * 100 < this.faults.percentuale ? this.faults.tipo : undefined;
    },
  };
}
