import { randomUUID } from 'node:crypto';

/** Why a masked refusal happened: what nobody tells the caller on the wire. Never who was asked about. */
export interface Diagnosis {
  readonly id: string;
  readonly quando: string;
  readonly canale: 'ws' | 'pdnd-token' | 'pdnd';
  /** What the caller saw. */
  readonly visto: string;
  readonly cause: readonly Cause[];
}

export interface Cause {
  readonly codice: string;
  readonly nome?: string;
  readonly atteso?: string;
  readonly ricevuto?: string;
}

/** The newest `limit` diagnoses. */
export interface Diagnostics {
  add(canale: Diagnosis['canale'], visto: string, cause: readonly Cause[], now: number, id?: string): string;
  get(id: string): Diagnosis | undefined;
  newest(size: number): readonly Diagnosis[];
  clear(): void;
}

export function diagnostics(limit = 1_000): Diagnostics {
  const kept = new Map<string, Diagnosis>();
  return {
    add(canale, visto, cause, now, id = randomUUID()) {
      kept.set(id, { id, quando: new Date(now).toISOString(), canale, visto, cause });
      const [oldest] = kept.keys();
      if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
      return id;
    },
    get: (id) => kept.get(id),
    newest: (size) => [...kept.values()].slice(-size).reverse(),
    clear: () => { kept.clear(); },
  };
}
