import type { ConnectionOf } from '../../custody/index.js';
import type { Grants } from '../../grants/grants.js';
import type { WsTrial } from '../admin/try-ws.js';
import { wsTrialOf, type TrialPorts } from '../admin/trials.js';
import type { UsableCertificate } from '../certificates.domain.js';

/** Active connections over `ws`, ready to be asked something about nobody. */
export function* activeWs(grants: Grants, ports: TrialPorts): Iterable<WsTrial> {
  for (const { comune, connection } of present(grants)) {
    const trial = connection.status === 'active' ? wsTrialOf(comune, connection, ports) : undefined;
    if (trial) yield trial;
  }
}

/** Every connection with its certificates, active or not. */
export function* everyCertificate(grants: Grants): Iterable<ConnectionOf & { readonly certificates: readonly UsableCertificate[] }> {
  for (const { comune, channel, connection } of present(grants)) yield { comune, channel, certificates: connection.certificates };
}

function* present({ connections }: Grants) {
  for (const [key, connection] of connections) {
    const [comune, channel] = key.split('/') as [string, ConnectionOf['channel']];
    if (connection.status !== 'absent') yield { comune, channel, connection };
  }
}
