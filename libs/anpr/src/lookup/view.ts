import type { Clock } from '@geres/platform';
import type { RightsState } from '@geres/platform/auth';
import type { Live } from '@geres/platform/projections';
import { BlockList, isIP } from 'node:net';
import type { Grants } from '../grants/grants.js';
import type { Facts } from './admission.domain.js';

/** Oldest rights and grants on which anything is decided, in milliseconds (invariant I4). */
export const FRESH_MS = 1000;

/** Rights, grants, clock and calendar as a decision sees them. */
export class View {
  constructor(
    private readonly rights: Live<RightsState>,
    private readonly grants: Live<Grants>,
    private readonly isHoliday: (day: string) => boolean,
    private readonly clock: Clock,
  ) {}

  facts(): Facts {
    return { now: this.clock(), rights: this.rights.state, grants: this.grants.state, isHoliday: this.isHoliday, inNetworks };
  }

  /** Whether rights and grants are shown to be at most one second old. */
  isFresh(): boolean {
    return this.rights.fresh(FRESH_MS) && this.grants.fresh(FRESH_MS);
  }

  /** Gives rights and grants that are not fresh a second to become so: this process may have been busy elsewhere. */
  async freshened(): Promise<void> {
    if (this.isFresh()) return;
    const never = (): boolean => false;
    await Promise.all([this.rights.canTell(never, FRESH_MS), this.grants.canTell(never, FRESH_MS)]);
  }

  /** A session not yet seen is judged once the rights are as fresh as this question, within a second: `false` when they are not. */
  seen(session: string): Promise<boolean> {
    return this.rights.canTell(({ sessions }) => sessions.has(session), FRESH_MS);
  }

  comune(code: string, day?: string) {
    return this.rights.state.comuni.resolve(code, day);
  }

  get grantsNow(): Grants {
    return this.grants.state;
  }
}

/** The networks of a convention are one array as long as its terms do not change. */
const lists = new WeakMap<readonly string[], BlockList>();

/** Whether an IP address is in one of the CIDR blocks. An address that cannot be read is in none. */
export function inNetworks(address: string, blocks: readonly string[]): boolean {
  const list = lists.get(blocks) ?? listOf(blocks);
  lists.set(blocks, list);
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [network, prefix] = block.split('/') as [string, string];
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
