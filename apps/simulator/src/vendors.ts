import type { Diagnosis } from './diagnostics.js';
import type { Comune } from './people/places.js';
import { fingerprint } from './people/random.js';
import { world, type Common, type World, type WorldOptions } from './world.js';

/** A software vendor that tests here, with Comuni, an Ente and people of its own. */
export interface Vendor {
  readonly id: string;
  /** The Comuni in whose name it asks, and in which its people live. */
  readonly comuni: readonly Comune[];
  readonly ente: string;
  readonly options: WorldOptions;
  readonly world: World;
}

export interface NewVendor {
  readonly id: string;
  readonly comuni: readonly Comune[];
  readonly ente: string;
  /** Follows from the id unless told: two vendors have other people. */
  readonly seed?: number;
  readonly people?: number;
}

/** The vendors of one simulator. `comune` is the one that answers for every Comune that nobody has. */
export interface Vendors {
  readonly common: Vendor;
  ofComune(codiceIstat: string): Vendor;
  get(id: string): Vendor | undefined;
  all(): readonly Vendor[];
  /** The id or the Comune that is taken already. */
  add(vendor: NewVendor): Vendor | { readonly taken: string };
  /** As it was when it was added: its people, no operations, nothing disturbed. */
  reset(id: string): Vendor | undefined;
  remove(id: string): boolean;
  /** Why something was refused, whoever's it was: who has the id may know. */
  diagnosis(id: string): (Diagnosis & { readonly fornitore: string }) | undefined;
}

export const COMMON = 'comune';

export function vendors(common: Common, options: WorldOptions): Vendors {
  const byId = new Map<string, Vendor>();
  const byComune = new Map<string, string>();
  const put = (vendor: Omit<Vendor, 'world'>): Vendor => {
    const made = { ...vendor, world: world(common, vendor.options, vendor) };
    byId.set(vendor.id, made);
    return made;
  };
  put({ id: COMMON, comuni: [], ente: COMMON, options });
  const shared = (): Vendor => byId.get(COMMON) ?? put({ id: COMMON, comuni: [], ente: COMMON, options });
  return {
    get common() {
      return shared();
    },
    ofComune: (codiceIstat) => byId.get(byComune.get(codiceIstat) ?? COMMON) ?? shared(),
    get: (id) => byId.get(id),
    all: () => [...byId.values()],
    add({ id, comuni, ente, seed = (options.seed ^ fingerprint(id)) >>> 0, people = options.people }) {
      const taken = byId.has(id) ? id : comuni.map(({ codiceIstat }) => codiceIstat).find((code) => byComune.has(code));
      if (taken !== undefined) return { taken };
      for (const { codiceIstat } of comuni) byComune.set(codiceIstat, id);
      return put({ id, comuni, ente, options: { ...options, seed, people } });
    },
    reset(id) {
      const vendor = byId.get(id);
      return vendor && put(vendor);
    },
    remove(id) {
      if (id === COMMON) return false;
      for (const { codiceIstat } of byId.get(id)?.comuni ?? []) byComune.delete(codiceIstat);
      return byId.delete(id);
    },
    diagnosis(id) {
      for (const vendor of byId.values()) {
        const diagnosis = vendor.world.diagnostics.get(id);
        if (diagnosis) return { fornitore: vendor.id, ...diagnosis };
      }
      return undefined;
    },
  };
}
