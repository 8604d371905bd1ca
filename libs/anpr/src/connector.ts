/** The connector without the shell of Nest: for whoever puts it together by hand. */
export { openConnector, type Connector, type ConnectorPorts } from './lookup/connector.js';
export { applyGrant, GRANT_PREFIXES, noGrants, type Grants } from './grants/grants.js';
export { wsChannel, type SignMessage } from './channel/ws.channel.js';
export { pdndChannel, type PdndChannel, type PdndPorts } from './channel/pdnd.channel.js';
export { grantedKeys, openChannels, type OpenChannels } from './channel/channels.js';
export { Ledgers } from './channel/pdnd/ledgers.js';
export { knownIdAnprs } from './channel/pdnd/id-anprs.js';
export { messageSecurity, tlsMaterial } from './channel/ws/security.js';
export { heldKey } from './custody/held.js';
export type { TlsMaterial } from './channel/agents.js';
export { keySigner } from './channel/ws/signer.js';
export { wsSecurity, WSS_DEFAULTS, type Signer, type WssIdentity, type WssOptions, type WsSecurity } from './protocol/wss/index.js';
export { explained, STEPS, type Called, type ServicePorts, type Step, type Unanswered } from './channel/service-call.js';
export { downloadTables, supportedVersions, supportOf, type Downloaded, type Support } from './channel/services-7000.js';
export { testConn } from './channel/testconn.js';
export { connectionKeys, noDevice, openCustody, type Custody } from './custody/index.js';
