import type { UsableCertificate } from '../connection/certificates.domain.js';
import { connectionsIn, type Grants } from '../grants/grants.js';
import type { ConnectionOf } from './vault.js';

/** Every connection that there is, with its certificates. */
export function* certificatesOf(grants: Grants): Iterable<ConnectionOf & { readonly certificates: readonly UsableCertificate[] }> {
  for (const { comune, channel, connection } of connectionsIn(grants)) yield { comune, channel, certificates: connection.certificates };
}
