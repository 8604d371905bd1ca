import type { AskLookup, LookupCommand } from '@geres/contracts';
import { romeDay } from '@geres/contracts';
import { decodeTime } from 'ulid';
import { closeOverdue, type AbandonedPorts } from './abandoned.js';
import { ask, type AskPorts } from './ask.js';
import { collect } from './collect.js';

/** This process takes no more commands: another one will. */
export class ConnectorStopping extends Error {
  override readonly name = 'ConnectorStopping';
  constructor() {
    super('the connector is stopping');
  }
}

export type LookupPorts = AskPorts & Omit<AbandonedPorts, 'isHeld'>;

/** What the owner of a Comune's registers does with each command. */
export class Lookups {
  private readonly asking = new Map<string, Promise<void>>();
  private readonly working = new Set<Promise<void>>();
  private stopping = false;

  constructor(private readonly ports: LookupPorts) {}

  /** Resolves when the command counts as taken; rejects when it is to come again. */
  take(command: LookupCommand): Promise<void> {
    if (this.stopping) return Promise.reject(new ConnectorStopping());
    const work = this.work(command);
    this.working.add(work);
    const end = (): void => void this.working.delete(work);
    work.then(end, end);
    return work;
  }

  /** Whether a lookup is in the hands of this process. */
  readonly isHeld = (lookup: string): boolean => this.asking.has(lookup) || this.ports.isFlying(lookup);

  /** Takes nothing more; resolves when what was taken is done. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.working);
  }

  private async work(command: LookupCommand): Promise<void> {
    switch (command.type) {
      case 'anpr.lookup.ask':
        return this.ask(command);
      case 'anpr.lookup.collect':
        return collect(command, this.ports);
      case 'anpr.lookup.settle': {
        const { comune, lookup } = command.data;
        const register = await this.ports.registers.existing(comune, romeDay(new Date(decodeTime(lookup))));
        if (register) await closeOverdue(register, comune, lookup, command.id, { ...this.ports, isHeld: this.isHeld });
        return;
      }
      default:
        return command satisfies never;
    }
  }

  /** The same command, come twice at the same time, is one. */
  private ask(command: AskLookup): Promise<void> {
    const { lookup } = command.data;
    const known = this.asking.get(lookup);
    if (known) return known;
    const asking = ask(command, this.ports).finally(() => this.asking.delete(lookup));
    this.asking.set(lookup, asking);
    return asking;
  }
}
