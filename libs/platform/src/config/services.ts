import { pkcs11Settings } from './pkcs11-settings.js';
import { busKeys, keks, serviceSettings } from './service-settings.js';
import type { Settings } from './settings.js';

/** What each service is told: what all are, and the keys of its own custody and no other. */
export const gatewaySettings = { ...serviceSettings, lookups: busKeys.lookups } satisfies Settings;
export const adminSettings = { ...serviceSettings, connections: busKeys.connections, admin: keks.admin } satisfies Settings;
export const connectorSettings = { ...serviceSettings, ...busKeys, archive: keks.archive, connector: keks.connector, certificates: keks.certificates, ...pkcs11Settings } satisfies Settings;
export const monitoringSettings = { ...serviceSettings, settling: busKeys.settling, archive: keks.archive } satisfies Settings;

export const services: Readonly<Record<string, Settings>> = { gateway: gatewaySettings, admin: adminSettings, connector: connectorSettings, monitoring: monitoringSettings };
