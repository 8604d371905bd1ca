/**
 * Custody of the keys with which a Comune reaches ANPR. In the connector alone:
 *
 *   const device = pkcs11 ? openDevice(pkcs11) : noDevice;                // pkcs11: pkcs11Of(config) of @geres/platform/config
 *   const vault = { secrets: keys.certificates, device };                // keys: KeyStores
 *   const custody = openCustody(vault);                                  // acts of administration: first these, then the event of what they return
 *   const held = connectionKeys({ ...vault, certificates: (of) => … });  // for the channels; certificates of the folded connection
 *   const watch = watchCertificates({ store, secrets: vault.secrets, connections: () => …, clock, environment, metrics, onFailure });   // stop() at the end
 */
export { connectionKeys, type ConnectionKeysPorts } from './connection-keys.js';
export { openCustody, type Custody, type MadeKey } from './custody.js';
export { noDevice, type Device } from './device.js';
export { openDevice, type DeviceOptions } from './pkcs11/device.js';
export { watchCertificates, type CertificateWatch, type WatchPorts } from './watch.js';
export type { ConnectionKeys, HeldKey } from './keys.js';
export type { ConnectionOf, VaultPorts } from './vault.js';
