import { romeDay, type AdministerConnection, type Channel, type ConnectionTest } from '@geres/contracts';
import type { Environment } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import { messageSecurity, tlsMaterial } from '../../channel/ws/security.js';
import { connectionKeys, type VaultPorts } from '../../custody/index.js';
import { operatorOn, type PresentConnection } from '../connection.domain.js';
import { isWs } from '../endpoints.domain.js';
import { tryPdnd } from './try-pdnd.js';
import { tryWs, type WsTrial } from './try-ws.js';

export interface TrialPorts {
  readonly vault: VaultPorts;
  readonly keys: Pick<KeyStores, 'connector'>;
  readonly environment: Environment;
  readonly clock: Clock;
}

/** What a question to ANPR that is about nobody goes with: the keys and the operator of the connection as it is now, active or not. `undefined`: it is not over `ws`. */
export function wsTrialOf(comune: string, { settings, certificates, operators }: PresentConnection, { vault, keys, environment, clock }: TrialPorts): WsTrial | undefined {
  if (!isWs(settings)) return undefined;
  const held = connectionKeys({ ...vault, certificates: () => certificates });
  // Before activation too an operator who is named for one convention alone may try.
  const operator = operatorOn(operators, romeDay(clock())) ?? operators.at(-1);
  return { comune, settings, operator, environment, clock, sign: messageSecurity({ clock, keys: held, operators: keys.connector }), tls: tlsMaterial({ clock, keys: held }) };
}

/** Tries a connection as it is configured, over its channel. */
export const trials =
  (ports: TrialPorts) =>
  async (comune: string, channel: Channel, state: PresentConnection, { data: { by, action } }: AdministerConnection): Promise<ConnectionTest> => {
    const ws = wsTrialOf(comune, state, ports);
    if (ws) return tryWs(ws);
    if (isWs(state.settings)) throw new TypeError(`settings of ws on ${channel}`);
    const { vault, clock } = ports;
    const held = connectionKeys({ ...vault, certificates: () => state.certificates });
    return tryPdnd({ settings: state.settings, service: action.kind === 'test' ? action.service : undefined, user: by.user, signerOf: (kid) => held.byKid(comune, kid), clock });
  };
