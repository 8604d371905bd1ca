import { connectionsIn, type Grants } from '../../grants/grants.js';
import type { WsTrial } from '../admin/try-ws.js';
import { wsTrialOf, type TrialPorts } from '../admin/trials.js';

/** Active connections over `ws`, ready to be asked something about nobody. */
export function* activeWs(grants: Grants, ports: TrialPorts): Iterable<WsTrial> {
  for (const { comune, connection } of connectionsIn(grants)) {
    const trial = connection.status === 'active' ? wsTrialOf(comune, connection, ports) : undefined;
    if (trial) yield trial;
  }
}
