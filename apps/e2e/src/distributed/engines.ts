import { engine, ownEngine, type EngineName, type OwnEngine } from '@geres/platform/testing/engines';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePorts } from './ports.js';

/** How many ports each takes. */
const PORTS: Readonly<Record<EngineName, number>> = { eventstoredb: 2, kafka: 3, mongodb: 1 };
const NAMES = Object.keys(PORTS) as readonly EngineName[];

/** Why engines of one's own cannot be had on this machine; `undefined` where they can. Errors: so it is with `GERES_ENGINES=required`. */
export async function enginesMissing(): Promise<string | undefined> {
  for (const name of NAMES) {
    const found = await engine(name);
    if (!found.there) return `${name}: ${found.why}`;
    if (found.pid === undefined) return `${name} is given, and nobody's to stop`;
  }
  return undefined;
}

/** Engines of one's own, whose addresses are known before they are there. */
export class Engines {
  private readonly running = new Map<EngineName, OwnEngine>();

  private constructor(
    private readonly folder: string,
    private readonly ports: Readonly<Record<EngineName, readonly number[]>>,
  ) {}

  static async at(folder: string): Promise<Engines> {
    // PostgreSQL does not run as root: the user that it runs as finds its way through, and no further.
    await mkdir(folder, { recursive: true });
    for (const one of [folder, dirname(folder)]) await chmod(one, 0o711);
    const [eventstoredb, kafka, mongodb] = await Promise.all([freePorts(PORTS.eventstoredb), freePorts(PORTS.kafka), freePorts(PORTS.mongodb)]);
    return new Engines(folder, { eventstoredb, kafka, mongodb });
  }

  port(name: EngineName): number {
    return this.ports[name][0]!;
  }

  async start(...names: readonly EngineName[]): Promise<void> {
    await Promise.all((names.length > 0 ? names : NAMES).map(async (name) => void this.running.set(name, await ownEngine(name, join(this.folder, name), this.ports[name]))));
  }

  /** Those that are not there, and the stand-in without a fault. */
  async mend(): Promise<void> {
    const gone = NAMES.filter((name) => !this.running.has(name));
    if (gone.length > 0) await this.start(...gone);
    await this.storeIsToldTo('recover');
  }

  /** Without a word to it. */
  async kill(name: EngineName): Promise<void> {
    await this.running.get(name)!.kill();
    this.running.delete(name);
  }

  async stop(name: EngineName): Promise<void> {
    await this.running.get(name)!.stop();
    this.running.delete(name);
  }

  /** A fault of the stand-in for EventStoreDB, or its end: `stall`, `deafen`, `leave`, `drop`, `recover`. */
  async storeIsToldTo(act: string): Promise<void> {
    const { control } = this.running.get('eventstoredb')!;
    const response = await fetch(`${control!}/${act}`, { method: 'POST' });
    if (!response.ok) throw new Error(`the stand-in refuses to ${act}: ${await response.text()}`);
  }

  async end(): Promise<void> {
    await Promise.all([...this.running.keys()].map((name) => this.stop(name)));
  }
}
