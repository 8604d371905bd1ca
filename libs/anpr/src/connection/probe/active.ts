import type { Grants } from '../../grants/grants.js';
import type { WsTrial } from '../admin/try-ws.js';
import { wsTrialOf, type TrialPorts } from '../admin/trials.js';

/** Active connections over `ws`, ready to be asked something about nobody. */
export function* activeWs({ connections }: Grants, ports: TrialPorts): Iterable<WsTrial> {
  for (const [key, connection] of connections) {
    const trial = connection.status === 'active' ? wsTrialOf(key.split('/')[0]!, connection, ports) : undefined;
    if (trial) yield trial;
  }
}
