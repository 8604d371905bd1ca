import { hash, randomUUID } from 'node:crypto';
import { diagnostics, type Diagnostics } from './diagnostics.js';
import { disturbance, type Disturbance } from './disturbance.js';
import { operations, type Operations } from './operations.js';
import { directory, type Directory } from './people/directory.js';
import { COMUNI, type Comune } from './people/places.js';
import type { Issuer } from './pdnd/issuer.js';
import { registry, type Registry } from './pdnd/registry.js';
import type { Mtom } from './soap/mtom.js';
import type { Validate } from './soap/official.js';
import type { Stored } from './soap/stored.js';
import { VERSIONS, type Version } from './soap/versions.js';
import type { Authority } from './wss/authority.js';

/** What ANPR knows of an operator: nothing, that she may not use this service, that she may but not for this, or that she may. */
export const PROFILES = ['sconosciuto', 'non-abilitato', 'senza-privilegi', 'abilitato'] as const;
export type Profile = (typeof PROFILES)[number];

export interface Security {
  firma: 'richiesta' | 'accettata';
  sha1: boolean;
  tolleranzaMs: number;
  /** By codice fiscale. Whoever is not listed is `abilitato`. */
  readonly operators: Map<string, Profile>;
}

/** The form of the answers of SOAP services. */
export interface Answers {
  mtom: Mtom;
  /** Optional elements that no schema of today has. */
  elementoIgnoto: boolean;
}

/** What all vendors share: time, trust, and the numbers that ANPR gives to operations. */
export interface Common {
  readonly now: () => number;
  /** Today's date in Europe/Rome. */
  readonly today: () => string;
  readonly authority: Authority;
  /** How the schema of a payload is checked. */
  readonly validate: Validate;
  readonly issuer: Issuer;
  nextOperationId(): number;
  /** The answer is ready: the operation counts as done from now, whether anybody still listens or not. */
  later(delayMs: number, done: () => void): void;
}

/** One vendor's ANPR: its people, its operations and how it is disturbed. Nothing in it is seen from another's. */
export interface World extends Common {
  readonly people: Directory;
  readonly operations: Operations<Stored>;
  readonly disturbance: Disturbance;
  readonly security: Security;
  readonly diagnostics: Diagnostics;
  readonly pdnd: Registry;
  readonly answers: Answers;
  /** The protocol versions that this ANPR knows, in support or not. */
  versions: readonly Version[];
  /** Those of the demo, and this vendor's own. */
  readonly comuni: readonly Comune[];
  /** This vendor's Ente, by its name and as PDND names it: the same after a reset. */
  readonly ente: string;
  readonly consumerId: string;
  /** Makes fingerprints of questions that nobody outside this process can compare with a guess. */
  readonly salt: string;
}

export interface WorldOptions {
  readonly seed: number;
  readonly people: number;
  readonly operations: number;
  readonly firma: Security['firma'];
}

/** Whose world it is: the vendor's Ente, and its Comuni where it has some of its own. */
export interface Owner {
  readonly id: string;
  readonly ente: string;
  readonly comuni: readonly Comune[];
}

export function world(common: Common, { seed, people, operations: limit, firma }: WorldOptions, { id, ente, comuni }: Owner): World {
  const [first, ...others] = comuni;
  return {
    ...common,
    people: directory(seed, people, first && [first, ...others]),
    comuni: [...new Map([...COMUNI, ...comuni].map((comune) => [comune.codiceIstat, comune])).values()],
    ente,
    operations: operations(limit),
    disturbance: disturbance(seed),
    security: { firma, sha1: false, tolleranzaMs: 5_000, operators: new Map() },
    diagnostics: diagnostics(),
    pdnd: registry(),
    answers: { mtom: 'con-allegato', elementoIgnoto: false },
    versions: VERSIONS,
    consumerId: idOfEnte(id, ente),
    salt: randomUUID(),
  };
}

/** A UUID that follows from its name (RFC 9562, version 8). */
function idOfEnte(id: string, ente: string): string {
  const hex = hash('sha256', `${id} ${ente}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
