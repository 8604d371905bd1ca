import { pkcs11Settings } from './pkcs11-settings.js';
import { busKeys, keks, serviceSettings } from './service-settings.js';
import type { Setting, Settings } from './settings.js';

/** What each service is told: what all are, and the keys of its own custody and no other. */
export const gatewaySettings = { ...serviceSettings, lookups: busKeys.lookups } satisfies Settings;
export const adminSettings = { ...serviceSettings, connections: busKeys.connections, admin: keks.admin } satisfies Settings;
export const connectorSettings = { ...serviceSettings, ...busKeys, archive: keks.archive, connector: keks.connector, certificates: keks.certificates, ...pkcs11Settings } satisfies Settings;
export const monitoringSettings = { ...serviceSettings, settling: busKeys.settling, archive: keks.archive } satisfies Settings;

export const services = { gateway: gatewaySettings, admin: adminSettings, connector: connectorSettings, monitoring: monitoringSettings } as const satisfies Readonly<Record<string, Settings>>;
export type ServiceName = keyof typeof services;

/** Every key of an installation: base64, by custody and by family of messages. */
export interface InstallationKeys {
  readonly keks: Readonly<Record<keyof typeof keks, string>>;
  readonly busKeys: Readonly<Record<keyof typeof busKeys, string>>;
}

/** Of all the keys those that a service may hold, as variables of its environment. */
export function environmentOfCustody(service: ServiceName, all: InstallationKeys): Readonly<Record<string, string>> {
  const given = new Map([...said(keks, all.keks), ...said(busKeys, all.busKeys)]);
  return Object.fromEntries(Object.values<Setting>(services[service]).flatMap(({ env }) => (given.has(env) ? [[env, given.get(env)!]] : [])));
}

const said = <N extends string>(settings: Readonly<Record<N, Setting>>, keys: Readonly<Record<N, string>>): readonly (readonly [string, string])[] =>
  Object.keys(settings).map((name) => [settings[name as N].env, keys[name as N]]);
