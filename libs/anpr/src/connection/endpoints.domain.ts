import type { ConnectionSettings, PdndSettings, WsSettings } from '@geres/contracts';
import type { Environment } from '@geres/kernel';
import { failConnection } from './connection.problems.js';

export const isWs = (settings: ConnectionSettings): settings is WsSettings => 'endpoint' in settings;

/** Hosts of ANPR's web services (soap.md §1.1: production and test for Comuni). */
const WS_HOSTS: Record<Environment, string> = { produzione: 'ws.anpr.interno.it', test: 'wstest.anpr.interno.it' };
/** Hosts of PDND and of ANPR's e-services. */
const PDND_HOSTS: Readonly<Record<Environment, readonly string[]>> = {
  produzione: ['auth.interop.pagopa.it', 'interop.pagopa.it', 'modipa.anpr.interno.it'],
  test: ['auth.uat.interop.pagopa.it', 'uat.interop.pagopa.it', 'modipa-val.anpr.interno.it'],
};
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Where the simulator may be, apart from this machine: hosts that the installation itself names, never a connection. */
export type SimulatorHosts = readonly string[];

/** Errors: `endpoint-non-ammesso`, `sicurezza-assente`. */
export function checkSettings(settings: ConnectionSettings, environment: Environment, simulatorHosts: SimulatorHosts = []): void {
  if (!isWs(settings)) {
    if (!belongsTo(settings, environment, simulatorHosts)) throw failConnection('endpoint-non-ammesso');
    return;
  }
  const url = reachable(settings.endpoint);
  if (!url) throw failConnection('endpoint-non-ammesso');
  const simulator = isSimulator(url, environment, simulatorHosts);
  if (!simulator && (url.hostname !== WS_HOSTS[environment] || url.protocol !== 'https:')) throw failConnection('endpoint-non-ammesso');
  if (settings.security === 'none' && !simulator) throw failConnection('sicurezza-assente');
}

/** Whether every address is one of the environment's own, or in `test` of the simulator. */
export const belongsTo = ({ tokenEndpoint, jwksUrl, profiles }: PdndSettings, environment: Environment, simulatorHosts: SimulatorHosts = []): boolean =>
  [tokenEndpoint, jwksUrl, ...Object.values(profiles).map(({ url }) => url)].every((address) => {
    const url = reachable(address);
    return url !== undefined && ((url.protocol === 'https:' && PDND_HOSTS[environment].includes(url.hostname)) || isSimulator(url, environment, simulatorHosts));
  });

/** Settings are in clear in the archive: an address is no place for credentials. */
function reachable(address: string): URL | undefined {
  const url = URL.parse(address);
  return url && url.username === '' && url.password === '' ? url : undefined;
}

const isSimulator = ({ hostname, protocol }: URL, environment: Environment, hosts: SimulatorHosts): boolean =>
  environment === 'test' && (LOOPBACK.test(hostname) || hosts.includes(hostname)) && /^https?:$/.test(protocol);
